//! The write path of one aggregate: its mailboxes, its states, and what all aggregates share.

use std::sync::Arc;

use domain::best_seller::BestSeller;
use domain::book::Book;
use domain::member::Member;
use domain::rental_card::RentalCard;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::CommandSettings;
use super::appender::Appender;
use super::cache::{AllStates, States};
use super::loading::Loading;
use super::mailbox::Mailboxes;
use super::snapshotting::Snapshotter;
use crate::codec::Aggregate;
use crate::operations::Operations;
use crate::ports::{Clock, EventStore, Ids};

/// How many aggregates share the room for cached states; operators' streams need none of it.
const AGGREGATES: usize = 4;

/// The write path of one aggregate.
pub(super) struct WritePath<A: Aggregate> {
    pub(super) loading: Loading<A>,
    pub(super) mailboxes: Mailboxes<A>,
    pub(super) shared: Arc<Shared>,
}

/// What the write paths of all aggregates share.
pub(super) struct Shared {
    pub(super) store: Arc<dyn EventStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) settings: CommandSettings,
    pub(super) appender: Appender,
    pub(super) snapshotter: Snapshotter,
    /// The batches that run.
    pub(super) batches: TaskTracker,
    /// Those who look through all aggregates of a kind.
    pub(super) looking: Semaphore,
}

impl<A: Aggregate> WritePath<A> {
    fn new(shared: &Arc<Shared>, states: Arc<States<A>>, all_states: &Arc<AllStates>) -> Arc<Self> {
        let settings = &shared.settings;
        let loading = Loading {
            store: Arc::clone(&shared.store),
            states,
            all_states: Arc::clone(all_states),
            snapshotter: shared.snapshotter.clone(),
            page: settings.load_page.max(1),
        };
        let mailboxes = Mailboxes::new(settings.waiting_per_stream);
        Arc::new(Self { loading, mailboxes, shared: Arc::clone(shared) })
    }
}

/// The write paths of all aggregates.
pub(super) struct WritePaths {
    pub(super) shared: Arc<Shared>,
    cards: Arc<WritePath<RentalCard>>,
    members: Arc<WritePath<Member>>,
    books: Arc<WritePath<Book>>,
    best_sellers: Arc<WritePath<BestSeller>>,
    operations: Arc<WritePath<Operations>>,
}

impl WritePaths {
    pub(super) fn new(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let (cards, members) = (states(&shared), states(&shared));
        let (books, best_sellers) = (states(&shared), states(&shared));
        // One month is written at a time, and its state is empty.
        let operations = Arc::new(States::bounded(1, 1, &*shared.ids));
        let all = Arc::new(AllStates::of(vec![
            Arc::clone(&cards) as _,
            Arc::clone(&members) as _,
            Arc::clone(&books) as _,
            Arc::clone(&best_sellers) as _,
            Arc::clone(&operations) as _,
        ]));
        Self {
            cards: WritePath::new(&shared, cards, &all),
            members: WritePath::new(&shared, members, &all),
            books: WritePath::new(&shared, books, &all),
            best_sellers: WritePath::new(&shared, best_sellers, &all),
            operations: WritePath::new(&shared, operations, &all),
            shared,
        }
    }

    /// Takes no more commands and waits for those that were taken.
    pub(super) async fn close(&self) {
        self.cards.mailboxes.close();
        self.members.mailboxes.close();
        self.books.mailboxes.close();
        self.best_sellers.mailboxes.close();
        self.operations.mailboxes.close();
        self.shared.batches.close();
        self.shared.batches.wait().await;
    }
}

/// An aggregate's share of the room for cached states, empty.
fn states<A: Aggregate>(shared: &Shared) -> Arc<States<A>> {
    let CommandSettings { cached_states, cached_bytes, .. } = shared.settings;
    Arc::new(States::bounded(cached_states / AGGREGATES, cached_bytes / AGGREGATES, &*shared.ids))
}

/// An aggregate that has a write path here.
pub trait Routed: Aggregate {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this module can have the paths, so only it can call")]
    fn path(paths: &WritePaths) -> &Arc<WritePath<Self>>;
}

macro_rules! routed {
    ($($aggregate:ty => $field:ident),+) => {
        $(impl Routed for $aggregate {
            #[expect(private_interfaces, reason = "only this module can have the paths, so only it can call")]
            fn path(paths: &WritePaths) -> &Arc<WritePath<Self>> {
                &paths.$field
            }
        })+
    };
}

routed!(
    RentalCard => cards,
    Member => members,
    Book => books,
    BestSeller => best_sellers,
    Operations => operations
);
