//! The event log in a schema.

use std::sync::Arc;

use adapters::postgres::PostgresEventStore;
use application::ports::EventStore;
use application::ports::event_store::{Position, StreamAppend};
use async_trait::async_trait;
use sqlx::PgConnection;
use tests::laws::event_store::{Durability, EventStoreUnderTest, OpenWrite};

use super::schema::{Schema, run};

tests::event_store_laws!(PostgresLog);

pub(super) struct PostgresLog {
    pub(super) store: Arc<PostgresEventStore>,
    /// Goes with its tables when the law has ended.
    pub(super) schema: Schema,
}

impl PostgresLog {
    /// A write by somebody who does not take the lock that gives out positions.
    pub(super) async fn hold_a_write_open_without_the_lock(
        &self,
        proposal: &StreamAppend,
    ) -> Box<dyn OpenWrite> {
        let mut connection = self.schema.connect().await;
        run(&mut connection, "begin").await;
        insert(&mut connection, proposal).await;
        Box::new(HeldOpen(connection))
    }
}

#[async_trait]
impl EventStoreUnderTest for PostgresLog {
    async fn fresh() -> Option<Self> {
        let schema = Schema::fresh()?;
        let store = Arc::new(schema.open_log().await.unwrap());
        Some(Self { store, schema })
    }

    fn store(&self) -> Arc<dyn EventStore> {
        self.store.clone()
    }

    async fn hold_a_write_open(&self, proposal: StreamAppend) -> Option<Box<dyn OpenWrite>> {
        let mut connection = self.schema.connect().await;
        run(&mut connection, "begin").await;
        run(&mut connection, include_str!("take_lock.sql")).await;
        insert(&mut connection, &proposal).await;
        Some(Box::new(HeldOpen(connection)))
    }

    async fn take_away(&self, position: Position) -> bool {
        let taken = sqlx::query("delete from event where position = $1").bind(position.value().cast_signed());
        let taken = taken.execute(&mut self.schema.connect().await).await;
        taken.unwrap().rows_affected() == 1
    }

    async fn take_one_that_passed(&self) -> bool {
        let mut connection = self.schema.connect().await;
        run(&mut connection, "create unique index only_once on event (type) where type = 'law.passed'").await;
        true
    }

    fn durability(&self) -> Durability {
        Durability::Acknowledged
    }

    /// The connections of a killed process end, whatever was under way on them.
    async fn reopen_after_kill(&self) -> Option<Arc<dyn EventStore>> {
        assert!(self.schema.terminate_all().await > 0, "the store had connections");
        Some(Arc::new(self.schema.open_log().await.unwrap()))
    }
}

struct HeldOpen(PgConnection);

#[async_trait]
impl OpenWrite for HeldOpen {
    async fn commit(mut self: Box<Self>) {
        run(&mut self.0, "commit").await;
    }

    async fn roll_back(mut self: Box<Self>) {
        run(&mut self.0, "rollback").await;
    }
}

async fn insert(connection: &mut PgConnection, proposal: &StreamAppend) {
    sqlx::query(include_str!("insert_event.sql"))
        .bind(proposal.stream.as_str())
        .bind(proposal.parts[0].events[0].id.uuid())
        .execute(connection)
        .await
        .unwrap();
}
