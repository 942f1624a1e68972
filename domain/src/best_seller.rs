//! How often one copy was rented in one month: stream `best-seller-{yyyy-mm}-{bookNo}`.

mod decide;
mod evolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::decider::Decider;
use crate::ids::{Month, RentalId};
use crate::request::Item;

/// The state: what became of each rental of this copy and month. It grows with the copy's rentals of that month only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BestSeller {
    rentals: BTreeMap<RentalId, Tally>,
}

/// What became of one rental.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    /// It counts.
    Counted,
    /// It was cancelled, before or after it was counted; it never counts again.
    Uncounted,
}

/// What can be asked; both come from messages and always leave an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BestSellerCommand {
    /// Count a rental.
    CountRental {
        /// The rental.
        rental_id: RentalId,
        /// The month of its first day.
        month: Month,
        /// The book.
        item: Item,
    },
    /// Take a cancelled rental off the count; may come before its count.
    UncountRental {
        /// The rental.
        rental_id: RentalId,
        /// The month of its first day.
        month: Month,
        /// The book.
        item: Item,
    },
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BestSellerEvent {
    /// A rental was counted.
    RentalCounted {
        /// The rental.
        rental_id: RentalId,
        /// The month of its first day.
        month: Month,
        /// The book.
        item: Item,
        /// The count after it.
        count: u64,
    },
    /// A rental was taken off the count, or will never be counted.
    RentalUncounted {
        /// The rental.
        rental_id: RentalId,
        /// The month of its first day.
        month: Month,
        /// The book.
        item: Item,
        /// The count after it.
        count: u64,
    },
    /// A repeat, or a count that came after its cancellation. A bare answer: it changes nothing.
    RentalIgnored {
        /// The rental.
        rental_id: RentalId,
        /// The month of its first day.
        month: Month,
        /// The book.
        item: Item,
    },
}

impl BestSeller {
    /// The state with these tallies, as a snapshot kept them.
    #[must_use]
    pub fn from_tallies(tallies: impl IntoIterator<Item = (RentalId, Tally)>) -> Self {
        Self { rentals: tallies.into_iter().collect() }
    }

    /// What became of each rental, ordered by rental.
    pub fn tallies(&self) -> impl Iterator<Item = (RentalId, Tally)> {
        self.rentals.iter().map(|(&rental_id, &tally)| (rental_id, tally))
    }

    /// What became of one rental; none when it was never heard of.
    #[must_use]
    pub fn tally(&self, rental_id: RentalId) -> Option<Tally> {
        self.rentals.get(&rental_id).copied()
    }

    /// How many rentals count.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.rentals.values().filter(|&&tally| tally == Tally::Counted).count() as u64
    }
}

impl Decider for BestSeller {
    type Command = BestSellerCommand;
    type Event = BestSellerEvent;
    type Refusal = Infallible;

    fn decide(&self, command: &BestSellerCommand) -> Result<Vec<BestSellerEvent>, Infallible> {
        Ok(vec![decide::decide(self, command)])
    }

    fn evolve(self, event: &BestSellerEvent) -> Self {
        evolve::evolve(self, event)
    }
}
