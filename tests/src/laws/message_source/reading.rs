//! Laws of reading: everything once, in order, and never more at a time than was asked for.

use application::ports::MessageSource;
use application::ports::event_store::{TypeName, Types};
use application::ports::message_source::{SourcePage, StartingPoint, Token};

use super::SourceUnderTest;
use crate::laws::event_store::samples::positions;

/// Two types that some do not want.
pub(super) const A: &str = "law.a";
/// The other.
pub(super) const B: &str = "law.b";

/// Nothing is there, and that can be said again and again.
pub async fn an_empty_source_has_a_beginning_that_is_its_head(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    let (beginning, head) = (beginning(&*source).await, head(&*source).await);
    assert_eq!(beginning, head);
    assert_eq!((beginning.position.value(), beginning.event), (0, None));
    for _ in 0..2 {
        let page = read(&*source, &beginning, &[], 10).await;
        assert_eq!((page.events, page.next, page.head.value()), (vec![], beginning, 0));
    }
}

/// Page by page, from each page's `next`, with more coming between pages.
pub async fn everything_is_seen_once_and_in_order(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, B, A, B, A]).await;
    let (mut at, mut seen, mut later) = (beginning(&*source).await, vec![], vec![[B, A]]);
    loop {
        let page = read(&*source, &at, &[], 3).await;
        if page.next == at {
            break;
        }
        assert_eq!(page.next.event, page.events.last().map(|event| event.id));
        seen.extend(page.events);
        at = page.next;
        if let Some(kinds) = later.pop() {
            subject.add(&kinds).await;
        }
    }
    assert_eq!(positions(&seen), [1, 2, 3, 4, 5, 6, 7]);
    let kinds: Vec<_> = seen.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, [A, B, A, B, A, B, A]);
    assert_eq!(at, head(&*source).await);
}

/// A processor that crashed reads what it had read: the same, to the byte.
pub async fn a_token_read_again_gives_the_same(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, B, A, B]).await;
    let at = read(&*source, &beginning(&*source).await, &[], 1).await.next;
    let once = read(&*source, &at, &[], 2).await;
    read(&*source, &once.next, &[], 10).await;
    let again = read(&*source, &at, &[], 2).await;
    assert_eq!((again.events, again.next), (once.events, once.next));
}

/// Wanted or not: so a page takes a bounded time.
pub async fn the_limit_bounds_what_is_scanned(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, A, B, A, B]).await;
    let page = read(&*source, &beginning(&*source).await, &[A], 4).await;
    assert_eq!((positions(&page.events), page.next.position.value()), (vec![3], 4));
    assert_eq!(page.head.value(), 5);
}

/// A processor that nothing concerns moves on all the same.
pub async fn what_is_not_wanted_is_left_out_and_passed(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, A, A, B]).await;
    let page = read(&*source, &beginning(&*source).await, &[A], 2).await;
    assert_eq!((page.events.len(), page.next.position.value()), (0, 2));
    source.knows(&page.next).await.expect("it was handed out a moment ago");
    let page = read(&*source, &page.next, &[A], 2).await;
    assert_eq!((positions(&page.events), page.next.position.value()), (vec![4], 4));
}

/// Only what a reader knows and does not want may be left out.
pub async fn a_type_that_nobody_knows_is_handed_out(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, "law.never-heard-of"]).await;
    let page = read(&*source, &beginning(&*source).await, &[A, B], 10).await;
    assert_eq!(positions(&page.events), [2]);
}

/// Whoever keeps the offset elsewhere is told; a token is what decides.
pub async fn saying_how_far_one_is_changes_nothing_for_who_reads(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, B]).await;
    let (beginning, head) = (beginning(&*source).await, head(&*source).await);
    source.acknowledged(&head).await.expect("the source is there");
    assert_eq!(positions(&read(&*source, &beginning, &[], 10).await.events), [1, 2]);
}

pub(super) async fn beginning(source: &dyn MessageSource) -> Token {
    source.token_at(StartingPoint::Beginning).await.expect("the source is there")
}

pub(super) async fn head(source: &dyn MessageSource) -> Token {
    source.token_at(StartingPoint::Head).await.expect("the source is there")
}

pub(super) async fn read(
    source: &dyn MessageSource,
    token: &Token,
    unwanted: &[&'static str],
    limit: usize,
) -> SourcePage {
    let unwanted: Types = unwanted.iter().map(|kind| TypeName::of(kind)).collect();
    source.read(token, &unwanted, limit).await.expect("the token is of this source")
}
