//! Where a service keeps what it keeps: each may have another kind of store.

use tests::stores::{Documents, Schema};

use crate::store::{FaultStore, Files, OnServer, Stores};

/// The log, tokens and views of one service.
pub(super) enum PartStore {
    Files(Files),
    Postgres(OnServer<Schema>),
    Mongo(OnServer<Documents>),
}

impl FaultStore for PartStore {
    const IS_SHARED: bool = false;

    /// Files.
    async fn fresh() -> Option<Self> {
        Files::fresh().await.map(Self::Files)
    }

    fn words(&self) -> Vec<String> {
        match self {
            Self::Files(files) => files.words(),
            Self::Postgres(schema) => schema.words(),
            Self::Mongo(documents) => documents.words(),
        }
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Files(files) => files.variables(),
            Self::Postgres(schema) => schema.variables(),
            Self::Mongo(documents) => documents.variables(),
        }
    }

    async fn stores(&self) -> Stores {
        match self {
            Self::Files(files) => files.stores().await,
            Self::Postgres(schema) => schema.stores().await,
            Self::Mongo(documents) => documents.stores().await,
        }
    }

    async fn stores_to_write(&self) -> Stores {
        match self {
            Self::Files(files) => files.stores_to_write().await,
            Self::Postgres(schema) => schema.stores_to_write().await,
            Self::Mongo(documents) => documents.stores_to_write().await,
        }
    }
}
