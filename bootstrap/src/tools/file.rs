//! A file that is written beside its name and takes the name when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, PersistError};

use super::failure::ToolFailure;

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
        let made = Builder::new().prefix(".rental-export-").tempfile_in(folder(path));
        let file = made.map_err(|source| failed("making a file beside", path, source))?;
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

    #[test]
    fn what_was_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Beside::open(&folder.path().join("log.jsonl"), false).unwrap();
        file.writer().write_all(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
