//! Reading a log in, into a store that is empty and stays so unless all of it could be read.

use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::path::Path;

use application::archive;

use super::failure::ToolFailure;
use super::interruption::{InterruptibleFile, Interruption};
use super::opened::outlasts_a_process;
use super::progress::Progress;
use super::{FoundLog, print};
use crate::cli::Import;
use crate::counted::counted;
use crate::ports;
use crate::settings::Settings;
use crate::signals::Signals;

/// Reads an export into the configured store; when it is interrupted, nothing of it stays.
pub(super) async fn run(import: Import, settings: Settings) -> Result<FoundLog, ToolFailure> {
    outlasts_a_process("store", &settings.store)?;
    // Before signals are caught: to open a pipe may take as long as somebody likes.
    let file = opened(&import.from)?;
    let mut signals = Signals::catch()?;
    let filling = tokio::select! {
        filling = ports::fill(&settings) => filling?,
        signal = signals.next() => return Err(ToolFailure::Interrupted { signal }),
    };
    let interruption = Interruption::watch(signals);
    let mut from = BufReader::new(InterruptibleFile { file, interruption: interruption.clone() });
    let progress = Progress::start();
    let seen = |read| progress.shows("importing events", read, 0);
    let read = archive::import(&mut from, &*filling.store, &seen).await.map_err(ToolFailure::from);
    let interrupted = interruption.signal().map(|signal| ToolFailure::Interrupted { signal });
    let read = match (read, interrupted) {
        (Ok(read), None) => read,
        (_, Some(failure)) | (Err(failure), None) => {
            filling.abandon().await;
            return Err(failure);
        }
    };
    progress.says("keeping them");
    filling.complete().await?;
    progress.finish();
    print(&format!("{} in {}\n", counted(read, "event"), settings.store))?;
    Ok(FoundLog::Nothing)
}

/// The file to be read, before anything is made for what is in it.
fn opened(path: &Path) -> Result<File, ToolFailure> {
    let failed = |source| ToolFailure::File { doing: "opening", path: path.to_owned(), source };
    let file = if path == Path::new("-") {
        // The input itself, and not through the buffer of this process: what waits there would not be seen.
        io::stdin().as_fd().try_clone_to_owned().map(File::from)
    } else {
        File::open(path)
    };
    let file = file.map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}
