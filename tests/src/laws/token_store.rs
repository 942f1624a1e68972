//! What every token store, with the views over its rows, has to keep.

pub mod batches;
pub mod claims;
pub mod commits;
pub mod fencing;
pub mod letters;
pub mod limits;
pub mod overrides;
pub mod processes;
pub mod ranking;
pub mod rebuild;
pub mod redelivery;
pub mod reset;
pub mod reshape;
pub mod revisions;
pub mod samples;
pub mod titles;
pub mod views;

use std::sync::Arc;

use application::ports::token_store::Segment;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use jiff::SignedDuration;

use crate::stores::TokenAdapter;

/// What a technology provides so that its token store can be held to the laws.
#[async_trait]
pub trait TokenStoreUnderTest: Send + Sync {
    /// A token store of its own for one law, empty; none when its server is not there and need not be, which the
    /// technology says in a line of its own.
    async fn fresh() -> Option<Self>
    where
        Self: Sized;

    /// The token store.
    fn tokens(&self) -> Arc<dyn TokenAdapter>;

    /// The catalogue over its rows.
    fn catalogue(&self) -> Arc<dyn CatalogueView>;

    /// The loans over its rows.
    fn loans(&self) -> Arc<dyn LoanView>;

    /// The ranking over its rows.
    fn best_sellers(&self) -> Arc<dyn BestSellerView>;

    /// The attempts over its rows.
    fn processes(&self) -> Arc<dyn ProcessView>;

    /// The titles over its rows.
    fn titles(&self) -> Arc<dyn TitleView>;

    /// Lets the store's clock jump, in either direction. A store whose clock cannot be moved moves all the times of
    /// claims and heartbeats that it has stored the other way, which is the same.
    async fn clock_jumps(&self, by: SignedDuration);

    /// Takes a segment of every generation away behind the store's back. Says whether it could: what is only in the
    /// memory of a process is out of everybody's reach.
    async fn take_segment_away(&self, segment: Segment) -> bool;
}

