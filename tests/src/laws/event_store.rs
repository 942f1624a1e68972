//! What every event store has to keep.

pub mod batches;
pub mod commands;
pub mod durability;
pub mod log;
pub mod naive;
pub mod order;
pub mod samples;
pub mod snapshots;
pub mod streams;
pub mod waiting;

use std::sync::Arc;

use application::ports::EventStore;
use application::ports::event_store::{Position, StreamAppend};
use async_trait::async_trait;

/// What a technology provides so that its event store can be held to the laws.
#[async_trait]
pub trait EventStoreUnderTest: Send + Sync {
    /// A store of its own for one law, empty; none when its server is not there and need not be, which the technology
    /// says in a line of its own.
    async fn fresh() -> Option<Self>
    where
        Self: Sized;

    /// The store.
    fn store(&self) -> Arc<dyn EventStore>;

    /// Begins to write `proposal` and stops before its end, with everything locked or taken that such a write takes;
    /// none when appends are atomic, so that no reader can ever meet half of one.
    async fn hold_a_write_open(&self, proposal: StreamAppend) -> Option<Box<dyn OpenWrite>>;

    /// Takes the event at this position away behind the store's back. Says whether it could: what is only in the memory
    /// of a process is out of everybody's reach.
    async fn take_away(&self, position: Position) -> bool;

    /// Lets the store take one event of the type [`samples::PASSED`] and no second one, by a rule of its tables that
    /// its adapter does not know. Says whether it has tables with rules.
    async fn take_one_that_passed(&self) -> bool;

    /// What the store promises about a killed process.
    fn durability(&self) -> Durability;

    /// The store as another process finds it after this one was killed; none when nothing outlives the process.
    async fn reopen_after_kill(&self) -> Option<Arc<dyn EventStore>>;
}

/// A write that has begun and not ended.
#[async_trait]
pub trait OpenWrite: Send {
    /// Ends it, and it counts.
    async fn commit(self: Box<Self>);

    /// Ends it as if it had never been.
    async fn roll_back(self: Box<Self>);
}

/// What outlives a killed process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing, and nothing else is promised.
    None,
    /// Everything that was acknowledged.
    Acknowledged,
}

/// Holds an adapter to every law of the event store, one test a law.
#[macro_export]
macro_rules! event_store_laws {
    (@list $then:ident) => {
        $crate::$then! {
            event_store {
                streams: [
                    a_new_stream_is_empty,
                    streams_of_a_category_come_by_name,
                    versions_and_positions_start_at_one,
                    a_stale_version_is_refused_and_writes_nothing,
                    a_version_ahead_of_the_stream_is_refused,
                    a_stream_with_a_gap_is_read_by_nobody_over_the_gap,
                    a_proposal_that_names_another_event_than_the_last_is_refused,
                    a_proposal_that_names_the_last_event_is_stored,
                    of_twenty_racing_writers_one_wins,
                    streams_whose_names_look_alike_stay_apart,
                    a_stream_is_loaded_after_the_version_asked_up_to_the_limit,
                    a_stream_that_is_loaded_after_a_version_names_the_event_there,
                    an_event_comes_back_byte_for_byte,
                    a_hundred_thousand_events_in_one_stream_are_read_page_by_page,
                ],
                batches: [
                    an_empty_call_answers_an_empty_list,
                    a_proposal_is_stored_whole_or_not_at_all,
                    a_loser_leaves_its_neighbours_alone,
                    a_proposal_that_breaks_a_constraint_is_told_from_a_store_that_is_away,
                    positions_follow_the_order_of_appends_without_gap,
                    an_event_of_exactly_one_mebibyte_is_stored,
                    an_event_above_one_mebibyte_is_refused_with_its_size,
                    a_dropped_append_is_whole_or_not_there,
                ],
                commands: [
                    a_known_command_writes_nothing_and_its_first_outcome_is_found,
                    a_known_command_is_found_before_a_conflict,
                    a_known_command_among_new_ones_stops_the_whole_proposal,
                    a_command_brought_twice_in_one_call_is_done_once,
                    a_command_that_stands_twice_in_a_proposal_is_refused_and_its_neighbours_are_stored,
                    a_command_that_lost_in_the_same_call_is_not_known,
                    a_command_id_stands_on_the_first_event_of_its_part,
                    outcomes_come_in_the_order_asked,
                ],
                log: [
                    an_empty_log_ends_at_zero,
                    the_head_names_the_last_event,
                    unwanted_types_are_left_out_and_scanned_to_moves_past_them,
                    the_limit_bounds_what_is_scanned,
                    a_page_names_the_events_at_both_its_ends,
                    a_page_from_beyond_the_log_names_nothing,
                    a_page_ends_before_a_position_that_is_missing,
                    a_reader_that_comes_to_a_missing_position_is_told_its_number,
                    the_log_is_read_backward_newest_first,
                    a_time_leads_to_the_last_position_before_it,
                ],
                order: [
                    a_live_reader_sees_all_that_sixteen_writers_commit_in_order,
                    a_reader_never_passes_a_write_that_commits_late,
                    a_write_that_is_rolled_back_leaves_no_gap_and_stalls_nobody,
                ],
                waiting: [
                    appended_resolves_at_once_when_the_log_goes_beyond,
                    appended_never_misses_an_append,
                ],
                snapshots: [
                    a_snapshot_comes_back_with_the_events_after_it,
                    a_snapshot_that_is_not_wanted_is_left_out,
                    an_older_snapshot_does_not_replace_a_newer_one,
                    a_snapshot_of_another_schema_is_handed_out_with_its_fingerprint,
                    a_snapshot_of_another_log_is_not_used,
                    a_snapshot_beyond_the_stream_is_not_used,
                    a_snapshot_of_another_event_is_not_used,
                    a_snapshot_that_cannot_be_used_gives_way_to_an_earlier_one,
                ],
                durability: [what_was_acknowledged_outlives_a_kill_if_that_is_promised],
            }
        }
    };
    (@names) => { $crate::event_store_laws!(@list law_names) };
    ($subject:ident) => {
        mod event_store_laws {
            use $crate::laws::event_store::EventStoreUnderTest as _;
            use super::$subject as Subject;

            $crate::event_store_laws!(@list law_tests);
        }
    };
}

/// The laws by name.
pub const EVENT_STORE_LAWS: &[&str] = crate::event_store_laws!(@names);
