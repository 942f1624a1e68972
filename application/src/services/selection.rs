//! The services of one process.

use std::fmt;

use super::ServiceName;
use crate::ports::token_store::ProcessorName;
use crate::reactions::PUBLISH;

/// Some of the services, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Services {
    rental: bool,
    book: bool,
    member: bool,
    best_seller: bool,
}

impl Services {
    /// All of them.
    pub const ALL: Self = Self { rental: true, book: true, member: true, best_seller: true };

    const NONE: Self = Self { rental: false, book: false, member: false, best_seller: false };

    /// These; none when there are none.
    pub fn of(services: impl IntoIterator<Item = ServiceName>) -> Option<Self> {
        let all = services.into_iter().fold(Self::NONE, Self::with);
        (all != Self::NONE).then_some(all)
    }

    /// Those whose log has such processors beside it: all of them when nothing goes over a broker, since a part of them
    /// would hear nothing of the others.
    pub fn behind<'p>(processors: impl IntoIterator<Item = &'p str>) -> Self {
        let (mut publishes, mut found) = (false, Self::NONE);
        for name in processors {
            publishes |= name == PUBLISH.as_str();
            found = ServiceName::of_processor(name).map_or(found, |service| found.with(service));
        }
        if publishes && found != Self::NONE { found } else { Self::ALL }
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn contains(self, service: ServiceName) -> bool {
        match service {
            ServiceName::Rental => self.rental,
            ServiceName::Book => self.book,
            ServiceName::Member => self.member,
            ServiceName::BestSeller => self.best_seller,
        }
    }

    /// Whether all of these are among them.
    #[must_use]
    pub fn contain(self, services: &[ServiceName]) -> bool {
        services.iter().all(|service| self.contains(*service))
    }

    /// Each of them, in the order of their names' list.
    pub fn iter(self) -> impl Iterator<Item = ServiceName> {
        ServiceName::ALL.into_iter().filter(move |service| self.contains(*service))
    }

    /// Whether a processor works for one of them.
    #[must_use]
    pub fn have(self, processor: &ProcessorName) -> bool {
        ServiceName::of_processor(processor.as_str()).is_some_and(|service| self.contains(service))
    }

    /// Whether they keep a view of what another service says: not beside that service.
    #[must_use]
    pub fn learn(self, view: &ProcessorName) -> bool {
        let learned = self.iter().filter_map(|service| service.has().learned.as_ref());
        learned.into_iter().any(|(name, from)| name == view && !self.contains(*from))
    }

    /// Whether deadlines are of what they keep.
    #[must_use]
    pub fn have_deadlines(self) -> bool {
        self.iter().any(ServiceName::has_deadlines)
    }

    const fn with(mut self, service: ServiceName) -> Self {
        match service {
            ServiceName::Rental => self.rental = true,
            ServiceName::Book => self.book = true,
            ServiceName::Member => self.member = true,
            ServiceName::BestSeller => self.best_seller = true,
        }
        self
    }
}

impl fmt::Display for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(ServiceName::name).collect();
        f.write_str(&names.join(","))
    }
}
