//! A copy of the log that is made beside the process that writes it.

use adapters::sqlite::{Bounds, Folder};
use application::ports::EventStore;
use application::processing::cause_of;
use tests::laws::event_store::samples::{append, proposal, stream, whole_log};

use super::files::{folder, open_in, open_log};

/// It holds what was there when it was begun, and is a log like any other; what comes later is not in it.
#[tokio::test]
async fn a_copy_is_the_log_of_one_moment_and_can_be_opened_and_written() {
    let (from, to) = (folder(), folder());
    let store = open_log(from.path()).await.unwrap();
    append(&store, proposal(&stream("a"), 0, 2)).await;
    let looking = open_in(Folder::look_into(from.path()).unwrap(), Bounds::default()).await.unwrap();

    looking.copy_to(&to.path().join("rental.db")).await.unwrap();

    append(&store, proposal(&stream("a"), 2, 1)).await;
    let copy = open_log(to.path()).await.unwrap();
    let (whole, copied) = (whole_log(&store).await, whole_log(&copy).await);
    assert_eq!((whole.len(), &whole[..2]), (3, &copied[..]));
    assert_eq!(copy.head().await.unwrap().log, store.head().await.unwrap().log);
    append(&copy, proposal(&stream("b"), 0, 1)).await;
}

#[tokio::test]
async fn a_copy_overwrites_nothing() {
    let (from, to) = (folder(), folder());
    let store = open_log(from.path()).await.unwrap();
    let file = to.path().join("rental.db");
    std::fs::write(&file, "mine").unwrap();
    let refused = store.copy_to(&file).await.unwrap_err();
    let told = cause_of(&refused);
    let named = format!("writing the copy `{}` failed", file.display());
    assert!(told.contains("copying the log") && told.contains(&named), "{told}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}
