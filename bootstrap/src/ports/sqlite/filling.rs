//! A log that is filled in a folder within the data folder, and moved to its place as one file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, OpenError, SqliteEventStore};
use application::ports::event_store::{LogId, Position};
use application::ports::{BoxError, EventStore};
use async_trait::async_trait;
use tempfile::{Builder, TempDir};

use super::super::filling::{Complete, FillError, Filling, follow_nothing};
use super::super::{Access, Opening};
use super::{LOG, refused};
use crate::counted::counted;
use crate::failure::RunFailure;

/// What the names of folders begin with in which a log is filled.
const BESIDE: &str = ".rental-import-";
/// What shows that an import made such a folder, and that nobody else did who likes the name.
const MARK: &str = "import";
/// What a database keeps beside its file while it is open.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Holds the folder, sees that nothing is lost in it, and makes an empty log beside it. A log that is there without
/// events gives its id to the new one.
pub(in super::super) async fn fill(opening: &mut Opening, dir: &Path) -> Result<Filling, FillError> {
    let held = opening.folders.folder(dir, Access::Serve).map_err(of_log)?;
    let id = match empty_log(&held, opening).await? {
        Some(id) => id,
        None => LogId::new(opening.ids.next()),
    };
    follow_nothing(opening, id).await?;
    let beside = beside(dir).map_err(|source| of_log(OpenError::Folder { path: dir.to_owned(), source }))?;
    let folder = Folder::hold(beside.path()).map_err(of_log)?;
    let store = Arc::new(SqliteEventStore::fill(folder, Bounds::default(), id).await.map_err(of_log)?);
    let completing = Moving { store: Arc::clone(&store), beside, to: held };
    Ok(Filling { store, completing: Box::new(completing) })
}

/// The id of the log in the folder, if there is one; it has no event.
async fn empty_log(held: &Arc<Folder>, opening: &Opening) -> Result<Option<LogId>, FillError> {
    let file = held.path().join(LOG);
    if !file.exists() {
        return Ok(None);
    }
    let new_id = LogId::new(opening.ids.next());
    let store = SqliteEventStore::open(Arc::clone(held), Bounds::default(), new_id).await.map_err(of_log)?;
    let head = store.head().await;
    store.close().await;
    let head = head.map_err(|error| setting_up(error.into()))?;
    if head.position == Position::START {
        return Ok(Some(head.log));
    }
    let found = format!("`{}` holds {}", file.display(), counted(head.position.value(), "event"));
    Err(FillError::Occupied { found, remedy: "name another folder, or move this one away" })
}

/// A folder to fill. What an import that was killed has left is of no use to anybody: this process holds the data
/// folder, and the mark says that an import made it.
fn beside(dir: &Path) -> io::Result<TempDir> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(BESIDE) {
            sweep(&entry.path())?;
        }
    }
    let beside = Builder::new().prefix(BESIDE).tempdir_in(dir)?;
    File::create_new(beside.path().join(MARK))?;
    Ok(beside)
}

fn sweep(left: &Path) -> io::Result<()> {
    if left.join(MARK).is_file() {
        return fs::remove_dir_all(left);
    }
    // It may have been killed before it could make the mark: then nothing is in there.
    match fs::remove_dir(left) {
        Ok(()) => Ok(()),
        Err(error) => {
            tracing::warn!(folder = ?left, %error, "this looks like what an import has left, and has no mark of one");
            Ok(())
        }
    }
}

/// A log that is complete when it has been moved.
struct Moving {
    store: Arc<SqliteEventStore>,
    beside: TempDir,
    to: Arc<Folder>,
}

#[async_trait]
impl Complete for Moving {
    async fn complete(self: Box<Self>) -> Result<(), BoxError> {
        self.store.close().await;
        let (from, to) = (self.beside.path().join(LOG), self.to.path().join(LOG));
        alone(&from)?;
        File::open(&from)?.sync_all()?;
        // Whoever has exchanged the folder meanwhile may have put another library there.
        self.to.check()?;
        // The log that is replaced has no event; what stands beside it would be taken for a part of the new one.
        for companion in COMPANIONS.map(|ending| with(&to, ending)).iter().filter(|path| path.exists()) {
            fs::remove_file(companion)?;
        }
        fs::rename(&from, &to)?;
        File::open(self.to.path())?.sync_all()?;
        Ok(())
    }

    async fn abandon(self: Box<Self>) {
        // The folder goes when it is dropped, and nothing may be writing there then.
        self.store.close().await;
    }
}

/// That everything is in the file itself.
fn alone(file: &Path) -> io::Result<()> {
    let wal = with(file, COMPANIONS[0]);
    match fs::metadata(&wal) {
        Ok(found) if found.len() > 0 => {
            Err(io::Error::other(format!("`{}` could not be brought into its file", wal.display())))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn with(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn of_log(source: OpenError) -> FillError {
    FillError::Open(refused("the event store", source))
}

fn setting_up(source: BoxError) -> FillError {
    FillError::Open(RunFailure::SetUp { what: "the event store", source })
}
