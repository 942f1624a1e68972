//! What the log of some of the services can show: whatever is said of two of them takes the logs of both.

use super::{Invariant, Report};
use crate::services::{ServiceName, Services};

impl Invariant {
    /// The services whose events it is about; none for what holds of any log.
    const fn about(self) -> &'static [ServiceName] {
        match self {
            Self::OneHolder => &[ServiceName::Rental, ServiceName::Book],
            Self::Points => &[ServiceName::Rental, ServiceName::Member],
            Self::Counts => &[ServiceName::Rental, ServiceName::BestSeller],
            Self::Fees | Self::Endings => &[ServiceName::Rental],
            Self::Effects | Self::Order | Self::Views => &[],
        }
    }

    /// Whether a log of these services shows whether it holds.
    pub(super) fn shows_in(self, services: Services) -> bool {
        services.contain(self.about())
    }
}

impl Report {
    /// Says what is not judged, since events of other services are not in this log, or in none of these.
    pub(super) fn leave_to_others(&mut self, services: Services, logs: usize) {
        let here = if logs == 1 { "this is the log of" } else { "these are the logs of" };
        const ALL: [Invariant; 5] =
            [Invariant::OneHolder, Invariant::Points, Invariant::Fees, Invariant::Counts, Invariant::Endings];
        for invariant in ALL.into_iter().filter(|invariant| !invariant.shows_in(services)) {
            let names: Vec<_> = invariant.about().iter().map(|service| service.name()).collect();
            let names = names.join(" and ");
            self.unjudged.push(format!("{invariant}: it is about {names}, and {here} {services}"));
        }
    }
}