/// Holds an adapter to every law of the token store, one test a law.
#[macro_export]
macro_rules! token_store_laws {
    (@list $then:ident) => {
        $crate::$then! {
            token_store {
                claims: [
                    a_fresh_token_stands_where_the_setting_says,
                    registering_again_changes_nothing,
                    registering_again_adds_what_is_missing,
                    a_processor_has_as_many_segments_as_it_was_registered_with,
                    of_ten_racing_nodes_one_gets_the_claim,
                    a_held_segment_names_its_owner,
                    claiming_again_raises_the_epoch,
                    what_is_not_there_cannot_be_claimed,
                    a_released_segment_is_free_at_once,
                    a_node_that_leaves_gives_back_everything_at_once,
                    nodes_live_as_long_as_their_heartbeats,
                ],
                fencing: [
                    a_stale_epoch_cannot_commit_extend_release_or_read,
                    a_claim_runs_out_by_the_stores_clock,
                    an_extended_claim_lasts,
                    claims_that_are_extended_together_are_answered_in_order,
                    a_beat_tells_that_operators_have_spoken,
                    a_clock_that_jumps_back_locks_nobody_out,
                    a_clock_that_jumps_back_does_not_stop_the_owner,
                    a_clock_that_jumps_ahead_hands_a_claim_on_where_it_stood,
                    paused_is_obeyed_by_every_node,
                    an_unknown_processor_cannot_be_paused,
                ],
                commits: [
                    rows_letters_and_token_are_written_together,
                    a_commit_refused_for_one_letter_leaves_everything_as_it_was,
                    a_commit_sent_again_writes_nothing,
                    the_last_number_with_another_token_is_refused,
                    a_commit_with_another_number_is_refused,
                    the_number_of_an_earlier_owner_is_refused,
                    rows_come_back_in_the_order_asked,
                    rows_of_every_kind_come_back_as_they_were,
                    live_rows_come_by_key_after_the_one_named,
                    progress_is_that_of_the_slowest_segment,
                    progressed_never_misses_a_commit,
                ],
                batches: [
                    a_bad_commit_in_a_batch_leaves_its_neighbours_alone,
                    a_batch_sent_again_makes_what_was_not_made,
                    two_commits_of_a_claim_in_a_batch_are_made_in_order,
                ],
                letters: [
                    a_letter_comes_back_whole,
                    letters_come_by_processor_kind_sequence_and_position,
                    letters_come_after_the_place_named,
                    each_part_of_a_question_restricts_the_letters,
                    followers_are_counted_behind_their_head,
                    an_abandoned_head_is_not_due,
                    a_segment_gets_its_own_sequences_only,
                    a_letter_is_replaced_as_it_was_read,
                    retry_now_makes_parked_and_abandoned_letters_due,
                    retry_now_of_nothing_counts_nothing,
                ],
                revisions: [
                    what_an_operator_said_meanwhile_is_not_overwritten,
                    a_letter_that_was_changed_or_settled_since_is_refused,
                    a_new_letter_does_not_replace_one_that_is_there,
                    what_a_sequence_waits_for_comes_by_position,
                    what_a_sequence_waits_for_comes_with_what_was_said,
                ],
                redelivery: [
                    an_event_is_handled_once_more_in_the_turn_of_its_sequence,
                    a_letter_that_is_there_is_parked_anew_with_what_it_knows,
                    an_event_without_a_place_is_not_redelivered,
                    to_what_is_not_there_nothing_is_redelivered,
                ],
                limits: [
                    a_sequence_too_many_is_refused,
                    a_letter_too_many_in_a_sequence_is_refused,
                    what_is_settled_makes_room_in_the_same_commit,
                    the_oldest_rejected_letters_go_and_are_counted,
                ],
                overrides: [
                    the_last_word_on_an_event_counts,
                    overlays_outlast_a_rebuild_and_belong_to_one_processor,
                ],
                reshape: [
                    both_halves_of_a_split_start_where_it_stood,
                    joined_halves_stand_where_both_stood,
                    halves_at_different_positions_cannot_be_joined,
                    a_segment_without_its_sibling_cannot_be_joined,
                    a_reshaped_segment_ends_its_claims_for_ever,
                    rows_and_letters_outlast_split_and_merge,
                    what_is_not_there_cannot_be_reshaped,
                ],
                rebuild: [
                    a_rebuild_starts_empty_beside_the_live_rows,
                    a_rebuild_that_runs_is_answered_as_it_is,
                    those_who_hold_claims_are_told_that_a_rebuild_starts_or_ends,
                    a_generation_switches_in_one_step,
                    rows_of_what_has_ended_are_seen_by_nobody_and_go_in_small_pieces,
                    a_generation_that_is_behind_cannot_switch,
                    a_generation_with_letters_switches_only_by_force,
                    a_cancelled_rebuild_is_gone_for_ever,
                    a_rebuild_cannot_be_reshaped,
                    without_a_rebuild_nothing_can_be_switched_or_cancelled,
                    a_processor_that_begins_anew_keeps_its_segments_its_pause_and_what_was_said_of_events,
                    beginning_anew_ends_a_rebuild_and_every_claim,
                    a_segment_that_is_missing_is_seen_and_there_again_when_its_processor_begins_anew,
                    what_is_not_there_cannot_begin_anew,
                ],
                reset: [
                    a_paused_processor_goes_on_from_where_it_is_put,
                    letters_beyond_the_place_go_and_others_stay,
                    what_shall_run_cannot_be_reset,
                    a_rebuild_cannot_be_reset_nor_a_token_of_another_log,
                ],
                views: [
                    books_come_by_number_after_the_one_named,
                    books_are_found_by_title_author_and_status,
                    a_removed_row_is_in_no_view,
                    loans_are_overdue_from_the_day_after_they_were_due,
                    loans_come_by_rental_after_the_one_named,
                    loans_are_found_by_member_and_day,
                ],
                ranking: [
                    a_month_is_ranked_by_count_and_then_number,
                    all_months_are_summed_under_the_latest_title,
                    a_count_of_zero_is_not_ranked,
                ],
                processes: [
                    an_attempt_is_found_by_its_id,
                    attempts_come_newest_first_up_to_the_limit,
                    each_part_of_a_question_restricts_the_attempts,
                    due_attempts_come_by_deadline,
                    due_attempts_come_after_the_one_named,
                    an_attempt_that_moved_on_leaves_its_old_places,
                ],
                titles: [
                    a_title_is_found_whichever_partition_it_came_from,
                    titles_come_by_number_after_the_one_named,
                    a_title_that_is_gone_is_not_found,
                ],
            }
        }
    };
    (@names) => { $crate::token_store_laws!(@list law_names) };
    ($subject:ident) => {
        mod token_store_laws {
            use $crate::laws::token_store::TokenStoreUnderTest as _;
            use super::$subject as Subject;

            $crate::token_store_laws!(@list law_tests);
        }
    };
}

/// The laws by name.
pub const TOKEN_STORE_LAWS: &[&str] = crate::token_store_laws!(@names);
