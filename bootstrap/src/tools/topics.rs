//! The topics on the broker: made on purpose, and listed.

use serde_json::json;

use super::failure::ToolFailure;
use super::{FoundLog, print};
use crate::cli::{Output, TopicsCommand};
use crate::ports::{self, ShownTopic};
use crate::settings::Settings;

/// Does what was asked; a topic that is not there is something that a list finds.
pub(super) async fn run(command: TopicsCommand, settings: &Settings) -> Result<FoundLog, ToolFailure> {
    match command {
        TopicsCommand::Create => {
            let made = ports::create_topics(settings).await?;
            let said =
                if made.is_empty() { "all topics were there\n".to_owned() } else { lines("made", &made) };
            print(&said)?;
            Ok(FoundLog::Nothing)
        }
        TopicsCommand::List { output } => {
            let topics = ports::list_topics(settings).await?;
            print(&shown(&topics, output))?;
            let is_complete = topics.iter().all(|topic| topic.partitions.is_some());
            Ok(if is_complete { FoundLog::Nothing } else { FoundLog::Something })
        }
    }
}

fn lines(what: &str, names: &[String]) -> String {
    names.iter().map(|name| format!("{what} {name}\n")).collect()
}

fn shown(topics: &[ShownTopic], output: Output) -> String {
    match output {
        Output::Text => topics.iter().map(line).collect(),
        Output::Json => {
            let all: Vec<_> = topics.iter().map(entry).collect();
            format!("{:#}\n", json!({ "items": all }))
        }
    }
}

fn line(topic: &ShownTopic) -> String {
    let ShownTopic { name, partitions, replication, retention_ms, warnings } = topic;
    let Some(partitions) = partitions else { return format!("{name}: not there\n") };
    let kept = retention_ms.map_or_else(|| "for ever".to_owned(), |ms| format!("for {ms} ms"));
    let warnings: String = warnings.iter().map(|warning| format!("; {warning}")).collect();
    format!("{name}: partitions {partitions}, copies {replication}, kept {kept}{warnings}\n")
}

fn entry(topic: &ShownTopic) -> serde_json::Value {
    let ShownTopic { name, partitions, replication, retention_ms, warnings } = topic;
    json!({
        "name": name, "partitions": partitions, "replication": replication,
        "retentionMs": retention_ms, "warnings": warnings,
    })
}
