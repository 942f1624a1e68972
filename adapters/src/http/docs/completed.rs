//! What is the same on every route of a kind, said on each: the problems that whoever reads a body, a query or a header
//! may answer, beside those that the route names itself.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::schema::{AdditionalProperties, AllOfBuilder, SchemaType, Type};
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required, Response, ResponseBuilder,
    Schema,
};

use super::super::elsewhere::service_of;
use super::super::problem::{
    CONTENDED, EVENT_TOO_LARGE, FOREIGN_HOST, FOREIGN_ORIGIN, FOREIGN_POSITION, IDEMPOTENCY_KEY_REUSED,
    INTERNAL, INVALID_CURSOR, INVALID_FIELDS, INVALID_HOST, INVALID_IDEMPOTENCY_KEY, INVALID_IF_MATCH,
    INVALID_QUERY, NOT_FOUND, NOT_SERVED_HERE, OUTCOME_UNKNOWN, PAYLOAD_TOO_LARGE, PROBLEM_JSON, ProblemKind,
    STOPPING, STORE_UNAVAILABLE, STREAM_UNREADABLE, TIMED_OUT, TOO_BUSY, UNKNOWN_FIELD, UNREADABLE_BODY,
    UNSUPPORTED_MEDIA_TYPE, VERSION_MISMATCH, VIEW_BEHIND, VIEW_OF_ANOTHER_LOG,
};

use super::values::{LINES, line_pattern};

const PROBLEM: &str = "#/components/schemas/ProblemBody";
const SCHEMAS: &str = "#/components/schemas/";

/// What any route may answer.
const OF_EVERY: &[&ProblemKind] = &[&INVALID_HOST, &FOREIGN_HOST];
/// What any route under `/v1` may answer.
const OF_ALL: &[&ProblemKind] =
    &[&FOREIGN_ORIGIN, &INTERNAL, &STREAM_UNREADABLE, &TOO_BUSY, &TIMED_OUT, &STORE_UNAVAILABLE];
/// What any command may answer.
const OF_COMMANDS: &[&ProblemKind] = &[
    &UNREADABLE_BODY,
    &UNKNOWN_FIELD,
    &INVALID_IDEMPOTENCY_KEY,
    &INVALID_IF_MATCH,
    &CONTENDED,
    &VERSION_MISMATCH,
    &PAYLOAD_TOO_LARGE,
    &UNSUPPORTED_MEDIA_TYPE,
    &IDEMPOTENCY_KEY_REUSED,
    &EVENT_TOO_LARGE,
    &STOPPING,
    &OUTCOME_UNKNOWN,
];

/// What is said of parameters that mean the same on every route.
const PARAMETERS: [(&str, &str); 2] = [
    ("minPosition", "the answer shows what a command with this `position` did, and waits until it can"),
    ("logId", "the log that the positions of the query are of; that of another one is refused"),
];

/// The names of problems by status, those that the route names first.
type Problems = BTreeMap<String, Vec<String>>;

/// Completes a description.
pub(super) fn complete(document: &mut Document) {
    let mut bodies = Vec::new();
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            operation.parameters.iter_mut().flatten().for_each(leave_out_null);
            operation.parameters.iter_mut().flatten().for_each(describe);
            leave_out_null_body(operation);
            let problems = problems(path, operation);
            let described = problems.into_iter().map(|(status, names)| (status, response(&names).into()));
            operation.responses.responses.extend(described);
            bodies.extend(body_of(operation));
        }
    }
    let pattern = line_pattern();
    for (name, schema) in document.components.iter_mut().flat_map(|components| &mut components.schemas) {
        if bodies.contains(name) {
            close(schema);
        }
        if let (true, RefOr::T(Schema::Object(object))) = (LINES.contains(&name.as_str()), schema) {
            object.pattern = Some(pattern.clone());
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// The problems that the route names, and those of its kind.
fn problems(path: &str, operation: &Operation) -> Problems {
    let mut problems = Problems::new();
    for (status, response) in &operation.responses.responses {
        if let RefOr::T(response) = response
            && is_problem(response)
        {
            let names = response.description.split(',').map(|name| name.trim().to_owned());
            problems.insert(status.clone(), names.collect());
        }
    }
    let asks_a_view = problems.values().flatten().any(|name| name == VIEW_BEHIND.slug);
    let of_views = Some(&VIEW_OF_ANOTHER_LOG).filter(|_| asks_a_view);
    for kind in of_its_kind(path, operation).into_iter().chain(of_views) {
        let names = problems.entry(kind.status.to_string()).or_default();
        if !names.iter().any(|name| name == kind.slug) {
            names.push(kind.slug.to_owned());
        }
    }
    problems
}

fn of_its_kind(path: &str, operation: &Operation) -> Vec<&'static ProblemKind> {
    let has = |name| parameter(operation, name);
    let under_v1 = path.starts_with("/v1/");
    let (queries, named) = (has_any(operation, &ParameterIn::Query), has_any(operation, &ParameterIn::Path));
    let mut kinds = OF_EVERY.to_vec();
    kinds.extend(OF_ALL.iter().filter(|_| under_v1));
    kinds.extend(OF_COMMANDS.iter().filter(|_| has("idempotency-key")));
    kinds.extend(Some(&INVALID_FIELDS).filter(|_| operation.request_body.is_some()));
    kinds.extend(Some(&INVALID_QUERY).filter(|_| queries));
    kinds.extend(Some(&FOREIGN_POSITION).filter(|_| has("logId")));
    kinds.extend(Some(&INVALID_CURSOR).filter(|_| has("cursor")));
    kinds.extend(Some(&NOT_FOUND).filter(|_| named));
    kinds.extend(Some(&NOT_SERVED_HERE).filter(|_| service_of(path).is_some()));
    kinds
}

fn parameter(operation: &Operation, name: &str) -> bool {
    operation.parameters.iter().flatten().any(|given| matches!(given, RefOr::T(given) if given.name == name))
}

fn has_any(operation: &Operation, place: &ParameterIn) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|given| matches!(given, RefOr::T(given) if given.parameter_in == *place))
}

