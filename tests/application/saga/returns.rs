//! Returns: completed, cancelled, and tried again.

use domain::book::BookCommand;
use domain::rental_card::ItemState;
use jiff::SignedDuration;
use tests::library::Library;

use super::{asked_for_rent, standing};

#[tokio::test]
async fn a_return_completes_when_both_did_their_part() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    library.settle().await;
    let process = library.give_back(&jenny, no).await;

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Completed: Done, Done");
    assert_eq!(library.points(&jenny).await, 20);
    assert_eq!(library.holder(no).await, None);
    let card = library.card(&jenny).await;
    assert_eq!((card.items.len(), card.returned.len(), card.fee.value()), (0, 1, 0));
}

/// Defects 4 and 20: the item stays, the fee goes, and it can be returned again.
#[tokio::test]
async fn a_return_that_was_cancelled_can_be_made_again() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let rent = library.rent(&jenny, no).await;
    library.settle().await;
    let asked = asked_for_rent(&library, &jenny, 1, rent);
    library.book(no, BookCommand::UndoLend { asked: asked.clone() }).await;
    library.stores.clock.advance(SignedDuration::from_hours(24 * 16));
    let cancelled = library.give_back(&jenny, no).await;
    assert_eq!(library.card(&jenny).await.fee.value(), 20);

    library.settle().await;

    assert_eq!(standing(&library, cancelled).await, "Compensated: Refused, Undone");
    let card = library.card(&jenny).await;
    assert_eq!(card.fee.value(), 0);
    assert_eq!(card.items.iter().map(|item| &item.state).collect::<Vec<_>>(), [&ItemState::Rented]);
    assert_eq!(library.points(&jenny).await, 10);

    library.book(no, BookCommand::Lend { asked }).await;
    let again = library.give_back(&jenny, no).await;
    library.settle().await;

    assert_eq!(standing(&library, again).await, "Completed: Done, Done");
    assert_eq!(library.card(&jenny).await.fee.value(), 20);
    assert_eq!(library.points(&jenny).await, 20);
}
