//! How often each copy was rented, a month and in all, with the rankings kept up to date.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use application::ports::best_seller_view::{BestSellerRow, Counted, Period};
use domain::{BookNo, Date, Month};

/// Counts by copy and month; what has a count above zero also by rank.
#[derive(Default)]
pub(in super::super) struct BestSellers {
    rows: BTreeMap<(BookNo, Month), BestSellerRow>,
    monthly: BTreeMap<Month, BTreeSet<Rank>>,
    totals: BTreeMap<BookNo, u64>,
    overall: BTreeSet<Rank>,
}

type Rank = (Reverse<u64>, BookNo);

impl BestSellers {
    pub(super) fn all(&self) -> impl Iterator<Item = &BestSellerRow> {
        self.rows.values()
    }

    pub(super) fn get(&self, no: BookNo, month: Month) -> Option<&BestSellerRow> {
        self.rows.get(&(no, month))
    }

    pub(super) fn put(&mut self, row: BestSellerRow) {
        self.remove(row.no, row.month);
        if row.count > 0 {
            self.monthly.entry(row.month).or_default().insert((Reverse(row.count), row.no));
        }
        self.set_total(row.no, self.total(row.no) + row.count);
        self.rows.insert((row.no, row.month), row);
    }

    pub(super) fn remove(&mut self, no: BookNo, month: Month) {
        let Some(row) = self.rows.remove(&(no, month)) else { return };
        self.set_total(no, self.total(no) - row.count);
        if let Some(ranks) = self.monthly.get_mut(&month) {
            ranks.remove(&(Reverse(row.count), no));
            if ranks.is_empty() {
                self.monthly.remove(&month);
            }
        }
    }

    pub(in super::super) fn ranking(&self, period: Period, limit: usize) -> Vec<Counted> {
        match period {
            Period::Month(month) => {
                let ranks = self.monthly.get(&month).into_iter().flatten().take(limit);
                ranks.filter_map(|&(Reverse(count), no)| counted(self.get(no, month)?, count)).collect()
            }
            Period::All => {
                let ranks = self.overall.iter().take(limit);
                ranks.filter_map(|&(Reverse(count), no)| counted(self.latest(no)?, count)).collect()
            }
        }
    }

    fn latest(&self, no: BookNo) -> Option<&BestSellerRow> {
        let months = (no, Month::of(Date::MIN))..=(no, Month::of(Date::MAX));
        self.rows.range(months).next_back().map(|(_, row)| row)
    }

    fn total(&self, no: BookNo) -> u64 {
        self.totals.get(&no).copied().unwrap_or(0)
    }

    fn set_total(&mut self, no: BookNo, total: u64) {
        if let Some(before) = self.totals.remove(&no) {
            self.overall.remove(&(Reverse(before), no));
        }
        if total > 0 {
            self.totals.insert(no, total);
            self.overall.insert((Reverse(total), no));
        }
    }
}

fn counted(row: &BestSellerRow, count: u64) -> Option<Counted> {
    Some(Counted { no: row.no, title: row.title.clone(), count })
}