fn is_problem(response: &Response) -> bool {
    response.content.values().any(|content| {
        matches!(content, RefOr::T(content)
            if matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location == PROBLEM))
    })
}

/// A problem of one of these names.
fn response(names: &[String]) -> Response {
    let types = names.iter().map(|name| format!("/problems/{name}"));
    let one_of_them = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(types));
    let narrowed = ObjectBuilder::new().property("type", one_of_them);
    let schema = AllOfBuilder::new().item(Ref::new(PROBLEM)).item(narrowed);
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(names.join(", ")).content(PROBLEM_JSON, content).build()
}

fn describe(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    let said = PARAMETERS.iter().find(|(name, _)| *name == parameter.name);
    parameter.description = parameter.description.take().or(said.map(|(_, said)| (*said).to_owned()));
}

/// What is in no body can only be left out: there is no null in a path, a query or a header.
fn leave_out_null(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    if parameter.required == Required::True {
        return;
    }
    without_null(&mut parameter.schema);
}

/// A body that may be left out is left out, and not null.
fn leave_out_null_body(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content {
            without_null(&mut content.schema);
        }
    }
}

fn without_null(schema: &mut Option<RefOr<Schema>>) {
    if let Some(RefOr::T(Schema::OneOf(either))) = schema {
        either.items.retain(|item| !is_null(item));
        if either.items.len() == 1 {
            *schema = either.items.pop();
        }
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

fn body_of(operation: &Operation) -> Option<String> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let RefOr::T(content) = body.content.values().next()? else { return None };
    let RefOr::Ref(schema) = content.schema.as_ref()? else { return None };
    schema.ref_location.strip_prefix(SCHEMAS).map(str::to_owned)
}

/// A body has no other fields than those that are known.
fn close(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use utoipa::openapi::{ComponentsBuilder, PathsBuilder};

    use super::*;

    /// A command as a route describes it, completed.
    fn completed(described: Value) -> Value {
        let item: PathItem = serde_json::from_value(json!({ "post": described })).unwrap();
        let body = ObjectBuilder::new().property("amount", ObjectBuilder::new());
        let mut document = Document::default();
        document.paths = PathsBuilder::new().path("/v1/things", item).build();
        document.components = Some(ComponentsBuilder::new().schema("Body", body).build());
        complete(&mut document);
        serde_json::to_value(&document).unwrap()
    }

    fn command() -> Value {
        let problem = json!({ "schema": { "$ref": PROBLEM } });
        let key = json!({ "oneOf": [{ "type": "null" }, { "type": "string" }] });
        json!({
            "parameters": [{ "name": "idempotency-key", "in": "header", "required": false, "schema": key }],
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Body" } } } },
            "responses": { "409": { "description": "no-fee", "content": { "application/json": problem } } },
        })
    }

    #[test]
    fn a_command_names_its_own_problems_first_and_then_those_of_every_command() {
        let document = completed(command());
        let conflict = &document["paths"]["/v1/things"]["post"]["responses"]["409"];
        let types =
            conflict["content"][PROBLEM_JSON]["schema"]["allOf"][1]["properties"]["type"]["enum"].clone();
        assert_eq!(types, json!(["/problems/no-fee", "/problems/contended"]));
        assert_eq!(conflict["content"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn a_body_that_may_be_left_out_is_not_null() {
        let mut command = command();
        let content = &mut command["requestBody"]["content"]["application/json"];
        let body = content["schema"].take();
        content["schema"] = json!({ "oneOf": [{ "type": "null" }, body] });
        let document = completed(command);
        let content = &document["paths"]["/v1/things"]["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(content["schema"], json!({ "$ref": "#/components/schemas/Body" }));
        assert_eq!(document["components"]["schemas"]["Body"]["additionalProperties"], json!(false));
    }

    #[test]
    fn a_body_is_closed_and_a_header_is_never_null() {
        let document = completed(command());
        assert_eq!(document["components"]["schemas"]["Body"]["additionalProperties"], json!(false));
        let key = &document["paths"]["/v1/things"]["post"]["parameters"][0]["schema"];
        assert_eq!(*key, json!({ "type": "string" }));
    }
}
