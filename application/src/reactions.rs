//! The reactions of this service: projections, message handlers and deadlines, and the processors that carry them.

mod best_sellers;
mod catalogue;
mod deadlines;
mod exchange;
mod growth;
mod loans;
mod message_handlers;
mod plain_peers;
mod processes;
#[cfg(test)]
mod tests;
mod titles;

use std::sync::Arc;

use crate::commands::Commands;
use crate::messages::Handler;
use crate::ports::token_store::{ProcessorName, Segment};
use crate::processing::{Processor, ProcessorContext, Processors, Projection, Reaction, RepeatedName};

pub use deadlines::{Ticked, Ticker, TickerPorts, TickerSettings};
pub use exchange::{Exchange, Followed, FollowedBy, follows_a_partition, over, partition_of};
pub use growth::{Growth, GrowthError};
pub(crate) use message_handlers::sorted;
pub use message_handlers::{MessageHandler, effect_id};
pub use plain_peers::PlainPeers;

/// Keeps the catalogue.
pub const CATALOGUE: ProcessorName = ProcessorName::of("catalogue");
/// Keeps what is out.
pub const LOANS: ProcessorName = ProcessorName::of("loans");
/// Keeps the counts of the ranking.
pub const BEST_SELLERS: ProcessorName = ProcessorName::of("best-sellers");
/// Keeps the attempts.
pub const PROCESSES: ProcessorName = ProcessorName::of("processes");
/// Lets books answer what cards ask.
pub const LEND_BOOKS: ProcessorName = ProcessorName::of("lend-books");
/// Lets members answer what cards ask.
pub const KEEP_POINTS: ProcessorName = ProcessorName::of("keep-points");
/// Counts rentals.
pub const COUNT_RENTALS: ProcessorName = ProcessorName::of("count-rentals");
/// Brings the answers back to the cards.
pub const RECORD_ANSWERS: ProcessorName = ProcessorName::of("record-answers");
/// Learns the titles of books that another process has.
pub const LEARN_TITLES: ProcessorName = ProcessorName::of("learn-titles");
/// Publishes what events say to others.
pub const PUBLISH: ProcessorName = ProcessorName::of("publish");

/// Every reaction of the service with the name of its processor.
#[must_use]
pub fn all(commands: &Commands) -> Vec<(ProcessorName, Reaction)> {
    let handler = |name: ProcessorName, handler| {
        let handles = MessageHandler::new(name.clone(), handler, commands.clone());
        (name, Reaction::Handler(Arc::new(handles)))
    };
    let projections =
        projections().into_iter().map(|(name, projection)| (name, Reaction::Projection(projection)));
    projections.chain(HANDLERS.map(|(name, kind)| handler(name, kind))).collect()
}

/// Every projection of the service with the name of its processor.
#[must_use]
pub fn projections() -> Vec<(ProcessorName, Arc<dyn Projection>)> {
    vec![
        (CATALOGUE, Arc::new(catalogue::Catalogue)),
        (LOANS, Arc::new(loans::Loans)),
        (BEST_SELLERS, Arc::new(best_sellers::BestSellers)),
        (PROCESSES, Arc::new(processes::Processes)),
    ]
}

/// Every message handler of the service with the name of its processor.
pub const HANDLERS: [(ProcessorName, Handler); 4] = [
    (LEND_BOOKS, Handler::LendBooks),
    (KEEP_POINTS, Handler::KeepPoints),
    (COUNT_RENTALS, Handler::CountRentals),
    (RECORD_ANSWERS, Handler::RecordAnswers),
];

/// The processors of these reactions, one for each of the segments that a processor has by its name.
///
/// # Errors
/// [`RepeatedName`] when two reactions have one name.
pub fn build(
    reactions: Vec<(ProcessorName, Reaction)>,
    within: &ProcessorContext,
    segments: impl Fn(&ProcessorName) -> Vec<Segment>,
) -> Result<Processors, RepeatedName> {
    let processors = processors_of(reactions, within, segments);
    Processors::new(Arc::clone(&within.tokens.admin), processors)
}

/// The same, not yet put together with others.
pub fn processors_of(
    reactions: Vec<(ProcessorName, Reaction)>,
    within: &ProcessorContext,
    segments: impl Fn(&ProcessorName) -> Vec<Segment>,
) -> Vec<Processor> {
    let processors = reactions.into_iter().flat_map(|(name, reaction)| {
        let (mut within, segments) = (within.clone(), segments(&name));
        // Should the token store forget it, it is registered anew like this.
        within.settings.segments = u32::try_from(segments.len()).unwrap_or(u32::MAX);
        let segments = segments.into_iter();
        segments.map(move |segment| Processor::new(name.clone(), reaction.clone(), segment, &within))
    });
    processors.collect()
}
