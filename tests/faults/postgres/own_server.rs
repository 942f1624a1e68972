//! A database server of a test's own.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tests::own_infra::OwnInfra;
use tests::servers;
use tokio::time::timeout;

use crate::authority::Certificate;
use crate::server::LIMIT;

/// A server that is there for one test.
pub(super) struct OwnServer {
    own: OwnInfra,
    /// Where it is.
    pub(super) url: String,
}

impl OwnServer {
    /// Starts one; none where tests do without a server.
    pub(super) fn started() -> Option<Self> {
        servers::postgres()?;
        let (own, url) = OwnInfra::started("postgres", "DATABASE_URL");
        Some(Self { own, url })
    }

    /// Makes a tablespace in a folder below this one. Everything else of the server stays where it is, its write-ahead
    /// log too.
    pub(super) async fn make_tablespace(&self, name: &'static str, within: &Path) {
        let folder = within.join(name);
        fs::create_dir(&folder).unwrap();
        // Started by an administrator, it runs as its own user, who has to own the folder.
        let data = fs::metadata(self.own.run().join("postgres/data")).unwrap();
        chown(&folder, Some(data.uid()), Some(data.gid())).unwrap();
        self.run(format!("create tablespace {name} location '{}'", folder.display())).await;
    }

    /// Lets it offer encrypted connections, with this certificate. Its files are written by itself, wherever it is.
    pub(super) async fn use_certificate(&self, shown: &Certificate) {
        let folder: String = sqlx::query_scalar("select current_setting('data_directory')")
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap();
        for (file, text) in [("server.crt", &shown.certificate), ("server.key", &shown.key)] {
            self.run(format!(
                "copy (select unnest(string_to_array('{text}', e'\\n'))) to program 'umask 077; cat >{folder}/{file}'"
            ))
            .await;
        }
        self.run("alter system set ssl = on".to_owned()).await;
        self.run("select pg_reload_conf()".to_owned()).await;
        timeout(LIMIT, self.offers_encryption()).await.expect("a server that has read its settings again");
    }

    /// It reads its settings again a moment after it was told to, and a connection has those of when it was made.
    async fn offers_encryption(&self) {
        while sqlx::query_scalar::<_, String>("show ssl").fetch_one(&mut self.connect().await).await.unwrap()
            != "on"
        {
            tokio::task::yield_now().await;
        }
    }

    /// Of every connection but the one that asks, whether it is encrypted.
    pub(super) async fn are_encrypted(&self) -> Vec<bool> {
        let all = sqlx::query_scalar(include_str!("are_encrypted.sql"));
        all.fetch_all(&mut self.connect().await).await.unwrap()
    }

    async fn run(&self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connect().await).await.unwrap();
    }

    async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// What breaks it.
    pub(super) const fn infra(&self) -> &OwnInfra {
        &self.own
    }
}
