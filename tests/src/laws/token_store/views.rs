//! Laws of the catalogue and of the loans.

use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::loan_view::{LoanQuery, LoanRow, LoanState};
use application::ports::token_store::{Commit, ProcessorName, Row};
use domain::book::BookStatus;
use domain::{Author, Date, MemberId, RentalId, Title};
use uuid::Uuid;

use super::TokenStoreUnderTest;
use super::samples::{Worker, book, no};

/// A list is read page by page; the last page is short.
pub async fn books_come_by_number_after_the_one_named(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let numbers = [10, 2, 9, 1, 100, 9_007_199_254_740_991];
    worker.put(1, numbers.map(|number| Row::Catalogue(book(number, "Any")))).await;

    let after = |number| BookQuery { after: Some(no(number)), ..BookQuery::default() };
    assert_eq!(books(subject, &BookQuery::default(), 3).await, [1, 2, 9]);
    assert_eq!(books(subject, &after(9), 3).await, [10, 100, 9_007_199_254_740_991]);
    assert_eq!(books(subject, &after(10), 1).await, [100]);
    assert!(books(subject, &after(9_007_199_254_740_991), 3).await.is_empty());
}

/// Without case, anywhere in the text, and signs that mean something to a database mean themselves.
pub async fn books_are_found_by_title_author_and_status(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let by = |name| Some(Author::parse(name).expect("it is a name"));
    let rows = [
        CatalogueRow { author: by("Ursula K. Le Guin"), ..book(1, "The Dispossessed") },
        CatalogueRow {
            author: by("Han Kang"), status: BookStatus::Unavailable, ..book(2, "채식주의자")
        },
        CatalogueRow { status: BookStatus::Entered, ..book(3, "100% Wolf_Guide") },
        CatalogueRow { holder: Some(RentalId::new(Uuid::from_u128(4))), ..book(4, "ÉCOLE 1000") },
    ];
    worker.put(1, rows.clone().map(Row::Catalogue)).await;

    let search = |text: &str| BookQuery { search: Some(text.to_owned()), ..BookQuery::default() };
    let cases = [
        (search("DISPOSS"), vec![1]),
        (search("le guin"), vec![1]),
        (search("주의"), vec![2]),
        (search("0%"), vec![3]),
        (search("f_g"), vec![3]),
        (search("école"), vec![4]),
        (search("100"), vec![3, 4]),
        (search("' or 1=1 --"), vec![]),
        (search(".*"), vec![]),
        (BookQuery { status: Some(BookStatus::Available), ..BookQuery::default() }, vec![1, 4]),
        (BookQuery { status: Some(BookStatus::Entered), ..search("guide") }, vec![3]),
        (BookQuery { status: Some(BookStatus::Available), ..search("guide") }, vec![]),
    ];
    for (wanted, expected) in cases {
        assert_eq!(books(subject, &wanted, 10).await, expected, "{wanted:?}");
    }
    let all = subject.catalogue().books(&BookQuery::default(), 10).await.expect("the view is there");
    assert_eq!(all, rows);
}

/// Neither in its list nor in any other place it was found by.
pub async fn a_removed_row_is_in_no_view(subject: &dyn TokenStoreUnderTest) {
    let mut books_worker = Worker::on(subject.tokens()).await;
    let mut loans_worker = Worker::of(subject.tokens(), &ProcessorName::of("loans")).await;
    for (worker, row) in [
        (&mut books_worker, Row::Catalogue(book(1, "Gone"))),
        (&mut loans_worker, Row::Loan(loan(1, "2026-01-15"))),
    ] {
        worker.put(1, [row.clone()]).await;
        let rows = vec![(row.key(), None)];
        worker.commit(Commit { rows, ..worker.next(2) }).await.expect("the claim is good");
    }

    assert!(books(subject, &BookQuery::default(), 10).await.is_empty());
    assert!(overdue(subject, "2027-01-01", None, 10).await.is_empty());
}

/// Rented ones that nobody marked; a row that changes is found by what it is now.
pub async fn loans_are_overdue_from_the_day_after_they_were_due(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::of(subject.tokens(), &ProcessorName::of("loans")).await;
    let rows = [
        loan(1, "2026-01-15"),
        LoanRow { overdue: true, ..loan(2, "2026-01-15") },
        LoanRow { state: LoanState::Pending, ..loan(3, "2026-01-15") },
        LoanRow { state: LoanState::ReturnPending, ..loan(4, "2026-01-15") },
        loan(5, "2026-01-16"),
        loan(6, "2025-12-31"),
    ];
    worker.put(1, rows.map(Row::Loan)).await;

    assert_eq!(overdue(subject, "2026-01-15", None, 10).await, [6]);
    assert_eq!(overdue(subject, "2026-01-16", None, 10).await, [1, 6]);
    assert_eq!(overdue(subject, "2026-01-17", None, 10).await, [1, 5, 6]);

    let marked = LoanRow { overdue: true, ..loan(6, "2025-12-31") };
    worker
        .put(2, [Row::Loan(marked), Row::Loan(loan(1, "2026-02-01")), Row::Loan(loan(4, "2026-01-15"))])
        .await;
    assert_eq!(overdue(subject, "2026-01-17", None, 10).await, [4, 5]);
}

