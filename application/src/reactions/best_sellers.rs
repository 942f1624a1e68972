//! How often copies were rented: one row a copy and month.

use domain::best_seller::BestSellerEvent;
use domain::{Item, Month};

use crate::codec::AnyEvent;
use crate::ports::best_seller_view::BestSellerRow;
use crate::ports::token_store::{Row, RowKey};
use crate::processing::{DecodedEvent, Projection, Sequence};

/// Takes the counts over from the events of best-sellers.
pub(super) struct BestSellers;

const WANTED: &[&str] = &["best-seller.rental-counted", "best-seller.rental-uncounted"];

impl Projection for BestSellers {
    fn wanted(&self) -> &'static [&'static str] {
        WANTED
    }

    fn sequence(&self) -> Sequence {
        Sequence::Book
    }

    fn row(&self, event: &AnyEvent) -> Option<RowKey> {
        counted(event).map(|(item, month, _)| RowKey::BestSeller(item.no, month))
    }

    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
        let Some((item, month, count)) = counted(&happened.event) else { return old };
        let row = BestSellerRow { no: item.no, month, title: item.title.clone(), count };
        // A count of nothing is no row: a rental that was cancelled leaves the ranking as if it had not been.
        (count > 0).then_some(Row::BestSeller(row))
    }
}

const fn counted(event: &AnyEvent) -> Option<(&Item, Month, u64)> {
    match event {
        AnyEvent::BestSeller(
            BestSellerEvent::RentalCounted { item, month, count, .. }
            | BestSellerEvent::RentalUncounted { item, month, count, .. },
        ) => Some((item, *month, *count)),
        AnyEvent::BestSeller(BestSellerEvent::RentalIgnored { .. })
        | AnyEvent::RentalCard(_)
        | AnyEvent::Member(_)
        | AnyEvent::Book(_)
        | AnyEvent::Operator(_) => None,
    }
}
