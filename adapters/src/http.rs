//! The library over HTTP: routes, problems, limits, the description of the API, and health.

mod body;
mod command;
mod conditional;
mod current_log;
mod cursor;
mod edge;
mod elsewhere;
mod occasional;
mod origins;
mod path;
mod peer;
mod people;
mod problem;
mod query;
mod resumed;
mod routes;
mod serve;
mod streams;
mod wait;

mod acting;
mod audit;
mod best_sellers;
mod books;
mod loans;
mod members;
mod processes;
mod rental_cards;

mod dead_letters;
mod events;
mod overview;
mod processors;

mod console;
mod docs;
mod health;

use std::sync::Arc;
use std::time::Duration;

use application::commands::{BookService, CardService, MemberService};
use application::control::{Actions, Control};
use application::monitoring::Monitor;
use application::ports::{Clock, Ids};
use application::queries::Queries;
use application::services::Services;
use tokio::sync::watch;

pub use health::recorder;
pub use metrics_exporter_prometheus::PrometheusHandle;
pub use routes::router;
pub use serve::serve;

/// Everything the routes need.
#[derive(Clone)]
pub struct Api {
    /// The services of this process; what is asked of others is answered with who has it.
    pub services: Services,
    /// The door to cards.
    pub cards: CardService,
    /// The door to members.
    pub members: MemberService,
    /// The door to books.
    pub books: BookService,
    /// Questions.
    pub queries: Queries,
    /// What operators see.
    pub operators: Control,
    /// What operators watch.
    pub monitor: Monitor,
    /// What operators do.
    pub actions: Actions,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Ids of requests and commands.
    pub ids: Arc<dyn Ids>,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
    /// Whether the service is stopping: then it is not ready any more.
    pub draining: watch::Receiver<bool>,
    /// The limits.
    pub settings: HttpSettings,
}

/// The limits of the HTTP side.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Whether a request may say on which day it happens; for demonstrations and tests.
    pub allow_given_dates: bool,
    /// Most requests under way at once; one more is turned away with 503.
    pub running_max: usize,
    /// Most bodies that are being read at once, before their requests are under way; one more is turned away with 503.
    pub bodies_max: usize,
    /// Most bytes of such bodies that are kept at once.
    pub bodies_bytes: usize,
    /// How long a body may take to come.
    pub body_limit: Duration,
    /// Most requests that wait for a view or a process at once; counted apart from the others.
    pub waiting_max: usize,
    /// How long a request may take, without the waiting it asked for.
    pub request_limit: Duration,
    /// Most answers that go on for as long as the client likes; one more is turned away with 503.
    pub streams_max: usize,
    /// How often such an answer shows that it still goes on.
    pub heartbeat: Duration,
    /// Most connections that are open at once; further ones wait to be accepted.
    pub connections_max: usize,
    /// How long a client may take to send the head of a request, and so how long a connection may be idle.
    pub head_limit: Duration,
    /// How long a client may take nothing of an answer before it is given up.
    pub write_limit: Duration,
    /// Origins, such as `https://desk.example`, under which a proxy shows the service's own address to browsers.
    /// Requests from their pages are taken beside those of the service's own; no CORS headers are answered.
    pub origins: Vec<String>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            allow_given_dates: false,
            running_max: 512,
            bodies_max: 4_096,
            bodies_bytes: 64 * 1024 * 1024,
            body_limit: Duration::from_secs(10),
            waiting_max: 1_024,
            request_limit: Duration::from_secs(10),
            streams_max: 256,
            heartbeat: Duration::from_secs(15),
            connections_max: 20_000,
            head_limit: Duration::from_secs(30),
            write_limit: Duration::from_secs(30),
            origins: Vec::new(),
        }
    }
}
