//! What the application needs from outside: one file a port, each a trait with its value types and its error enum.

pub mod baseline;
pub mod clock;
pub mod dead_letters;
mod displaced;
pub mod event_store;
pub mod message_source;
pub mod processor_admin;
pub mod publisher;
pub mod shares;
mod token_ports;
pub mod token_store;
pub mod topics;
mod unwritable;

pub mod best_seller_view;
pub mod catalogue_view;
pub mod loan_view;
pub mod process_view;
pub mod title_view;

pub use baseline::{Baseline, PublisherBaseline};
pub use clock::{Clock, Ids};
pub use dead_letters::DeadLetters;
pub use displaced::{Displaced, FileLoss};
pub use event_store::{EventStore, StoreError};
pub use message_source::MessageSource;
pub use processor_admin::ProcessorAdmin;
pub use publisher::Publisher;
pub use token_ports::TokenPorts;
pub use token_store::{TokenError, TokenStore};
pub use topics::Topics;
pub use unwritable::{DiskFault, Unwritable};

pub use best_seller_view::BestSellerView;
pub use catalogue_view::CatalogueView;
pub use loan_view::LoanView;
pub use process_view::ProcessView;
pub use title_view::TitleView;

/// The cause of a port's failure, as the adapter met it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
