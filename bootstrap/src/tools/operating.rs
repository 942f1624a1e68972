//! What operators look at and do at a running service.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use adapters::client::{ClientSettings, Question};
use adapters::system_clock::SystemIds;
use application::ports::Ids;
use serde_json::Value;

use super::failure::ToolFailure;
use super::{FoundLog, client, print};
use crate::cli::{Acting, At, OperatorCall, Output};

/// The widest a column of a table is; what is longer is cut off, and whole as JSON.
const COLUMN_MAX: usize = 60;

/// Asks or does it, and shows the answer.
pub(super) async fn run(call: OperatorCall) -> Result<FoundLog, ToolFailure> {
    match call {
        OperatorCall::Overview(At { url, output }, columns) => {
            let document =
                client(&url, &ClientSettings::default())?.shown(&Question::of(&["overview"])).await?;
            print(&match output {
                Output::Json => format!("{document:#}\n"),
                Output::Text => overview(document, columns),
            })?;
        }
        OperatorCall::List(At { url, output }, question, columns, limit) => {
            let items = client(&url, &ClientSettings::default())?.listed(&question, limit).await?;
            print(&match output {
                Output::Json => format!("{:#}\n", serde_json::json!({ "items": items })),
                Output::Text => table(&items, columns),
            })?;
        }
        OperatorCall::Show(At { url, output }, question) => {
            let document = client(&url, &ClientSettings::default())?.shown(&question).await?;
            shown(&document, output)?;
        }
        OperatorCall::Act(Acting { at: At { url, output }, key }, action) => {
            let key = key.unwrap_or_else(|| SystemIds.next().to_string());
            let document = client(&url, &ClientSettings::default())?.act(&action, &key).await?;
            shown(&document, output)?;
        }
        OperatorCall::Edit(acting, action, file) => {
            let payload = payload(&file)?;
            let call = OperatorCall::Act(acting, action.saying("payload", payload));
            return Box::pin(run(call)).await;
        }
    }
    Ok(FoundLog::Nothing)
}

/// An object as it is; anything else is a text that stands for itself, byte for byte.
fn payload(file: &Path) -> Result<Value, ToolFailure> {
    let mut text = String::new();
    let read = match file == Path::new("-") {
        true => io::stdin().read_to_string(&mut text).map(|_bytes| ()),
        false => fs::read_to_string(file).map(|read| text = read),
    };
    read.map_err(|source| ToolFailure::File { doing: "reading", path: file.to_owned(), source })?;
    let parsed = serde_json::from_str(&text).ok().filter(Value::is_object);
    Ok(parsed.unwrap_or(Value::String(text)))
}

fn shown(document: &Value, output: Output) -> Result<(), ToolFailure> {
    print(&match output {
        Output::Json => format!("{document:#}\n"),
        Output::Text => lines(document, ""),
    })
}

/// What it says without its series, and the processors in a table.
fn overview(mut document: Value, columns: &[&str]) -> String {
    let fields = document.as_object_mut();
    let processors = fields.and_then(|fields| {
        fields.remove("series");
        fields.remove("processors")
    });
    let processors = processors.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    format!("{}\n{}", lines(&document, ""), table(processors, columns))
}

/// Each field on a line, those of inner objects below one another.
fn lines(document: &Value, indent: &str) -> String {
    let Value::Object(fields) = document else { return format!("{indent}{}\n", word(document)) };
    let line = |(name, value): (&String, &Value)| match value {
        Value::Object(inner) if !inner.is_empty() => {
            format!("{indent}{name}:\n{}", lines(value, &format!("{indent}  ")))
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let items: String = items.iter().map(|item| format!("{indent}  - {}\n", word(item))).collect();
            format!("{indent}{name}:\n{items}")
        }
        _ => format!("{indent}{name}: {}\n", word(value)),
    };
    fields.iter().map(line).collect()
}

/// A line for each item, with the columns below their names.
fn table(items: &[Value], columns: &[&str]) -> String {
    let cut = |text: String| match text.char_indices().nth(COLUMN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    let header: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let rows = items.iter().map(|item| {
        let cell = |column: &&str| item.get(*column).map(|value| cut(word(value))).unwrap_or_default();
        columns.iter().map(cell).collect::<Vec<_>>()
    });
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_its_columns_below_one_another_and_cuts_what_is_long() {
        let items = [json!({"a": "x", "b": 1}), json!({"a": "y".repeat(80)})];
        let table = table(&items, &["a", "b"]);
        let rows: Vec<_> = table.lines().collect();
        assert_eq!(rows.len(), 3);
        assert!(rows[0].starts_with("a ") && rows[0].ends_with('b'), "{table}");
        assert_eq!(rows[1].find('1'), rows[0].find('b'));
        assert!(rows[2].ends_with('…'), "{table}");
    }

    #[test]
    fn an_answer_is_written_field_by_field() {
        let text = lines(&json!({"name": "loans", "inner": {"a": null}, "list": [{"b": 1}]}), "");
        assert_eq!(text, "inner:\n  a: -\nlist:\n  - {\"b\":1}\nname: loans\n");
    }
}
