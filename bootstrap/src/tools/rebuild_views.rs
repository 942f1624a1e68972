//! Having the views built again from the log, and how what became of each processor is written.

use std::fmt::Write;

use application::control::{Course, Rebuilding, Rebuilt, rebuild_views};
use serde_json::{Value, json};

use super::failure::ToolFailure;
use super::opened::outlast_a_process;
use super::{FoundLog, print};
use crate::cli::{Output, RebuildViews};
use crate::ports::{self, Access};
use crate::settings::Settings;

/// More dropped letters of a processor are counted and not listed.
const LISTED_MAX: usize = 10;

/// Lets views begin anew in the configured stores, which nobody else may hold meanwhile.
pub(super) async fn run(rebuild: &RebuildViews, settings: &Settings) -> Result<FoundLog, ToolFailure> {
    outlast_a_process(settings)?;
    // Whoever holds a place makes what is missing there, and a misspelt folder would become an empty library.
    let (_ports, there) = ports::open(settings, Access::Look).await?;
    there.close().await;
    let (ports, open) = ports::open(settings, Access::Serve).await?;
    let rebuilding = rebuild_views(&*ports.store, &ports.views.tokens).await;
    open.close().await;
    let rebuilding = rebuilding?;
    match rebuild.output {
        Output::Text => print(&text(&rebuilding))?,
        Output::Json => print(&format!("{}\n", document(&rebuilding)))?,
    }
    Ok(FoundLog::Nothing)
}

/// The outcome for people.
fn text(rebuilding: &Rebuilding) -> String {
    let Rebuilding { head, processors } = rebuilding;
    let mut text = format!("log {} with {} events\n", head.log, head.position);
    for rebuilt in processors {
        // Writing to a text does not fail; the same below.
        let _ = writeln!(text, "{:<15} {}", rebuilt.name.as_str(), said(rebuilt));
        for dropped in rebuilt.dropped.iter().take(LISTED_MAX) {
            let _ = writeln!(text, "  dropped: event {} of {}", dropped.position, dropped.sequence); // as above
        }
        if let Some(more @ 1..) = rebuilt.dropped.len().checked_sub(LISTED_MAX) {
            let _ = writeln!(text, "  and {more} more"); // as above
        }
    }
    text.push_str("the next start builds the views\n");
    text
}

fn said(rebuilt: &Rebuilt) -> String {
    let course = match rebuilt.course {
        Course::Anew => "is built again".to_owned(),
        Course::AnewAfterAnotherLog => {
            "handles the whole log again, since its token is of another one; what was done has no second effect".to_owned()
        }
        Course::AnewAfterMissingSegment => {
            "handles the whole log again, since a segment of it was missing; what was done has no second effect".to_owned()
        }
        Course::GoesOn(position) => format!("goes on after event {position}"),
        Course::OfTopic => "stays as it is: it follows a topic and not the log".to_owned(),
        Course::Unknown => "stays as it is: this version has no such processor".to_owned(),
    };
    let counted = [
        (rebuilt.overrides, "events edited or skipped, as before"),
        (rebuilt.kept, "letters kept"),
        (rebuilt.tried_again, "letters tried again"),
        (rebuilt.dropped.len(), "letters dropped, since the log does not have their events"),
    ];
    let mut said = vec![course];
    said.extend(rebuilt.is_paused.then(|| "paused, as before".to_owned()));
    said.extend(
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")),
    );
    said.join("; ")
}

/// The outcome for programs.
fn document(rebuilding: &Rebuilding) -> Value {
    let Rebuilding { head, processors } = rebuilding;
    json!({
        "log": head.log.to_string(),
        "head": head.position.value(),
        "processors": processors.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(rebuilt: &Rebuilt) -> Value {
    let (course, after) = match rebuilt.course {
        Course::Anew => ("BUILT_AGAIN", Some(0)),
        Course::AnewAfterAnotherLog | Course::AnewAfterMissingSegment => ("HANDLES_AGAIN", Some(0)),
        Course::GoesOn(position) => ("GOES_ON", Some(position.value())),
        Course::OfTopic => ("OF_TOPIC", None),
        Course::Unknown => ("UNKNOWN", None),
    };
    let dropped = |letter: &application::control::Dropped| json!({"sequence": letter.sequence, "position": letter.position.value()});
    json!({
        "name": rebuilt.name.as_str(),
        "course": course,
        "after": after,
        "paused": rebuilt.is_paused,
        "overrides": rebuilt.overrides,
        "lettersKept": rebuilt.kept,
        "lettersTriedAgain": rebuilt.tried_again,
        "lettersDropped": rebuilt.dropped.iter().map(dropped).collect::<Vec<_>>(),
    })
}
