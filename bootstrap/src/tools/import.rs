//! Reading a log in, into a store that is empty and stays so unless all of it could be read.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use application::archive;

use super::failure::ToolFailure;
use super::opened::outlasts_a_process;
use super::progress::Progress;
use super::{FoundLog, print};
use crate::cli::Import;
use crate::counted::counted;
use crate::ports;
use crate::settings::Settings;

/// Reads an export into the configured store.
pub(super) async fn run(import: Import, settings: Settings) -> Result<FoundLog, ToolFailure> {
    outlasts_a_process("store", &settings.store)?;
    let mut from = opened(&import.from)?;
    let filling = ports::fill(&settings).await?;
    let progress = Progress::start();
    let seen = |read| progress.shows("importing events", read, 0);
    let read = match archive::import(&mut *from, &*filling.store, &seen).await {
        Ok(read) => read,
        Err(error) => {
            filling.abandon().await;
            return Err(error.into());
        }
    };
    progress.says("keeping them");
    filling.complete().await?;
    progress.finish();
    print(&format!("{} in {}\n", counted(read, "event"), settings.store))?;
    Ok(FoundLog::Nothing)
}

fn opened(path: &Path) -> Result<Box<dyn BufRead + Send>, ToolFailure> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let failed = |source| ToolFailure::File { doing: "opening", path: path.to_owned(), source };
    Ok(Box::new(BufReader::new(File::open(path).map_err(failed)?)))
}
