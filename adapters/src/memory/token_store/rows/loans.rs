//! What is out, with the days on which it has to be back.

use std::collections::{BTreeMap, BTreeSet};

use application::ports::loan_view::{LoanRow, LoanState};
use domain::{Date, RentalId};

/// Loans by rental; those that can become overdue also by day.
#[derive(Default)]
pub(in super::super) struct Loans {
    rows: BTreeMap<RentalId, LoanRow>,
    due: BTreeSet<(Date, RentalId)>,
}

impl Loans {
    pub(in super::super) fn all(&self) -> impl Iterator<Item = &LoanRow> {
        self.rows.values()
    }

    pub(super) fn get(&self, id: RentalId) -> Option<&LoanRow> {
        self.rows.get(&id)
    }

    pub(super) fn put(&mut self, row: LoanRow) {
        self.remove(row.rental_id);
        if row.state == LoanState::Rented && !row.overdue {
            self.due.insert((row.due_on, row.rental_id));
        }
        self.rows.insert(row.rental_id, row);
    }

    pub(super) fn remove(&mut self, id: RentalId) {
        if let Some(row) = self.rows.remove(&id) {
            self.due.remove(&(row.due_on, id));
        }
    }

    /// Those that are late and not marked, by rental.
    pub(in super::super) fn overdue(&self, today: Date, after: Option<RentalId>) -> Vec<&LoanRow> {
        let late = self.due.iter().take_while(|(due_on, _)| *due_on < today).map(|(_, id)| *id);
        let mut late: Vec<_> = late.filter(|id| after.is_none_or(|after| *id > after)).collect();
        late.sort_unstable();
        late.iter().filter_map(|id| self.rows.get(id)).collect()
    }
}
