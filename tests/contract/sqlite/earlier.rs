//! Files that a version before has left: what cannot be built again from the log is kept.

use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, SqliteTokenStore};
use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery};
use application::ports::token_store::{Commit, Segment};
use domain::Date;
use tests::clock::StoppedClock;
use tests::laws::token_store::samples::{CATALOGUE, Worker, letters, state_of, token};

use super::files::{connect, folder};

/// T91: letters and tokens; the letters can be tried as if they had been written today.
#[tokio::test]
async fn letters_of_the_version_before_are_kept() {
    let folder = folder();
    let mut file = connect(&folder.path().join("views.db")).await;
    for sql in [
        include_str!("../../../adapters/src/sqlite/sql/token_store/schema_1.sql"),
        include_str!("../../../adapters/src/sqlite/sql/token_store/mark_1.sql"),
        include_str!("../../../adapters/src/sqlite/sql/token_store/version_1.sql"),
        include_str!("earlier.sql"),
    ] {
        sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
    }
    drop(file);

    let clock = Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 1, 1)));
    let held = Folder::hold(folder.path()).unwrap();
    let store = Arc::new(SqliteTokenStore::open(held, Bounds::default(), clock).await.unwrap());

    let state = state_of(&*store, &CATALOGUE).await;
    assert_eq!((state.segments[0].token, state.abandoned), (token(7), 1));
    let mut worker = Worker::at(store.clone(), &CATALOGUE, state.live, Segment::WHOLE).await;
    let waiting = store.waiting_letters(worker.claim(), "book:1", 9).await.unwrap();
    let letter = &waiting[0].letter;
    assert_eq!((letter.kind, letter.attempts, letter.revision), (DeadLetterKind::Abandoned, 10, 1));
    worker.commit(Commit { settled: vec![letter.settled()], ..worker.next(8) }).await.unwrap();
    assert_eq!(letters(&*store, DeadLetterQuery::default()).await, []);
}
