//! The service as it runs: a listener, the routes, and the processors beside them, over stores of one kind.

use std::future::Future;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use adapters::http::{self, Api, HttpSettings, PrometheusHandle};
use application::commands::{BookService, Commands, MemberService};
use application::monitoring::Monitor;
use application::ports::EventStore;
use application::processing;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tests::clock::{CountedIds, StoppedClock};
use tests::library::parted::Parted;
use tests::library::{Library, Node, Stores};
use tests::stores::StoreKind;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::answer::Answer;

/// How long a condition is waited for.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A running service over stores of the kind `S`. Where a kind is not there, and need not be, there is none.
pub(crate) struct Server<S> {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What is behind it.
    pub(crate) stores: Stores,
    /// Its write path.
    pub(crate) commands: Commands,
    /// What its operators watch.
    pub(crate) monitor: Monitor,
    /// Says that it is stopping.
    pub(crate) draining: watch::Sender<bool>,
    client: Client,
    _stop: DropGuard,
    _kind: PhantomData<S>,
}

impl<S: StoreKind> Server<S> {
    /// One that allows given dates.
    pub(crate) async fn start() -> Option<Self> {
        Self::with(HttpSettings { allow_given_dates: true, ..HttpSettings::default() }).await
    }

    /// One with these settings.
    pub(crate) async fn with(settings: HttpSettings) -> Option<Self> {
        Self::leaving_out("", settings).await
    }

    /// One in which the processor of this name is not there, so that what it follows is never heard.
    pub(crate) async fn leaving_out(absent: &str, settings: HttpSettings) -> Option<Self> {
        let mut library = Self::library().await?;
        library.processors.retain(|processor| processor.name().as_str() != absent);
        Some(Self::over(library, settings).await)
    }

    /// One over a library, with all its processors.
    pub(crate) async fn over(mut library: Library, settings: HttpSettings) -> Self {
        let processors = std::mem::take(&mut library.processors);
        let (server, stop) = Self::without_processors(&library, settings).await;
        for processor in processors {
            tokio::spawn(processing::run(processor, stop.child_token()));
        }
        server
    }

    /// One whose processors nobody steps: nothing that follows a command ever happens.
    pub(crate) async fn at_a_standstill(settings: HttpSettings) -> Option<Self> {
        Some(Self::beside(&Self::library().await?, settings).await)
    }

    /// A library without a service, to be stepped by hand.
    pub(crate) async fn library() -> Option<Library> {
        let node = Node { operated: true, ..Node::default() };
        Some(Library::over(Stores::fresh::<S>().await?, node))
    }

    /// A library in four parts, to be stepped by hand.
    pub(crate) async fn parted() -> Option<Parted> {
        Parted::fresh::<S>().await
    }

    /// One over a library that is stepped by hand.
    pub(crate) async fn beside(library: &Library, settings: HttpSettings) -> Self {
        Self::without_processors(library, settings).await.0
    }

    async fn without_processors(library: &Library, settings: HttpSettings) -> (Self, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let draining = watch::Sender::new(false);
        let router = http::router(Api {
            services: library.services,
            cards: library.desk.clone(),
            members: MemberService::new(library.commands.clone()),
            books: BookService::new(library.commands.clone()),
            queries: library.queries.clone(),
            operators: library.control.clone(),
            monitor: library.monitor.clone(),
            actions: library.actions.clone(),
            clock: Arc::<StoppedClock>::clone(&library.stores.clock),
            ids: Arc::<CountedIds>::clone(&library.ids),
            metrics: metrics_of_this_process(),
            draining: draining.subscribe(),
            settings: settings.clone(),
        });
        let stop = CancellationToken::new();
        let until = stop.clone().cancelled_owned();
        tokio::spawn(async move { http::serve(listener, router, &settings, until).await });
        let (stores, commands) = (library.stores.clone(), library.commands.clone());
        let monitor = library.monitor.clone();
        let guard = stop.clone().drop_guard();
        let client = Client::new();
        (
            Self { address, stores, commands, monitor, draining, client, _stop: guard, _kind: PhantomData },
            stop,
        )
    }

    /// A request that is still to be dressed.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    /// The answer to a request.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a body.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// Sends a body with a header.
    pub(crate) async fn post_with(&self, path: &str, header: (&str, &str), body: Value) -> Answer {
        self.send(self.request(Method::POST, path).header(header.0, header.1).json(&body)).await
    }

    /// Sends a body and waits for the end of the process it starts.
    pub(crate) async fn post_waiting(&self, path: &str, body: Value) -> Answer {
        self.post_with(path, ("prefer", "wait=10"), body).await
    }

    /// Sends nothing.
    pub(crate) async fn post_empty(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    /// A member with a card.
    pub(crate) async fn join(&self, id: &str) {
        self.post("/v1/members", json!({ "id": id, "name": id })).await.is(201);
        self.post("/v1/rental-cards", json!({ "memberId": id })).await.is(201);
    }

    /// A book on the shelf.
    pub(crate) async fn shelve(&self, no: i64) {
        let book = json!({ "no": no, "title": format!("Title {no}"), "available": true });
        self.post("/v1/books", book).await.is(201);
    }

    /// Rents a book and waits until it is with the member.
    pub(crate) async fn rent(&self, member: &str, no: i64) -> Answer {
        self.post_waiting(&card(member, "/rent"), json!({ "bookNo": no })).await.is(200)
    }

    /// The log's last position.
    pub(crate) async fn head(&self) -> u64 {
        self.stores.log.head().await.unwrap().position.value()
    }

    /// Makes sure that a request is refused with this problem and leaves nothing in the log. Nothing else may be going
    /// on.
    pub(crate) async fn refuses(
        &self,
        refused: impl Future<Output = Answer>,
        status: u16,
        slug: &str,
    ) -> Answer {
        self.settled().await;
        let before = self.head().await;
        let answer = refused.await.problem(status, slug);
        self.settled().await;
        assert_eq!(self.head().await, before, "{slug} left events");
        answer
    }

    /// Waits until every processor has handled the whole log, and nothing was added to it by that.
    pub(crate) async fn settled(&self) {
        let mut seen = None;
        loop {
            let all = self.until("/v1/processors", caught_up).await;
            let head = all["items"][0]["head"].clone();
            if seen.as_ref() == Some(&head) {
                return;
            }
            seen = Some(head);
        }
    }

    /// Reads again and again until the answer is as wished; gives that answer.
    pub(crate) async fn until(&self, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
        let mut again = tokio::time::interval(Duration::from_millis(5));
        let begun = tokio::time::Instant::now();
        loop {
            again.tick().await;
            let answer = self.get(path).await.is(200).json();
            if wished(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < LIMIT, "still not as wished: {answer:#}");
        }
    }
}

/// The path of a card, or of something below it.
pub(crate) fn card(member: &str, below: &str) -> String {
    format!("/v1/rental-cards/{member}{below}")
}

fn caught_up(processors: &Value) -> bool {
    let items = processors["items"].as_array().unwrap();
    items.iter().all(|processor| processor["lagEvents"] == 0)
}

fn metrics_of_this_process() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let installed = HANDLE.get_or_init(|| {
        let recorder = http::recorder().unwrap();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).unwrap();
        handle
    });
    installed.clone()
}
