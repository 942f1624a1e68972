//! The log of a running service: its end, one event, or all of it.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::time::Duration;

use adapters::client::{self, ClientSettings, Event, Filter};

use super::failure::Failure;
use super::file::Beside;
use super::{Found, client, print};
use crate::cli::{Export, Output, Show, Tail};

/// How many events are shown when nobody says from where on.
const LAST: usize = 20;
/// How often it is asked for what happened since.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Shows events as they stand in the log, and with `--follow` those that come.
pub(super) async fn tail(tail: Tail) -> Result<Found, Failure> {
    let client = client(&tail.service.url, &ClientSettings::default())?;
    let filter = Filter { kind: tail.kind, stream: tail.stream };
    let after = match tail.after {
        Some(after) => after,
        None => {
            // What comes after the end as it is now is not among the last events, and is what follows.
            let head = client.head().await?;
            let last = client.last_events(LAST, &filter).await?;
            let seen = last.last().map_or(0, |event| event.position);
            shown(&last, tail.output)?;
            head.max(seen)
        }
    };
    let mut events = client.events(after, filter);
    while tail.after.is_some() || tail.follow {
        match events.next().await? {
            Some(page) => shown(&page, tail.output)?,
            None if tail.follow => tokio::time::sleep(LOOK_AGAIN).await,
            None => break,
        }
    }
    Ok(Found::Nothing)
}

/// Shows one event.
pub(super) async fn show(show: Show) -> Result<Found, Failure> {
    let client = client(&show.service.url, &ClientSettings::default())?;
    let event = client.event(show.position).await?;
    match show.output {
        Output::Text => print(&whole(&event))?,
        Output::Json => print(&(json(&event)? + "\n"))?,
    }
    Ok(Found::Nothing)
}

/// Writes the log out. The file has its name only once it is complete.
pub(super) async fn export(export: Export) -> Result<Found, Failure> {
    let client = client(&export.service.url, &ClientSettings::default())?;
    if export.to == Path::new("-") {
        let mut out = io::BufWriter::new(io::stdout());
        client::export(&client, &mut out).await?;
        return Ok(Found::Nothing);
    }
    let mut file = Beside::open(&export.to, export.force)?;
    let written = client::export(&client, file.writer()).await?;
    file.finish()?;
    print(&format!("{written} events in {}\n", export.to.display()))?;
    Ok(Found::Nothing)
}

fn shown(events: &[Event], output: Output) -> Result<(), Failure> {
    let mut text = String::new();
    for event in events {
        text.push_str(&match output {
            Output::Text => line(event),
            Output::Json => json(event)?,
        });
        text.push('\n');
    }
    print(&text)
}

fn line(event: &Event) -> String {
    let Event { position, at, kind, stream, version, .. } = event;
    format!("{position:>8}  {at:<30}  {kind:<34}  {stream} v{version}")
}

fn json(event: &Event) -> Result<String, Failure> {
    serde_json::to_string(event).map_err(|error| Failure::Output(error.into()))
}

fn whole(event: &Event) -> String {
    let Event { position, stream, version, id, kind, revision, at, data, metadata } = event;
    let mut text = String::new();
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        // Writing to a text does not fail.
        let _ = writeln!(text, "{name:<10}{value}");
    };
    line("position", position);
    line("stream", stream);
    line("version", version);
    line("type", &format!("{kind} revision {revision}"));
    line("id", id);
    line("at", at);
    for (name, stored) in [("data", data), ("metadata", metadata)] {
        line(name, &stored.as_ref().map_or("what is stored is not JSON", |json| json.get()));
    }
    text
}
