//! The library over HTTP from the other side: a client, a check of what a service shows, and visitors that use it.

mod acting;
mod address;
mod answer;
mod asking;
mod desk;
mod evidence;
mod log;
mod operating;
mod places;
mod rows;

pub mod simulation;

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Semaphore;

pub use acting::{Action, Question};
pub use address::{Address, AddressError};
pub use answer::{Answer, Problem};
pub use desk::{Accepted, Card, Told};
pub use evidence::HttpEvidence;
pub use operating::{DeadLetter, Processor};
pub use places::ServicePlaces;

/// The limits of a client.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// How long making a connection may take.
    pub connect_limit: Duration,
    /// How long a request may take, connection and answer together.
    pub request_limit: Duration,
    /// Most requests at once, and with it most connections; one more waits.
    pub connections_max: usize,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_limit: Duration::from_secs(5),
            // A service gives up after ten seconds; its answer to that is better than none.
            request_limit: Duration::from_secs(25),
            connections_max: 64,
        }
    }
}

/// A client of a library, whether it is one process or several. Cheap to clone. It repeats nothing by itself.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    places: Arc<ServicePlaces>,
    room: Arc<Semaphore>,
}

/// Why a request did not get what it asked for.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The client itself could not be made.
    #[error("setting up the client failed")]
    SetUp(#[source] reqwest::Error),
    /// No connection to the service.
    #[error("{request} found no service there; is it running, and is it this address?")]
    Unreachable {
        /// Method and address.
        request: String,
        /// Why not.
        #[source]
        source: reqwest::Error,
    },
    /// The connection broke, or the answer took too long.
    #[error("{request} got no answer; whether it was done is not known")]
    NoAnswer {
        /// Method and address.
        request: String,
        /// Why not.
        #[source]
        source: reqwest::Error,
    },
    /// The service answered that it will not or cannot.
    #[error("{request} was answered with a problem: {problem}")]
    Problem {
        /// Method and address.
        request: String,
        /// The problem.
        problem: Box<Problem>,
    },
    /// The answer does not have the form that is known here.
    #[error("the answer to {request} cannot be read; is it a `rental` of this version?")]
    Unreadable {
        /// Method and address.
        request: String,
        /// What is wrong.
        #[source]
        source: application::ports::BoxError,
    },
}

impl Client {
    /// A client of the process at this address.
    ///
    /// # Errors
    /// [`ClientError::SetUp`].
    pub fn new(address: &Address, settings: &ClientSettings) -> Result<Self, ClientError> {
        Self::of(ServicePlaces::all_at(address), settings)
    }

    /// A client of the services at these addresses.
    ///
    /// # Errors
    /// [`ClientError::SetUp`].
    pub fn of(places: ServicePlaces, settings: &ClientSettings) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .connect_timeout(settings.connect_limit)
            .timeout(settings.request_limit)
            .pool_max_idle_per_host(settings.connections_max)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .map_err(ClientError::SetUp)?;
        let room = Arc::new(Semaphore::new(settings.connections_max.clamp(1, Semaphore::MAX_PERMITS)));
        Ok(Self { http, places: Arc::new(places), room })
    }
}

impl ClientError {
    /// The problem, when the service answered with one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            Self::SetUp(_) | Self::Unreachable { .. } | Self::NoAnswer { .. } | Self::Unreadable { .. } => {
                None
            }
        }
    }

    /// Whether the service is away or cannot answer now.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NoAnswer { .. } => true,
            Self::Problem { problem, .. } => problem.status >= 500,
            Self::SetUp(_) | Self::Unreadable { .. } => false,
        }
    }
}
