//! What is found when a folder is opened, and what is said about it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, OpenError, SqliteTokenStore};
use adapters::system_clock::SystemClock;
use application::ports::event_store::StoreError;
use application::ports::{Displaced, EventStore, FileLoss};
use application::processing::cause_of;
use jiff::tz::TimeZone;
use tests::laws::event_store::samples::{append, positions, proposal, stream, whole_log};

use super::files::{connect, copy_as_killed, folder, open_in, open_log};

const LOG: &str = "rental.db";

#[tokio::test]
async fn a_missing_folder_is_made_with_all_above_it() {
    let folder = folder();
    let store = open_log(&folder.path().join("a/b")).await.unwrap();
    assert_eq!(store.head().await.unwrap().position.value(), 0);
}

#[tokio::test]
async fn a_folder_that_is_held_is_refused_to_the_second_and_free_after_the_first() {
    let folder = folder();
    let first = Folder::hold(folder.path()).unwrap();

    let second = Folder::hold(folder.path());

    let said = second.unwrap_err().to_string();
    assert!(said.contains("held by another process; stop that one"), "{said}");
    drop(first);
    Folder::hold(folder.path()).unwrap();
}

/// The lock goes with the process: a file that a killed one left behind holds nobody up.
#[tokio::test]
async fn a_lock_file_that_was_left_behind_is_no_lock() {
    let folder = folder();
    fs::write(folder.path().join("rental.lock"), "4711").unwrap();
    open_log(folder.path()).await.unwrap();
}

