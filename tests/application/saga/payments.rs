//! Payments of the late fee.

use application::commands::CommandError;
use domain::rental_card::RentalCardRefusal;
use jiff::SignedDuration;
use tests::library::Library;

use super::standing;

async fn with_a_fee_of_60(points: i64) -> (Library, domain::MemberId) {
    let mut library = Library::open();
    let jenny = library.join("jenny", points).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    library.settle().await;
    library.stores.clock.advance(SignedDuration::from_hours(24 * 20));
    library.give_back(&jenny, no).await;
    library.settle().await;
    assert_eq!(library.card(&jenny).await.fee.value(), 60);
    (library, jenny)
}

#[tokio::test]
async fn a_fee_is_paid_with_points() {
    let (mut library, jenny) = with_a_fee_of_60(40).await;
    let process = library.pay(&jenny, 60).await;

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Completed: -, Done");
    assert_eq!((library.points(&jenny).await, library.card(&jenny).await.fee.value()), (0, 0));
}

#[tokio::test]
async fn a_payment_with_too_few_points_leaves_the_fee() {
    // T60, defects 10 and 14
    let (mut library, jenny) = with_a_fee_of_60(0).await;
    let process = library.pay(&jenny, 60).await;
    let other = library.shelve(2).await;
    let meanwhile = library.desk.rent(&jenny, other, None, None, library.context()).await;
    assert!(
        matches!(meanwhile, Err(CommandError::Refused(RentalCardRefusal::CardSuspended { .. }))),
        "the card stays suspended while the payment is under way"
    );

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Compensated: -, Refused");
    assert_eq!((library.points(&jenny).await, library.card(&jenny).await.fee.value()), (20, 60));
}
