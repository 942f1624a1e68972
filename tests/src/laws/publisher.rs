//! What every publisher has to keep.

pub mod delivery;

use std::sync::Arc;

use application::ports::Publisher;
use application::ports::publisher::OutgoingRecord;
use async_trait::async_trait;

/// What a technology provides so that its publisher can be held to the laws.
#[async_trait]
pub trait PublisherUnderTest: Send + Sync {
    /// A publisher for one law; none when its server is not there and need not be, which the technology says in a line
    /// of its own.
    async fn fresh() -> Option<Self>
    where
        Self: Sized;

    /// The publisher.
    fn publisher(&self) -> Arc<dyn Publisher>;

    /// A topic that is there and that no other law uses.
    fn topic(&self) -> &'static str;

    /// What the topic holds; of one key in the order in which it appeared.
    async fn records(&self) -> Vec<OutgoingRecord>;

    /// Sees to it that the record at `index` of the next batch fails for good, by changing the record if need be.
    async fn refuse_for_good(&self, batch: &mut [OutgoingRecord], index: usize);

    /// Sees to it that the next batch comes to a record that fails this time only, and answers which one it may be at
    /// most; none when nothing at all can be sent then, and [`Publisher::publish`] says so.
    async fn interrupt(&self, batch: &[OutgoingRecord]) -> Option<usize>;

    /// Ends what [`PublisherUnderTest::interrupt`] began.
    async fn recover(&self);
}

/// Holds an adapter to every law of the publisher, one test a law.
#[macro_export]
macro_rules! publisher_laws {
    (@list $then:ident) => {
        $crate::$then! {
            publisher {
                delivery: [
                    an_empty_batch_is_published,
                    records_come_back_as_they_were,
                    records_of_one_key_keep_their_order,
                    publishing_twice_is_allowed,
                    a_batch_with_a_record_refused_for_good_says_how_far_it_came,
                    an_interrupted_batch_says_how_far_it_came_and_goes_on_from_there,
                ],
            }
        }
    };
    (@names) => { $crate::publisher_laws!(@list law_names) };
    ($subject:ident) => {
        mod publisher_laws {
            use $crate::laws::publisher::PublisherUnderTest as _;
            use super::$subject as Subject;

            $crate::publisher_laws!(@list law_tests);
        }
    };
}

/// The laws by name.
pub const PUBLISHER_LAWS: &[&str] = crate::publisher_laws!(@names);
