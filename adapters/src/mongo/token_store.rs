//! The token store in a database: tokens, claims, letters and the rows of the views, shared by all nodes.

mod admin;
mod claims;
mod collections;
mod commits;
mod dead_letters;
mod letters;
mod overrides;
mod processors;
mod questions;
mod rebuild;
mod rows;
mod segments;
mod step_error;
mod stored;
mod tables;
mod tokens;

use application::ports::token_store::TokenError;

use super::connection::Connection;
use super::opening::{self, MongoOpenError};
use super::settings::MongoSettings;
use crate::stores::poller::{Poller, Progress};
use collections::TOKENS;
use step_error::StepError;

/// Tokens, claims, rows and letters in a database, which may be another one than the log's. Answers the questions of
/// all views too, from the rows of the live generations; rows of one kind are expected of one processor.
///
/// Claims and heartbeats run out by the server's clock.
pub struct MongoTokenStore {
    connection: Connection,
    /// The same connections, for what processors do.
    working: Connection,
    poller: Poller<Progress>,
}

impl MongoTokenStore {
    /// Opens the token store of the settings' database, and makes its collections when they are missing and the user
    /// may: processors then begin anew.
    ///
    /// # Errors
    /// [`MongoOpenError`]; what was found stays as it is.
    pub async fn open(settings: &MongoSettings) -> Result<Self, MongoOpenError> {
        let connection = opening::open(settings, &TOKENS).await?;
        let looking = connection.clone();
        let poller = Poller::start(Progress::default(), move || {
            let connection = looking.clone();
            Box::pin(async move { processors::progress(&connection).await.ok() }) // it is looked for again
        });
        let working = connection.for_processors();
        Ok(Self { connection, working, poller })
    }

    /// Makes the collections of the token store, or brings them up to date, as a user who may;
    /// [`MongoTokenStore::open`] then needs no right to. Does nothing when nothing is missing, and may be called by many
    /// at once.
    ///
    /// # Errors
    /// [`MongoOpenError`]; what was found stays as it is.
    pub async fn migrate(settings: &MongoSettings) -> Result<(), MongoOpenError> {
        opening::migrate(settings, &TOKENS).await
    }

    /// Ends the changes under way and closes the connections; calls that come later fail.
    pub async fn close(&self) {
        self.poller.stop().await;
        self.connection.close().await;
    }

    /// A processor may have moved.
    fn announce_progress(&self) {
        self.poller.look_now();
    }
}

async fn while_doing<T>(
    doing: &'static str,
    work: impl Future<Output = Result<T, StepError>> + Send,
) -> Result<T, TokenError> {
    work.await.map_err(|trouble| trouble.while_doing(doing))
}
