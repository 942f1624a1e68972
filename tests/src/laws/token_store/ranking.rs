//! Laws of the ranking.

use application::ports::best_seller_view::{BestSellerRow, Period};
use application::ports::token_store::{Commit, ProcessorName, Row, RowKey};
use domain::{Month, Title};

use super::TokenStoreUnderTest;
use super::samples::{Worker, no};

/// Of that month alone, up to the limit.
pub async fn a_month_is_ranked_by_count_and_then_number(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    let rows = [
        count(10, "2026-01", "Ten", 5),
        count(9, "2026-01", "Nine", 5),
        count(1, "2026-01", "One", 2),
        count(2, "2026-01", "Two", 11),
        count(3, "2026-02", "Three", 99),
    ];
    worker.put(1, rows.map(Row::BestSeller)).await;

    assert_eq!(ranking(subject, Some("2026-01"), 10).await, ["2 Two 11", "9 Nine 5", "10 Ten 5", "1 One 2"]);
    assert_eq!(ranking(subject, Some("2026-01"), 2).await, ["2 Two 11", "9 Nine 5"]);
    assert_eq!(ranking(subject, Some("2026-03"), 10).await, <[&str; 0]>::default());
}

/// A change of one month changes the sum.
pub async fn all_months_are_summed_under_the_latest_title(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    let rows = [
        count(1, "2026-02", "New name", 2),
        count(1, "2025-12", "Old name", 5),
        count(2, "2026-01", "Two", 6),
        count(3, "2026-01", "Three", 7),
    ];
    worker.put(1, rows.map(Row::BestSeller)).await;
    assert_eq!(ranking(subject, None, 2).await, ["1 New name 7", "3 Three 7"]);

    worker.put(2, [Row::BestSeller(count(1, "2025-12", "Old name", 3))]).await;
    assert_eq!(ranking(subject, None, 10).await, ["3 Three 7", "2 Two 6", "1 New name 5"]);
    let key = RowKey::BestSeller(no(3), month("2026-01"));
    worker.commit(Commit { rows: vec![(key, None)], ..worker.next(3) }).await.expect("the claim is good");
    assert_eq!(ranking(subject, None, 10).await, ["2 Two 6", "1 New name 5"]);
}

/// All its rentals were cancelled.
pub async fn a_count_of_zero_is_not_ranked(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    worker.put(1, [count(1, "2026-01", "One", 1), count(2, "2026-01", "Two", 1)].map(Row::BestSeller)).await;

    worker.put(2, [Row::BestSeller(count(1, "2026-01", "One", 0))]).await;

    assert_eq!(ranking(subject, Some("2026-01"), 10).await, ["2 Two 1"]);
    assert_eq!(ranking(subject, None, 10).await, ["2 Two 1"]);
}

/// A copy's count in a month.
///
/// # Panics
/// When one of them does not keep its rule.
#[must_use]
pub fn count(number: i64, month_text: &str, title: &str, count: u64) -> BestSellerRow {
    let title = Title::parse(title).expect("it is a title");
    BestSellerRow { no: no(number), month: month(month_text), title, count }
}

fn month(text: &str) -> Month {
    text.parse().expect("it is a month")
}

async fn worker(subject: &dyn TokenStoreUnderTest) -> Worker {
    Worker::of(subject.tokens(), &ProcessorName::of("best-sellers")).await
}

async fn ranking(subject: &dyn TokenStoreUnderTest, of_month: Option<&str>, limit: usize) -> Vec<String> {
    let period = of_month.map_or(Period::All, |text| Period::Month(month(text)));
    let found = subject.best_sellers().ranking(period, limit).await.expect("the view is there");
    found.iter().map(|counted| format!("{} {} {}", counted.no, counted.title, counted.count)).collect()
}
