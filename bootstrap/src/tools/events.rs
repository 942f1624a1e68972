//! A log: its end, one event, or all of it.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::time::Duration;

use application::archive::{self, Line, Walk};
use application::ports::event_store::{Position, TypeName};
use application::queries::EventQuery;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::failure::ToolFailure;
use super::file::Beside;
use super::opened::OpenedLog;
use super::progress::Progress;
use super::{FoundLog, print};
use crate::cli::{Export, Library, Output, Show, Tail};
use crate::counted::counted;
use crate::signals::Signals;

/// How many events are shown when nobody says from where on.
const LAST: usize = 20;
/// How often it is asked for what happened since.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Shows events as they stand in the log, and with `--follow` those that come.
pub(super) async fn tail(tail: Tail, library: Library) -> Result<FoundLog, ToolFailure> {
    let opened = OpenedLog::of(&library).await?;
    let wanted = EventQuery { kind: tail.kind.map(TypeName::stored), stream: tail.stream, correlation: None };
    let after = match tail.after {
        Some(after) => Position::new(after),
        None => {
            // What comes after the end as it is now is not among the last events, and is what follows.
            let head = opened.log.head().await?;
            let last = opened.log.last(LAST, &wanted).await?;
            let seen = last.last().map_or(0, |line| line.position);
            shown(&last, tail.output)?;
            head.max(Position::new(seen))
        }
    };
    if tail.after.is_some() || tail.follow {
        walked(opened.log.walk(after, wanted), tail.output, tail.follow).await?;
    }
    opened.close().await;
    Ok(FoundLog::Nothing)
}

async fn walked(mut walk: Box<dyn Walk>, output: Output, follow: bool) -> Result<(), ToolFailure> {
    loop {
        match walk.next().await? {
            Some(page) => shown(&page, output)?,
            None if follow && is_read() => tokio::time::sleep(POLL_INTERVAL).await,
            None => return Ok(()),
        }
    }
}

/// Whether somebody still reads the output: who has enough, as `head` has, is noticed without another event.
fn is_read() -> bool {
    let out = io::stdout();
    // Nothing is asked for: that the other end is gone is said all the same.
    let mut ends = [PollFd::new(&out, PollFlags::empty())];
    let said = poll(&mut ends, Some(&Timespec::default()));
    said.is_err() || !ends[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

/// Shows one event.
pub(super) async fn show(show: Show, library: Library) -> Result<FoundLog, ToolFailure> {
    let opened = OpenedLog::of(&library).await?;
    let event = opened.log.event(Position::new(show.position)).await?;
    opened.close().await;
    let event = event.ok_or(ToolFailure::NoEvent(show.position))?;
    match show.output {
        Output::Text => print(&whole(&event))?,
        Output::Json => print(&(json(&event)? + "\n"))?,
    }
    Ok(FoundLog::Nothing)
}

/// Writes the log out. The file has its name only once it is complete; when that is interrupted, nothing of it stays.
pub(super) async fn export(export: Export, library: Library) -> Result<FoundLog, ToolFailure> {
    if export.to == Path::new("-") {
        // A signal ends it as it stands, also while nobody reads what is written.
        return exported(&export, &library, None).await;
    }
    let mut signals = Signals::catch()?;
    let file = Beside::open(&export.to, export.force)?;
    tokio::select! {
        done = exported(&export, &library, Some(file)) => done,
        signal = signals.next() => Err(ToolFailure::Interrupted { signal }),
    }
}

async fn exported(
    export: &Export,
    library: &Library,
    mut file: Option<Beside>,
) -> Result<FoundLog, ToolFailure> {
    let opened = OpenedLog::of(library).await?;
    let progress = Progress::start();
    let seen = |written, all| progress.shows("exporting events", written, all);
    let written = match &mut file {
        Some(file) => archive::export(&*opened.log, file.writer(), &seen).await?,
        None => archive::export(&*opened.log, &mut io::BufWriter::new(io::stdout()), &seen).await?,
    };
    progress.finish();
    opened.close().await;
    if let Some(file) = file {
        file.finish()?;
        print(&format!("{} in {}\n", counted(written, "event"), export.to.display()))?;
    }
    Ok(FoundLog::Nothing)
}

fn shown(events: &[Line], output: Output) -> Result<(), ToolFailure> {
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

fn line(event: &Line) -> String {
    let Line { position, at, kind, stream, version, .. } = event;
    format!("{position:>8}  {at:<30}  {kind:<34}  {stream} v{version}")
}

fn json(event: &Line) -> Result<String, ToolFailure> {
    serde_json::to_string(event).map_err(|error| ToolFailure::Output(error.into()))
}

fn whole(event: &Line) -> String {
    let Line { position, stream, version, id, command_id, kind, revision, at, data, metadata } = event;
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
    if let Some(command) = command_id {
        line("command", command);
    }
    line("at", at);
    for (name, stored) in [("data", data), ("metadata", metadata)] {
        line(name, &stored.as_ref().map_or("what is stored is not JSON", |json| json.get()));
    }
    text
}
