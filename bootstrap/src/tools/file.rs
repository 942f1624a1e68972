//! A file that is written beside its name and takes the name when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, PersistError};

use super::failure::ToolFailure;

/// What the names of files begin with that are not complete yet.
const BESIDE: &str = ".rental-export-";
/// What an export begins with, whatever is in it.
const FIRST: &[u8] = b"{\"position\":1,";

/// A file on its way.
pub(super) struct Beside {
    path: PathBuf,
    replaces: bool,
    writer: BufWriter<NamedTempFile>,
}

impl Beside {
    /// Begins a file for this name; one that is there is replaced only when that was said.
    pub(super) fn open(path: &Path, replaces: bool) -> Result<Self, ToolFailure> {
        if !replaces && path.exists() {
            return Err(ToolFailure::Exists(path.to_owned()));
        }
        sweep(folder(path));
        let file = made_in(folder(path)).map_err(|source| failed("making a file beside", path, source))?;
        Ok(Self { path: path.to_owned(), replaces, writer: BufWriter::new(file) })
    }

    /// Where it is written to.
    pub(super) const fn writer(&mut self) -> &mut (dyn Write + Send) {
        &mut self.writer
    }

    /// Gives it its name, once everything is on the disk.
    pub(super) fn finish(self) -> Result<(), ToolFailure> {
        let Self { path, replaces, writer } = self;
        let written = writer.into_inner().map_err(io::IntoInnerError::into_error);
        let file = written.and_then(|file| file.as_file().sync_all().map(|()| file));
        let file = file.map_err(|source| failed("writing", &path, source))?;
        let named = if replaces { file.persist(&path) } else { file.persist_noclobber(&path) };
        named.map_err(|error| unnamed(&path, error))?;
        // The name, too, has to survive a power cut.
        let folder = File::open(folder(&path)).and_then(|folder| folder.sync_all());
        folder.map_err(|source| failed("keeping the name of", &path, source))
    }
}

/// A file that is locked while it is written, which tells it from what a killed export has left.
fn made_in(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let made = Builder::new().prefix(BESIDE).tempfile_in(folder)?;
        match made.as_file().lock() {
            // Somebody may have swept it away before it was locked.
            Ok(()) if made.as_file().metadata()?.nlink() == 0 => {}
            Ok(()) => return Ok(made),
            // Where files cannot be locked, none is swept away either.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(made),
            Err(error) => return Err(error),
        }
    }
}

/// Removes what killed exports have left: it holds names of members. What cannot be looked at or removed stays, and is
/// in nobody's way.
fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(BESIDE)) {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_file()) && is_left(&path).is_ok_and(|left| left) {
            let _ = fs::remove_file(path); // it stays, as said above
        }
    }
}

/// Whether a file is the beginning of an export, or empty, and nobody writes it any more.
fn is_left(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.try_lock().is_err() {
        return Ok(false);
    }
    let mut begins = Vec::new();
    Read::by_ref(&mut file).take(FIRST.len() as u64).read_to_end(&mut begins)?;
    Ok(FIRST.starts_with(&begins))
}

fn unnamed(path: &Path, PersistError { error, .. }: PersistError) -> ToolFailure {
    match error.kind() {
        io::ErrorKind::AlreadyExists => ToolFailure::Exists(path.to_owned()),
        _ => failed("naming", path, error),
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> ToolFailure {
    ToolFailure::File { doing, path: path.to_owned(), source }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path, replaces: bool, text: &str) -> Result<(), ToolFailure> {
        let mut file = Beside::open(path, replaces)?;
        file.writer().write_all(text.as_bytes()).unwrap();
        file.finish()
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        written(&path, false, "one").unwrap();
        assert!(matches!(written(&path, false, "two"), Err(ToolFailure::Exists(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        written(&path, true, "three").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
    }

    #[test]
    fn one_that_came_meanwhile_stays_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let file = Beside::open(&path, false).unwrap();
        std::fs::write(&path, "other").unwrap();
        assert!(matches!(file.finish(), Err(ToolFailure::Exists(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "other");
    }

    /// It may hold the names of members, and one that is still written is somebody's.
    #[test]
    fn what_a_killed_export_left_is_removed_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(format!("{BESIDE}{name}"));
        for (name, content) in [("killed", "{\"position\":1,\"st"), ("at-once", ""), ("mine", "{\"mine\":1}")]
        {
            std::fs::write(at(name), content).unwrap();
        }
        let mut other = Beside::open(&folder.path().join("other.jsonl"), false).unwrap();
        written(&folder.path().join("log.jsonl"), false, "one").unwrap();
        assert!(!at("killed").exists() && !at("at-once").exists() && at("mine").exists());
        other.writer().write_all(b"two").unwrap();
        other.finish().unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("other.jsonl")).unwrap(), "two");
    }

    #[test]
    fn what_was_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Beside::open(&folder.path().join("log.jsonl"), false).unwrap();
        file.writer().write_all(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
