//! What the bare work of every store has to keep, so that a measure of it is one of the same work everywhere.

pub mod rows;

use std::sync::Arc;

use application::ports::Baseline;
use async_trait::async_trait;

/// What a technology provides so that its bare work can be held to the laws.
#[async_trait]
pub trait BaselineUnderTest: Send + Sync {
    /// An empty place for one law; none when its server is not there and need not be, which the technology says in a
    /// line of its own.
    async fn fresh() -> Option<Self>
    where
        Self: Sized;

    /// The bare work.
    fn raw(&self) -> Arc<dyn Baseline>;
}

/// Holds an adapter to every law of the bare work, one test a law.
#[macro_export]
macro_rules! baseline_laws {
    (@list $then:ident) => {
        $crate::$then! {
            baseline {
                rows: [
                    an_empty_place_has_no_rows,
                    rows_are_read_in_pages_that_end_where_the_next_begins,
                    one_transaction_takes_as_many_rows_as_it_is_given,
                    a_stream_has_its_own_payloads_in_order,
                    the_terms_name_the_store,
                    transactions_are_counted_upward_or_not_at_all,
                ],
            }
        }
    };
    (@names) => { $crate::baseline_laws!(@list law_names) };
    ($subject:ident) => {
        mod baseline_laws {
            use $crate::laws::baseline::BaselineUnderTest as _;
            use super::$subject as Subject;

            $crate::baseline_laws!(@list law_tests);
        }
    };
}

/// The laws by name.
pub const RAW_LIMIT_LAWS: &[&str] = crate::baseline_laws!(@names);
