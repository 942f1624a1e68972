//! Reading a log in, into a store that is empty and stays so unless all of it could be read.

use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use application::archive;
use tokio::time::timeout;

use super::failure::ToolFailure;
use super::interruption::{InterruptibleFile, Interruption};
use super::opened::outlasts_a_process;
use super::progress::Progress;
use super::{FoundLog, print};
use crate::cli::Import;
use crate::counted::counted;
use crate::ports::{self, FillError, Filling};
use crate::settings::Settings;
use crate::signals::Signals;

/// How long whoever interrupts waits at most for a place that is just being made.
const UNDO_MAX: Duration = Duration::from_secs(5);

/// Reads an export into the configured store; when it is interrupted, nothing of it stays.
pub(super) async fn run(import: Import, settings: Settings) -> Result<FoundLog, ToolFailure> {
    outlasts_a_process("store", &settings.store)?;
    // Before signals are caught: to open a pipe may take as long as somebody likes.
    let file = opened(&import.from)?;
    let mut signals = Signals::catch()?;
    let mut begun = pin!(ports::fill(&settings));
    let filling = tokio::select! {
        filling = &mut begun => filling?,
        signal = signals.next() => {
            undo(begun).await;
            return Err(ToolFailure::Interrupted { signal });
        }
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

/// Lets a place that is being made come about and takes it away again: while the store makes its files there, a folder
/// cannot be removed.
async fn undo(begun: impl Future<Output = Result<Filling, FillError>>) {
    // Else it was refused and is gone, or what still comes about is left to the next import, which sweeps it.
    if let Ok(Ok(filling)) = timeout(UNDO_MAX, begun).await {
        filling.abandon().await;
    }
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
