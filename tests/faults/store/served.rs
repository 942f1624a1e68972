//! Places on servers, which several nodes may use at once.

use std::sync::Arc;

use adapters::mongo::{MongoEventStore, MongoTokenStore};
use adapters::postgres::{PostgresEventStore, PostgresTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::event_store::LogId;
use application::ports::{EventStore, Ids, TokenPorts};
use futures::FutureExt;
use futures::future::BoxFuture;
use tests::stores::{Documents, Schema};

use super::{FaultStore, Stores};

/// An empty place of one kind of server.
pub(crate) trait Served: Sized + Send + Sync {
    /// The variables that say the name of a place for the log, and of one for the token store.
    const NAMED_BY: [&'static str; 2];

    /// None when there is no such server and need not be, which is said in a line.
    fn fresh() -> Option<Self>;

    /// A place on this server.
    fn on(url: &str) -> Self;

    /// The server.
    fn url(&self) -> &str;

    /// The same server by a way that begins at this address.
    fn url_by(&self, address: &str) -> String;

    /// Its name on the server.
    fn name(&self) -> &str;

    /// The log there, only to look when `looks`, and what lets go of it.
    async fn log(&self, looks: bool) -> (Arc<dyn EventStore>, BoxFuture<'static, ()>);

    /// The token store there, in the same way.
    async fn tokens(&self, looks: bool) -> (TokenPorts, BoxFuture<'static, ()>);
}

impl Served for Schema {
    const NAMED_BY: [&'static str; 2] = ["RENTAL__STORE__SCHEMA", "RENTAL__TOKENS__SCHEMA"];

    fn fresh() -> Option<Self> {
        Self::fresh()
    }

    fn on(url: &str) -> Self {
        Self::on(url)
    }

    fn url(&self) -> &str {
        self.url()
    }

    /// In the clear, since whoever stands in the way shows another certificate.
    fn url_by(&self, address: &str) -> String {
        let (user, path) = split(self.url());
        format!("{user}{address}{path}{}sslmode=disable", if path.contains('?') { '&' } else { '?' })
    }

    fn name(&self) -> &str {
        self.name()
    }

    async fn log(&self, looks: bool) -> (Arc<dyn EventStore>, BoxFuture<'static, ()>) {
        let settings = if looks { self.settings().only_to_look() } else { self.settings() };
        let log = PostgresEventStore::open(&settings, LogId::new(SystemIds.next())).await;
        let log = Arc::new(log.unwrap());
        (Arc::clone(&log) as _, async move { log.close().await }.boxed())
    }

    async fn tokens(&self, looks: bool) -> (TokenPorts, BoxFuture<'static, ()>) {
        let settings = if looks { self.settings().only_to_look() } else { self.settings() };
        let tokens = Arc::new(PostgresTokenStore::open(&settings).await.unwrap());
        (TokenPorts::of(&tokens), async move { tokens.close().await }.boxed())
    }
}

impl Served for Documents {
    const NAMED_BY: [&'static str; 2] = ["RENTAL__STORE__DATABASE", "RENTAL__TOKENS__DATABASE"];

    fn fresh() -> Option<Self> {
        Self::fresh()
    }

    fn on(url: &str) -> Self {
        Self::on(url)
    }

    fn url(&self) -> &str {
        self.url()
    }

    /// The members would tell where they are, so nobody asks them.
    fn url_by(&self, address: &str) -> String {
        let (user, _) = split(self.url());
        format!("{user}{address}/?directConnection=true")
    }

    fn name(&self) -> &str {
        self.name()
    }

    async fn log(&self, looks: bool) -> (Arc<dyn EventStore>, BoxFuture<'static, ()>) {
        let settings = if looks { self.settings().only_to_look() } else { self.settings() };
        let log = MongoEventStore::open(&settings, LogId::new(SystemIds.next())).await;
        let log = Arc::new(log.unwrap());
        (Arc::clone(&log) as _, async move { log.close().await }.boxed())
    }

    async fn tokens(&self, looks: bool) -> (TokenPorts, BoxFuture<'static, ()>) {
        let settings = if looks { self.settings().only_to_look() } else { self.settings() };
        let tokens = Arc::new(MongoTokenStore::open(&settings).await.unwrap());
        (TokenPorts::of(&tokens), async move { tokens.close().await }.boxed())
    }
}

/// What stands before the first address of a URL, and what stands behind the last one.
fn split(url: &str) -> (&str, &str) {
    let begin = url.find('@').map_or_else(|| url.find("://").unwrap() + 3, |at| at + 1);
    let end = url[begin..].find(['/', '?']).map_or(url.len(), |end| begin + end);
    (&url[..begin], &url[end..])
}

/// The first address of a server.
pub(crate) fn address(url: &str) -> &str {
    let (before, behind) = split(url);
    let addresses = &url[before.len()..url.len() - behind.len()];
    addresses.split(',').next().unwrap()
}

/// A place for the log and the token store.
pub(crate) struct OnServer<S>(S);

impl<S: Served> OnServer<S> {
    /// One on this server.
    pub(crate) fn on(url: &str) -> Self {
        Self(S::on(url))
    }

    /// The server.
    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }

    /// The address of the server.
    pub(crate) fn address(&self) -> &str {
        address(self.url())
    }

    /// The same server by a way that begins at this address.
    pub(crate) fn url_by(&self, way: &str) -> String {
        self.0.url_by(way)
    }
}

impl<S: Served> FaultStore for OnServer<S> {
    const IS_SHARED: bool = true;

    async fn fresh() -> Option<Self> {
        S::fresh().map(Self)
    }

    fn words(&self) -> Vec<String> {
        vec!["--store".to_owned(), self.url().to_owned()]
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        S::NAMED_BY.map(|variable| (variable, self.0.name().to_owned())).into()
    }

    async fn stores(&self) -> Stores {
        both(&self.0, &self.0, true).await
    }

    async fn stores_to_write(&self) -> Stores {
        both(&self.0, &self.0, false).await
    }
}

/// A place for the log, and another one for the token store.
pub(crate) struct Pair<L, T>(L, T);

impl<L: Served, T: Served> FaultStore for Pair<L, T> {
    const IS_SHARED: bool = true;

    async fn fresh() -> Option<Self> {
        Some(Self(L::fresh()?, T::fresh()?))
    }

    fn words(&self) -> Vec<String> {
        ["--store", self.0.url(), "--tokens", self.1.url()].map(str::to_owned).into()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        [(L::NAMED_BY[0], self.0.name().to_owned()), (T::NAMED_BY[1], self.1.name().to_owned())].into()
    }

    async fn stores(&self) -> Stores {
        both(&self.0, &self.1, true).await
    }

    async fn stores_to_write(&self) -> Stores {
        both(&self.0, &self.1, false).await
    }
}

async fn both(log: &impl Served, tokens: &impl Served, look: bool) -> Stores {
    let (log, closing_log) = log.log(look).await;
    let (tokens, closing_tokens) = tokens.tokens(look).await;
    let closing = Box::pin(async move {
        closing_tokens.await;
        closing_log.await;
    });
    Stores { log, tokens, closing }
}