#[tokio::test]
async fn a_log_is_found_again_with_its_id() {
    let folder = folder();
    let store = open_log(folder.path()).await.unwrap();
    append(&store, proposal(&stream("a"), 0, 2)).await;
    let head = store.head().await.unwrap();
    store.close().await;
    drop(store);

    let again = open_log(folder.path()).await.unwrap();

    assert_eq!(again.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_refused() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();

    for refusal in [Folder::hold(&file), Folder::look_into(&file)] {
        assert!(matches!(refusal, Err(OpenError::Folder { .. })), "{refusal:?}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    let bytes: [&[u8]; 2] = [b"some notes of mine", &[0xfe; 10_000]];
    for bytes in bytes {
        let folder = folder();
        fs::write(folder.path().join(LOG), bytes).unwrap();

        let refusal = open_log(folder.path()).await.err().unwrap();

        assert!(matches!(refusal, OpenError::Damaged { .. }), "{refusal:?}");
        assert!(refusal.to_string().contains("restore a backup"), "{refusal}");
        assert_eq!(fs::read(folder.path().join(LOG)).unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_damaged_log_is_refused_and_stays_as_it_is() {
    let folder = folder();
    let store = open_log(folder.path()).await.unwrap();
    append(&store, proposal(&stream("a"), 0, 100)).await;
    store.close().await;
    drop(store);
    let damaged = damage(&folder.path().join(LOG), 100..4096);

    let refusal = open_log(folder.path()).await.err().unwrap();

    assert!(matches!(refusal, OpenError::Damaged { .. }), "{refusal:?}");
    assert_eq!(fs::read(folder.path().join(LOG)).unwrap(), damaged);
}

#[tokio::test]
async fn damage_behind_the_header_is_met_as_corrupt() {
    let folder = folder();
    let store = open_log(folder.path()).await.unwrap();
    for round in 0..20 {
        append(&store, proposal(&stream("a"), round * 100, 100)).await;
    }
    store.close().await;
    drop(store);
    let length = fs::metadata(folder.path().join(LOG)).unwrap().len() as usize;
    damage(&folder.path().join(LOG), 4096 * 20..length - 4096 * 2);

    let store = open_log(folder.path()).await.unwrap();
    let read = store.read_log(Default::default(), &Default::default(), 10_000).await;

    let Err(error @ StoreError::Corrupt { .. }) = read else { panic!("{read:?}") };
    let told = cause_of(&error);
    assert!(told.contains("rental.db` is damaged") && told.contains("restore a backup"), "{told}");
}

/// T117: whoever has a file locked for a while has damaged nothing.
#[tokio::test]
async fn a_file_that_somebody_has_locked_is_refused_as_that_and_used_when_it_is_free() {
    for file in [LOG, "views.db"] {
        let folder = folder();
        open_both(folder.path()).await.unwrap();
        let mut locking = connect(&folder.path().join(file)).await;
        sqlx::raw_sql("begin exclusive").execute(&mut locking).await.unwrap();

        let refusal = open_both(folder.path()).await.unwrap_err();

        assert!(matches!(refusal, OpenError::Busy { .. }), "{refusal:?}");
        let said = refusal.to_string();
        assert!(said.contains(file) && said.contains("locked by another program; end what"), "{said}");
        sqlx::raw_sql("rollback").execute(&mut locking).await.unwrap();
        open_both(folder.path()).await.unwrap();
    }
}

/// The stores of a folder, which are closed again.
async fn open_both(path: &Path) -> Result<(), OpenError> {
    let held = Folder::hold(path)?;
    let log = open_in(Arc::clone(&held), Bounds::default()).await?;
    let clock = Arc::new(SystemClock::new(TimeZone::UTC));
    let views = SqliteTokenStore::open(held, Bounds::default(), clock).await;
    if let Ok(views) = &views {
        views.close().await;
    }
    log.close().await;
    views.map(drop)
}

/// T106: appends find out by themselves.
#[tokio::test]
async fn an_append_into_files_that_were_taken_away_is_refused_until_they_are_back() {
    let folder = folder();
    let data = folder.path().join("data");
    let store = open_log(&data).await.unwrap();
    append(&store, proposal(&stream("a"), 0, 1)).await;
    store.check_storage().await.unwrap();
    fs::rename(&data, folder.path().join("aside")).unwrap();

    let refusal = store.append(vec![proposal(&stream("a"), 1, 1)]).await.unwrap_err();

    assert!(matches!(refusal, StoreError::Unavailable { .. }), "{refusal:?}");
    let displaced = Displaced { path: data.join(LOG), loss: FileLoss::Gone };
    assert_eq!(Displaced::behind(&refusal), Some(&displaced));
    assert_eq!(Displaced::behind(&store.check_storage().await.unwrap_err()), Some(&displaced));
    assert_eq!(positions(&whole_log(&store).await), [1], "what was there can still be read");
    fs::rename(folder.path().join("aside"), &data).unwrap();
    append(&store, proposal(&stream("a"), 1, 1)).await;
}

/// A file that was cut short is not mended by growing again: what stood behind the cut is gone.
#[tokio::test]
async fn an_append_into_a_file_that_was_cut_short_is_refused_from_then_on() {
    for file in [LOG, "rental.db-wal"] {
        let folder = folder();
        let store = open_log(folder.path()).await.unwrap();
        append(&store, proposal(&stream("a"), 0, 1)).await;
        store.check_storage().await.unwrap();
        let path = folder.path().join(file);
        let length = fs::metadata(&path).unwrap().len();
        cut(&path, 0);

        let refusal = store.append(vec![proposal(&stream("a"), 1, 1)]).await.unwrap_err();

        assert!(matches!(refusal, StoreError::Unavailable { .. }), "{refusal:?}");
        let cut_short = Displaced { path: path.clone(), loss: FileLoss::CutShort };
        assert_eq!(Displaced::behind(&refusal), Some(&cut_short));
        cut(&path, length);
        assert_eq!(Displaced::behind(&store.check_storage().await.unwrap_err()), Some(&cut_short));
    }
}

/// Another handle than the database's, in another process: to close one here would drop the locks of the database.
fn cut(file: &Path, length: u64) {
    let cut = Command::new("truncate").arg(format!("--size={length}")).arg(file).status();
    assert!(cut.unwrap().success());
}

#[tokio::test]
async fn a_database_of_somebody_else_is_refused_and_stays_as_it_is() {
    for setup in ["create table notes (note text)", "pragma application_id = 7"] {
        let folder = folder();
        let file = folder.path().join(LOG);
        sqlx::raw_sql(setup).execute(&mut connect(&file).await).await.unwrap();
        let before = fs::read(&file).unwrap();

        let refusal = open_log(folder.path()).await.err().unwrap();

        assert!(matches!(refusal, OpenError::Foreign { .. }), "{refusal:?}");
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused() {
    let folder = folder();
    drop(open_log(folder.path()).await.unwrap());
    let mut connection = connect(&folder.path().join(LOG)).await;
    sqlx::raw_sql("pragma user_version = 99").execute(&mut connection).await.unwrap();

    let refusal = open_log(folder.path()).await.err().unwrap();

    assert!(matches!(refusal, OpenError::Newer { found: 99, .. }), "{refusal:?}");
}

/// T91: at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tables_are_made_once_by_eight_that_come_at_once() {
    let folder = folder();
    let held = Folder::hold(folder.path()).unwrap();

    let opened = (0..8).map(|_| tokio::spawn(open_in(Arc::clone(&held), Bounds::default())));
    let opened = futures::future::join_all(opened).await;

    let mut ids = std::collections::BTreeSet::new();
    for store in opened {
        ids.insert(store.unwrap().unwrap().head().await.unwrap().log);
    }
    assert_eq!(ids.len(), 1, "they do not agree on the log's id");
}

/// T91: interrupted. Half a step is undone with its transaction, so an empty file with our journal is all that is left.
#[tokio::test]
async fn tables_whose_making_was_cut_off_are_made_again() {
    let folder = folder();
    let file = folder.path().join(LOG);
    let mut connection = connect(&file).await;
    let begun =
        "pragma journal_mode = wal; begin immediate; create table event (x); pragma application_id = 7";
    sqlx::raw_sql(begun).execute(&mut connection).await.unwrap();
    let cut_off = copy_as_killed(folder.path());

    let store = open_log(cut_off.path()).await.unwrap();

    append(&store, proposal(&stream("a"), 0, 1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_reads_beside_the_service_and_writes_nothing() {
    let folder = folder();
    let service = open_log(folder.path()).await.unwrap();
    append(&service, proposal(&stream("a"), 0, 2)).await;

    let tool = open_in(Folder::look_into(folder.path()).unwrap(), Bounds::default()).await.unwrap();

    assert_eq!(positions(&whole_log(&tool).await), [1, 2]);
    assert_eq!(tool.head().await.unwrap(), service.head().await.unwrap());
    let refusal = tool.append(vec![proposal(&stream("b"), 0, 1)]).await;
    assert!(matches!(refusal, Err(StoreError::Unavailable { .. })), "{refusal:?}");
    append(&service, proposal(&stream("a"), 2, 1)).await;
    tool.appended(Default::default()).await;
    assert_eq!(positions(&whole_log(&tool).await), [1, 2, 3]);
}

#[tokio::test]
async fn a_tool_makes_no_file() {
    let folder = folder();

    let refusal = open_in(Folder::look_into(folder.path()).unwrap(), Bounds::default()).await.err().unwrap();

    assert!(matches!(refusal, OpenError::Missing { .. }), "{refusal:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Overwrites a part of a file, and answers what it holds then.
fn damage(file: &Path, range: std::ops::Range<usize>) -> Vec<u8> {
    let mut bytes = fs::read(file).unwrap();
    bytes[range].fill(0xa5);
    fs::write(file, &bytes).unwrap();
    bytes
}
