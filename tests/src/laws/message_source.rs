//! What everything that a processor can follow has to keep.

pub mod arriving;
pub mod reading;
pub mod tokens;

mod logs;

use std::sync::Arc;

use application::ports::MessageSource;
use async_trait::async_trait;

pub use logs::LogUnderTest;

/// What is provided so that a source can be held to the laws.
#[async_trait]
pub trait SourceUnderTest: Send + Sync {
    /// An empty source for one law; none when its server is not there and need not be, which is said in a line.
    async fn fresh() -> Option<Self>
    where
        Self: Sized;

    /// The source.
    fn source(&self) -> Arc<dyn MessageSource>;

    /// Adds what a source hands out at its end, one of each of these types in order.
    async fn add(&self, kinds: &[&'static str]);

    /// Loses the first `count`, as topics do whose retention is over; false when this source keeps everything.
    async fn lose(&self, count: u64) -> bool;
}

/// Holds a source to every law, one test a law.
#[macro_export]
macro_rules! message_source_laws {
    (@list $then:ident) => {
        $crate::$then! {
            message_source {
                reading: [
                    an_empty_source_has_a_beginning_that_is_its_head,
                    everything_is_seen_once_and_in_order,
                    a_token_read_again_gives_the_same,
                    the_limit_bounds_what_is_scanned,
                    what_is_not_wanted_is_left_out_and_passed,
                    a_type_that_nobody_knows_is_handed_out,
                    saying_how_far_one_is_changes_nothing_for_who_reads,
                ],
                tokens: [
                    beginning_and_head_stand_around_everything,
                    a_time_stands_before_the_first_that_came_then_or_later,
                    a_position_is_a_place_when_it_is_there,
                    a_token_of_another_log_is_refused,
                    a_token_that_names_another_event_is_refused,
                    a_token_beyond_the_end_is_refused,
                    what_is_gone_is_named_from_where_to_where,
                ],
                arriving: [
                    what_is_there_has_arrived,
                    what_comes_while_somebody_waits_is_not_missed,
                    nothing_that_comes_between_reading_and_waiting_is_missed,
                ],
            }
        }
    };
    (@names) => { $crate::message_source_laws!(@list law_names) };
    ($subject:ident) => {
        mod message_source_laws {
            use $crate::laws::message_source::SourceUnderTest as _;
            use super::$subject as Subject;

            $crate::message_source_laws!(@list law_tests);
        }
    };
}

/// The laws by name.
pub const MESSAGE_SOURCE_LAWS: &[&str] = crate::message_source_laws!(@names);