/// Whatever their day, so that a reader goes on where it stopped.
pub async fn loans_come_by_rental_after_the_one_named(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::of(subject.tokens(), &ProcessorName::of("loans")).await;
    let rows = [loan(3, "2026-01-01"), loan(1, "2026-01-03"), loan(2, "2026-01-02"), loan(256, "2025-01-01")];
    worker.put(1, rows.clone().map(Row::Loan)).await;

    assert_eq!(overdue(subject, "2026-02-01", None, 2).await, [1, 2]);
    assert_eq!(overdue(subject, "2026-02-01", Some(2), 2).await, [3, 256]);
    assert!(overdue(subject, "2026-02-01", Some(256), 2).await.is_empty());
    let today = day("2026-02-01");
    let found = subject.loans().overdue(today, None, 1).await.expect("the view is there");
    assert_eq!(found, [rows[1].clone()]);
}

/// In whatever state, by member and by the day on which they have to be back; the last page is short.
pub async fn loans_are_found_by_member_and_day(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::of(subject.tokens(), &ProcessorName::of("loans")).await;
    let tom = || MemberId::parse("tom").expect("it is an id");
    let rows = [
        LoanRow { state: LoanState::Pending, ..loan(1, "2026-01-15") },
        LoanRow { overdue: true, ..loan(2, "2026-01-14") },
        LoanRow { member_id: tom(), ..loan(3, "2026-01-16") },
        LoanRow { member_id: tom(), state: LoanState::ReturnPending, ..loan(256, "2025-12-31") },
    ];
    worker.put(1, rows.clone().map(Row::Loan)).await;

    let all = LoanQuery::default;
    let late = |text| LoanQuery { due_before: Some(day(text)), ..all() };
    let cases = [
        (all(), vec![1, 2, 3, 256]),
        (LoanQuery { member_id: Some(tom()), ..all() }, vec![3, 256]),
        (late("2026-01-15"), vec![2, 256]),
        (LoanQuery { member_id: Some(tom()), ..late("2026-01-15") }, vec![256]),
        (LoanQuery { due_from: Some(day("2026-01-15")), ..all() }, vec![1, 3]),
        (LoanQuery { after: Some(RentalId::new(Uuid::from_u128(2))), ..all() }, vec![3, 256]),
        (LoanQuery { after: Some(RentalId::new(Uuid::from_u128(256))), ..all() }, vec![]),
    ];
    for (wanted, expected) in cases {
        assert_eq!(rentals(subject, &wanted, 10).await, expected, "{wanted:?}");
    }
    assert_eq!(rentals(subject, &all(), 2).await, [1, 2]);
    assert_eq!(subject.loans().loans(&all(), 10).await.expect("the view is there"), rows);
}

/// A book that was rented and has to be back by `due_on`.
///
/// # Panics
/// When that is not a date.
#[must_use]
pub fn loan(rental: u128, due_on: &str) -> LoanRow {
    LoanRow {
        rental_id: RentalId::new(Uuid::from_u128(rental)),
        member_id: MemberId::parse("jenny").expect("it is an id"),
        book_no: no(7),
        title: Title::parse("Title").expect("it is a title"),
        rented_on: day("2025-12-01"),
        due_on: day(due_on),
        overdue: false,
        state: LoanState::Rented,
    }
}

fn day(text: &str) -> Date {
    text.parse().expect("it is a date")
}

async fn books(subject: &dyn TokenStoreUnderTest, wanted: &BookQuery, limit: usize) -> Vec<i64> {
    let found = subject.catalogue().books(wanted, limit).await.expect("the view is there");
    found.iter().map(|row| row.no.value()).collect()
}

async fn rentals(subject: &dyn TokenStoreUnderTest, wanted: &LoanQuery, limit: usize) -> Vec<u128> {
    let found = subject.loans().loans(wanted, limit).await.expect("the view is there");
    found.iter().map(|row| row.rental_id.uuid().as_u128()).collect()
}

async fn overdue(
    subject: &dyn TokenStoreUnderTest,
    today: &str,
    after: Option<u128>,
    limit: usize,
) -> Vec<u128> {
    let after = after.map(|rental| RentalId::new(Uuid::from_u128(rental)));
    let found = subject.loans().overdue(day(today), after, limit).await.expect("the view is there");
    found.iter().map(|row| row.rental_id.uuid().as_u128()).collect()
}
