//! Which service has what. A process may run a part of them; all that depends on it reads this table.

mod selection;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use crate::codec::AnyEvent;
use crate::messages::{Handler, Topic};
use crate::ports::token_store::ProcessorName;
use crate::reactions::{BEST_SELLERS, CATALOGUE, LEARN_TITLES, LOANS, PROCESSES};

pub use selection::Services;

/// A service: what can run in a process of its own, with a log of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceName {
    /// Cards, and the attempts that they start: `rental`.
    Rental,
    /// Books: `book`.
    Book,
    /// Members and their points: `member`.
    Member,
    /// The ranking: `best-seller`.
    BestSeller,
}

/// What belongs to a service, besides the aggregate whose events [`AnyEvent::service`] knows.
struct Belongings {
    name: &'static str,
    /// `ce_source` of what it says to others.
    source: &'static str,
    /// The views that it keeps of its own log.
    views: &'static [ProcessorName],
    /// The view that it keeps of what another service says, and that service. It is not kept beside that one.
    learned: Option<(ProcessorName, ServiceName)>,
    /// Its message handlers.
    handlers: &'static [Handler],
    /// What stands in front in the paths under which it is asked.
    resources: &'static [&'static str],
    /// Whether deadlines are of what it keeps.
    has_deadlines: bool,
}

static RENTAL: Belongings = Belongings {
    name: "rental",
    source: "/rental",
    views: &[LOANS, PROCESSES],
    learned: Some((LEARN_TITLES, ServiceName::Book)),
    handlers: &[Handler::RecordAnswers],
    resources: &["rental-cards", "loans", "processes"],
    has_deadlines: true,
};
static BOOK: Belongings = Belongings {
    name: "book",
    source: "/book",
    views: &[CATALOGUE],
    learned: None,
    handlers: &[Handler::LendBooks],
    resources: &["books"],
    has_deadlines: false,
};
static MEMBER: Belongings = Belongings {
    name: "member",
    source: "/member",
    views: &[],
    learned: None,
    handlers: &[Handler::KeepPoints],
    resources: &["members"],
    has_deadlines: false,
};
static BEST_SELLER: Belongings = Belongings {
    name: "best-seller",
    source: "/best-seller",
    views: &[BEST_SELLERS],
    learned: None,
    handlers: &[Handler::CountRentals],
    resources: &["best-sellers"],
    has_deadlines: false,
};

impl ServiceName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rental, Self::Book, Self::Member, Self::BestSeller];

    /// The service with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// The service that answers under paths which begin like this after the version, such as `rental-cards`; none for
    /// what every process answers.
    #[must_use]
    pub fn of_resource(resource: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.has().resources.contains(&resource))
    }

    /// The service that a processor works for, also one that follows a partition; none for the relay, which each has,
    /// and for a name that no service has.
    #[must_use]
    pub fn of_processor(name: &str) -> Option<Self> {
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        Self::ALL.into_iter().find(|service| service.has().processors().any(|own| own == name))
    }

    /// The topics that its handlers listen to.
    #[must_use]
    pub fn topics(self) -> BTreeSet<Topic> {
        self.has().handlers.iter().flat_map(|handler| handler.topics()).copied().collect()
    }

    /// Its name, as it stands in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.has().name
    }

    /// `ce_source` of what it says to others.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.has().source
    }

    /// Whether deadlines are of what it keeps.
    #[must_use]
    pub fn has_deadlines(self) -> bool {
        self.has().has_deadlines
    }

    fn has(self) -> &'static Belongings {
        match self {
            Self::Rental => &RENTAL,
            Self::Book => &BOOK,
            Self::Member => &MEMBER,
            Self::BestSeller => &BEST_SELLER,
        }
    }
}

impl Belongings {
    fn processors(&self) -> impl Iterator<Item = &str> {
        let views = self.views.iter().chain(self.learned.as_ref().map(|(name, _)| name));
        views.map(ProcessorName::as_str).chain(self.handlers.iter().map(|handler| handler.name()))
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl AnyEvent {
    /// The service whose aggregate it is of; none for what operators do to a process, whatever services it has.
    #[must_use]
    pub const fn service(&self) -> Option<ServiceName> {
        match self {
            Self::RentalCard(_) => Some(ServiceName::Rental),
            Self::Book(_) => Some(ServiceName::Book),
            Self::Member(_) => Some(ServiceName::Member),
            Self::BestSeller(_) => Some(ServiceName::BestSeller),
            Self::Operator(_) => None,
        }
    }
}
