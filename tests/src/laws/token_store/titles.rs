//! Laws of the titles that were learned.

use application::ports::title_view::TitleRow;
use application::ports::token_store::{Commit, ProcessorName, Row, RowKey};
use domain::Title;

use super::TokenStoreUnderTest;
use super::samples::{Worker, no, token};

/// Each partition has a processor of its own, with rows of its own.
pub async fn a_title_is_found_whichever_partition_it_came_from(subject: &dyn TokenStoreUnderTest) {
    let (mut first, mut second) = (worker(subject, 0).await, worker(subject, 1).await);
    first.put(1, [titled(1, "One"), titled(3, "\u{1f4d6} 'three' <b>")]).await;
    second.put(1, [titled(2, "Two")]).await;

    let expected = [Some("One"), Some("Two"), Some("\u{1f4d6} 'three' <b>"), None];
    for (number, expected) in (1..).zip(expected) {
        assert_eq!(title(subject, number).await.as_deref(), expected);
    }
    assert_eq!(second.row(RowKey::Title(no(1))).await, None, "it is a row of the other one");
}

/// What checks read.
pub async fn titles_come_by_number_after_the_one_named(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject, 0).await;
    worker.put(1, [10, 2, 9, 100].map(|number| titled(number, "Any"))).await;

    let page = async |after: Option<i64>| {
        let after = after.map(|number| RowKey::Title(no(number)));
        let name = &worker.claim().processor;
        let rows = worker.tokens.live_rows(name, after, 3).await.expect("the rows are there");
        rows.iter().map(Row::key).collect::<Vec<_>>()
    };
    let keys = |numbers: &[i64]| numbers.iter().map(|&number| RowKey::Title(no(number))).collect::<Vec<_>>();
    assert_eq!(page(None).await, keys(&[2, 9, 10]));
    assert_eq!(page(Some(10)).await, keys(&[100]));
    assert_eq!(page(Some(100)).await, keys(&[]));
}

/// One by one, and with its generation.
pub async fn a_title_that_is_gone_is_not_found(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject, 0).await;
    worker.put(1, [titled(1, "One"), titled(2, "Two")]).await;
    let gone = vec![(RowKey::Title(no(1)), None)];
    worker.commit(Commit { rows: gone, ..worker.next(2) }).await.expect("the claim is good");
    assert_eq!((title(subject, 1).await, title(subject, 2).await.as_deref()), (None, Some("Two")));

    let name = worker.claim().processor.clone();
    worker.tokens.begin_anew(&name, token(0)).await.expect("it is known");

    assert_eq!(title(subject, 2).await, None);
    while worker.tokens.sweep(&name, 10).await.expect("it can be swept") > 0 {}
}

/// A copy with its title.
///
/// # Panics
/// When that is none.
#[must_use]
pub fn titled(number: i64, title: &str) -> Row {
    Row::Title(TitleRow { no: no(number), title: Title::parse(title).expect("it is a title") })
}

async fn worker(subject: &dyn TokenStoreUnderTest, partition: u32) -> Worker {
    let name = ProcessorName::stored(format!("learn-titles:book_catalogue:{partition}"));
    Worker::of(subject.tokens(), &name).await
}

async fn title(subject: &dyn TokenStoreUnderTest, number: i64) -> Option<String> {
    let found = subject.titles().title(no(number)).await.expect("the view is there");
    found.map(|title| title.as_str().to_owned())
}
