//! Copying stores in files into a folder to start from, beside whoever uses them.

use std::fmt::Write;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use application::control::{Fitting, fitting};
use serde_json::json;
use tempfile::{Builder, TempDir};

use super::failure::ToolFailure;
use super::progress::Progress;
use super::{FoundLog, print};
use crate::cli::{Backup, Output};
use crate::counted::counted;
use crate::ports::{self, Access, Copying};
use crate::settings::{Settings, StoreLocation};
use crate::signals::Signals;

/// What the names of folders begin with that are not complete yet.
const BESIDE: &str = ".rental-backup-";

/// Nobody but this user may see what is in it.
const OWN_FOLDER: u32 = 0o700;

/// Copies the configured stores. Until everything is there and on the disk, it stands beside its name; when it is
/// interrupted, it goes.
pub(super) async fn run(backup: &Backup, settings: Settings) -> Result<FoundLog, ToolFailure> {
    let mut signals = Signals::catch()?;
    let fitting = tokio::select! {
        done = backed_up(&backup.to, settings) => done?,
        signal = signals.next() => return Err(ToolFailure::Interrupted { signal }),
    };
    match backup.output {
        Output::Text => print(&text(&backup.to, &fitting))?,
        Output::Json => print(&document(&backup.to, &fitting))?,
    }
    Ok(if fitting.foreign.is_empty() { FoundLog::Nothing } else { FoundLog::Something })
}

async fn backed_up(to: &Path, settings: Settings) -> Result<Fitting, ToolFailure> {
    let copying = Copying::of(&settings)?;
    let to = whole(to)?;
    let beside = beside(&to)?;
    let progress = Progress::start();
    progress.says("copying the files");
    copying.copy_into(beside.path()).await?;
    progress.says("looking at the copy");
    let fitting = looked_at(beside.path(), settings).await?;
    named(beside, &to)?;
    progress.finish();
    Ok(fitting)
}

/// The folder's path from the root, without links.
fn whole(to: &Path) -> Result<PathBuf, ToolFailure> {
    let failed = |source| unmade(to, source);
    if to.exists() {
        if fs::read_dir(to).map_err(failed)?.next().is_some() {
            return Err(ToolFailure::NotEmpty(to.to_owned()));
        }
        return fs::canonicalize(to).map_err(failed);
    }
    let whole = std::path::absolute(to).map_err(failed)?;
    match (whole.parent(), whole.file_name()) {
        (Some(around), Some(name)) => Ok(fs::canonicalize(around).map_err(failed)?.join(name)),
        _ => Err(failed(io::Error::from(io::ErrorKind::InvalidFilename))),
    }
}

/// A folder of this user alone, on the file system of the other one.
fn beside(to: &Path) -> Result<TempDir, ToolFailure> {
    let own = Permissions::from_mode(OWN_FOLDER);
    let made = Builder::new().prefix(BESIDE).permissions(own).tempdir_in(to.parent().unwrap_or(to));
    made.map_err(|source| unmade(to, source))
}

/// How the tokens stand towards the log in the copy.
async fn looked_at(copy: &Path, settings: Settings) -> Result<Fitting, ToolFailure> {
    let (store, tokens) = (StoreLocation::Sqlite(copy.to_owned()), StoreLocation::Sqlite(copy.to_owned()));
    let settings = Settings { store, tokens, ..settings };
    let (ports, open) = ports::open(&settings, Access::Look).await?;
    let fitting = fitting(&*ports.store, &*ports.views.tokens.admin).await;
    open.close().await;
    Ok(fitting?)
}

/// Gives the copy its name; an empty folder that has it is replaced.
fn named(beside: TempDir, to: &Path) -> Result<(), ToolFailure> {
    match fs::rename(beside.path(), to) {
        Ok(()) => drop(beside.keep()), // it has another name now, under which it stays
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
            return Err(ToolFailure::NotEmpty(to.to_owned()));
        }
        Err(error) => return Err(failed("naming", to, error)),
    }
    // The name, too, has to survive a power cut.
    let around = to.parent().unwrap_or(to);
    let kept = File::open(around).and_then(|folder| folder.sync_all());
    kept.map_err(|source| failed("keeping the name of", to, source))
}

fn unmade(to: &Path, source: io::Error) -> ToolFailure {
    let remedy = match source.kind() {
        io::ErrorKind::NotADirectory => "a file stands in its way: name a folder that is missing or empty",
        io::ErrorKind::NotFound => "make the folder that it is to stand in, or name another",
        io::ErrorKind::PermissionDenied => "give this user the right to write beside it, or name another",
        io::ErrorKind::ReadOnlyFilesystem => "its disk can only be read: name another",
        io::ErrorKind::StorageFull => "free space on its disk, or name another",
        _ => "see what is said about it, or name another",
    };
    ToolFailure::Unmade { path: to.to_owned(), remedy, source }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> ToolFailure {
    ToolFailure::File { doing, path: path.to_owned(), source }
}

fn text(to: &Path, fitting: &Fitting) -> String {
    let Fitting { head, processors, behind, foreign } = fitting;
    let (events, to) = (counted(head.position.value(), "event"), to.display());
    let mut text = format!("{events}, and {processors} processors at most {behind} behind, in {to}\n");
    if !foreign.is_empty() {
        let names: Vec<_> = foreign.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "as in what was copied, tokens are of another log, and a service would stand: {names}; see `rental rebuild-views`"
        );
    }
    text
}

fn document(to: &Path, fitting: &Fitting) -> String {
    let Fitting { head, processors, behind, foreign } = fitting;
    let foreign: Vec<_> = foreign.iter().map(ToString::to_string).collect();
    let document = json!({
        "to": to.display().to_string(),
        "log": head.log.to_string(),
        "head": head.position.value(),
        "processors": processors,
        "behind": behind,
        "ofAnotherLog": foreign,
    });
    format!("{document}\n")
}
