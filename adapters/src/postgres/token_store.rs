//! The token store in a schema: tokens, claims, letters and the rows of the views, shared by all nodes.

mod admin;
mod claims;
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
mod tokens;

use application::ports::token_store::TokenError;

use super::connection::Database;
use super::opening::{self, OpenError, SchemaSpec, Weakness};
use super::settings::PostgresSettings;
use crate::stores::poller::{Poller, Progress};
use step_error::StepError;

const SPEC: SchemaSpec = SchemaSpec {
    part: "tokens",
    holds: "the token store",
    migrations: &[
        &[
            include_str!("sql/token_store/schema_1.sql"),
            include_str!("sql/token_store/binds.sql"),
            include_str!("sql/token_store/held_generation.sql"),
            include_str!("sql/token_store/claim_segment.sql"),
        ],
        // The first step made another function of this name. Where nodes of that version run it is there, and stays for
        // them.
        &[include_str!("sql/token_store/schema_2.sql"), include_str!("sql/token_store/commit_work.sql")],
        // `commit_work` stays for nodes of that version.
        &[
            include_str!("sql/token_store/put_catalogue_rows.sql"),
            include_str!("sql/token_store/put_loan_rows.sql"),
            include_str!("sql/token_store/put_best_seller_rows.sql"),
            include_str!("sql/token_store/put_process_rows.sql"),
            include_str!("sql/token_store/commit_claimed.sql"),
        ],
        &[include_str!("sql/token_store/schema_4.sql")],
        &[include_str!("sql/token_store/schema_5.sql"), include_str!("sql/token_store/put_title_rows.sql")],
    ],
};

/// Tokens, claims, rows and letters in a schema of a Postgres database, which may be another one than the log's.
/// Answers the questions of all views too, from the rows of the live generations; rows of one kind are expected of one
/// processor.
///
/// Claims and heartbeats run out by the database's clock. What a processor commits is on the server's disk a moment
/// after it was acknowledged: a crash of the server may take the last commits, rows, letters and tokens together, and
/// they are made again. All else is there when it is acknowledged.
pub struct PostgresTokenStore {
    database: Database,
    /// The same connections, for what processors do.
    working: Database,
    poller: Poller<Progress>,
    weaknesses: Vec<Weakness>,
}

impl PostgresTokenStore {
    /// Opens the token store of the settings' schema, and makes schema and tables when they are missing and the user
    /// may: processors then begin anew.
    ///
    /// # Errors
    /// [`OpenError`]; what was found stays as it is.
    pub async fn open(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let weaknesses = opening::open(settings, &SPEC).await?;
        let database = Database::of(settings);
        let looking = database.clone();
        let poller = Poller::start(Progress::default(), move || {
            let database = looking.clone();
            Box::pin(async move { processors::progress(&database).await.ok() }) // it is looked for again
        });
        let working = database.for_processors();
        Ok(Self { database, working, poller, weaknesses })
    }

    /// Makes the schema and the tables of the token store, or brings them up to date, as a user who may;
    /// [`PostgresTokenStore::open`] then needs no right to. Does nothing when nothing is missing, and may be called by
    /// many at once.
    ///
    /// # Errors
    /// [`OpenError`]; what was found stays as it is.
    pub async fn migrate(settings: &PostgresSettings) -> Result<(), OpenError> {
        opening::migrate(settings, &SPEC).await
    }

    /// What of the server's settings weakens what it promises; told in the log when the store was opened.
    #[must_use]
    pub fn weaknesses(&self) -> &[Weakness] {
        &self.weaknesses
    }

    /// Ends the changes under way and closes the connections; calls that come later fail.
    pub async fn close(&self) {
        self.poller.stop().await;
        self.database.close().await;
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
