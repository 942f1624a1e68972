//! The laws of the ports, written once: each adapter joins with one macro a port and then has to keep every one of
//! them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "laws are tests, but stand in a library so that every adapter can be held to them"
)]

pub mod baseline;
pub mod event_store;
pub mod message_source;
pub mod publisher;
pub mod token_store;

use std::future::Future;
use std::time::Duration;

/// The most a law may take on the slowest server.
const LAW_LIMIT: Duration = Duration::from_secs(120);

/// Waits for a law, but not for ever.
///
/// # Panics
/// When it takes longer than two minutes.
pub async fn in_time(law: impl Future<Output = ()>) {
    let ended = tokio::time::timeout(LAW_LIMIT, Box::pin(law)).await;
    assert!(ended.is_ok(), "the law did not come to an end within {LAW_LIMIT:?}");
}

/// Expands to one test a law; `Subject` is what is held to it.
#[macro_export]
macro_rules! law_tests {
    ($port:ident { $($group:ident: [$($law:ident),+ $(,)?]),+ $(,)? }) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() {
                if let Some(subject) = Subject::fresh().await {
                    $crate::laws::in_time($crate::laws::$port::$group::$law(&subject)).await;
                }
            }
        )+)+
    };
}

/// Expands to the names of the laws.
#[macro_export]
macro_rules! law_names {
    ($port:ident { $($group:ident: [$($law:ident),+ $(,)?]),+ $(,)? }) => {
        &[$($(stringify!($law)),+),+]
    };
}
