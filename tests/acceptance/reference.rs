//! docs/API.md: made from the description that the service gives of itself, so that it cannot say anything else.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value};

use tests::stores::Memory;

use crate::server::Server;

const HEAD: &str = "# The HTTP API

Made from the service's own description (`/openapi.json`, to be tried at `/docs`); `UPDATE_DOCS=1 cargo test -p tests --test acceptance
reference` writes it anew.

JSON in camelCase. Refusals and failures are `application/problem+json` (RFC 9457): `type` leads to a page about the problem, `detail`
says what was found and what to do, `instance` is the request's id, which the log has too.

A POST may carry `Idempotency-Key`: sent again with the same body it gets its first answer, with `idempotency-replayed: true`.
The same JSON is the same body, however it is spaced and whatever order its fields have; another one is refused
(`idempotency-key-reused`). Only what was recorded can be repeated: a request that was refused, or changed nothing, leaves its key
free, and is decided anew when it comes again, by what holds then.
A request without an answer may still be on its way at a node that stands still, and be done after another node refused its
repeat: the last word on a key is the answer to it when no request with it is under way.

A whole number in a body may be written with a fraction or an exponent below 2^52: `1.0` is 1.

`If-Match` with an `ETag` makes a command insist on a version, and `If-None-Match` makes a read answer 304 while it is the same. Lists give `nextCursor` while there is more; `minPosition` makes them
wait until they show what a command with that `position` did.
";

#[tokio::test]
async fn the_reference_says_what_the_service_does() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let made = reference(&server.get("/openapi.json").await.is(200).json());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/API.md");
    #[expect(
        clippy::disallowed_methods,
        reason = "it is asked of whoever runs this test, not of the service"
    )]
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differing =
        made.lines().zip(kept.lines().chain(std::iter::repeat(""))).find(|(made, kept)| made != kept);
    assert!(
        made == kept,
        "docs/API.md is not up to date, first at {differing:?}; \
         UPDATE_DOCS=1 cargo test -p tests --test acceptance reference writes it anew"
    );
}

fn reference(document: &Value) -> String {
    let mut text = HEAD.to_owned();
    for tag in document["tags"].as_array().unwrap() {
        let name = tag["name"].as_str().unwrap();
        writeln!(text, "\n## {}\n\n{}.", capital(name), tag["description"].as_str().unwrap()).unwrap();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                if operation["tags"][0] == name {
                    text.push_str(&route(document, method, path, operation));
                }
            }
        }
    }
    text + &problems(&document["x-problems"])
}

fn route(document: &Value, method: &str, path: &str, operation: &Value) -> String {
    let mut text = format!("\n### `{} {path}`\n", method.to_uppercase());
    for part in ["summary", "description"] {
        if let Some(said) = operation[part].as_str().map(str::trim).filter(|said| !said.is_empty()) {
            write!(text, "\n{}\n", one_line(said)).unwrap();
        }
    }
    text.push_str(&parameters(document, operation));
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        write!(text, "\nBody:\n\n{}", fields(document, schema)).unwrap();
    }
    text + &answers(document, operation)
}

fn parameters(document: &Value, operation: &Value) -> String {
    let all = operation["parameters"].as_array().cloned().unwrap_or_default();
    if all.is_empty() {
        return String::new();
    }
    let mut text = "\n| parameter | in | type | |\n|---|---|---|---|\n".to_owned();
    for parameter in all {
        let word = |name: &str| one_line(parameter[name].as_str().unwrap_or_default());
        let kind = kind_of(document, &parameter["schema"]);
        let said = said_of(document, &parameter, &parameter["schema"]);
        writeln!(text, "| `{}` | {} | {kind} | {said} |", word("name"), word("in")).unwrap();
    }
    text
}

fn answers(document: &Value, operation: &Value) -> String {
    let mut text = "\n| answer | | body |\n|---|---|---|\n".to_owned();
    let (mut tables, mut last) = (String::new(), String::new());
    for (status, answer) in operation["responses"].as_object().unwrap() {
        let content = answer["content"].as_object().cloned().unwrap_or_default();
        let bodies: Vec<String> =
            content.iter().map(|(media, body)| body_of(media, &body["schema"])).collect();
        let said = one_line(answer["description"].as_str().unwrap());
        writeln!(text, "| {status} | {said} | {} |", bodies.join(", ")).unwrap();
        let json = content.get("application/json").filter(|_| status.starts_with('2'));
        let table = json.map(|body| fields(document, &body["schema"])).unwrap_or_default();
        if !table.is_empty() && table != last {
            write!(tables, "\nAnswer {status}:\n\n{table}").unwrap();
            last = table;
        }
    }
    text + &tables
}

fn body_of(media: &str, schema: &Value) -> String {
    // Where the problems are named, the schema is that of all problems, narrowed to these.
    let schema = schema["allOf"].get(0).unwrap_or(schema);
    let of_a_problem = schema["$ref"].as_str().is_some_and(|at| at.ends_with("/ProblemBody"));
    if of_a_problem { "problem".to_owned() } else { format!("`{media}`") }
}

/// The fields of an object as a table, with those of the objects inside; nothing for what is not an object.
fn fields(document: &Value, schema: &Value) -> String {
    let mut rows = String::new();
    rows_of(document, schema, "", &mut rows);
    if rows.is_empty() { rows } else { format!("| field | type | |\n|---|---|---|\n{rows}") }
}

fn rows_of(document: &Value, schema: &Value, within: &str, rows: &mut String) {
    let (mut all, mut required) = (Map::new(), vec![]);
    gather(document, schema, &mut all, &mut required);
    for (name, field) in &all {
        let always = if required.contains(name) { "" } else { "?" };
        let said = said_of(document, field, field);
        writeln!(rows, "| `{within}{name}`{always} | {} | {said} |", kind_of(document, field)).unwrap();
        let (inside, deeper) = match (&field["items"], &field["oneOf"]) {
            (Value::Object(_), _) => (&field["items"], "[]."),
            (_, Value::Array(either)) => {
                (either.iter().find(|one| one["$ref"].is_string()).unwrap_or(field), ".")
            }
            (_, _) => (field, "."),
        };
        rows_of(document, inside, &format!("{within}{name}{deeper}"), rows);
    }
}

/// The fields of a schema with those of the schemas that it is made of.
fn gather(document: &Value, schema: &Value, all: &mut Map<String, Value>, required: &mut Vec<String>) {
    if let Some(at) = schema["$ref"].as_str() {
        return gather(document, named(document, at), all, required);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        gather(document, part, all, required);
    }
    let names = schema["required"].as_array().into_iter().flatten();
    required.extend(names.filter_map(|name| name.as_str().map(str::to_owned)));
    all.extend(schema["properties"].as_object().cloned().unwrap_or_default());
}

fn named<'a>(document: &'a Value, reference: &str) -> &'a Value {
    document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

/// What is said of a field or a parameter: in its own place, else where its schema is described; and the words that it
/// takes.
fn said_of(document: &Value, given: &Value, schema: &Value) -> String {
    let either =
        schema["oneOf"].as_array().and_then(|either| either.iter().find(|one| one["$ref"].is_string()));
    let schema = either.unwrap_or(schema);
    let schema = schema["$ref"].as_str().map_or(schema, |at| named(document, at));
    let said = given["description"].as_str().or_else(|| schema["description"].as_str());
    let words: Vec<String> = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|word| format!("`{word}`"))
        .collect();
    let said = one_line(said.unwrap_or_default());
    if words.is_empty() { said } else { format!("{said} One of {}.", words.join(", ")) }
}

fn kind_of(document: &Value, schema: &Value) -> String {
    if let Some(at) = schema["$ref"].as_str() {
        return kind_of(document, named(document, at));
    }
    if let Some(either) = schema["oneOf"].as_array() {
        return either.iter().map(|one| kind_of(document, one)).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}s", kind_of(document, &schema["items"])),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "object".to_owned(),
    }
}

fn problems(problems: &Value) -> String {
    let mut text = "\n## Problems\n\nEach has its page at `/problems/…`.\n\n| type | status | | what to do |\n|---|---|---|---|\n".to_owned();
    for problem in problems.as_array().unwrap() {
        let word = |name: &str| one_line(problem[name].as_str().unwrap());
        let (slug, status) = (word("slug"), &problem["status"]);
        writeln!(text, "| `{slug}` | {status} | {} | {} |", word("title"), word("explanation")).unwrap();
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
