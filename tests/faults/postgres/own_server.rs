//! A database server of a test's own, to be killed and paused.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tests::servers;
use tokio::time::timeout;

use super::authority::Certificate;
use crate::server::LIMIT;

/// Starts servers, breaks them, and throws them away.
const INFRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/run");

/// A server that is there for one test.
pub(super) struct OwnServer {
    folder: TempDir,
    /// Where it is.
    pub(super) url: String,
}

impl OwnServer {
    /// Starts one; none where tests do without a server.
    pub(super) fn started() -> Option<Self> {
        servers::postgres()?;
        let folder = tempfile::Builder::new().prefix("rental-own-").tempdir_in("/var/tmp").unwrap();
        let run = folder.path().join("run");
        infra(&run, &["up", "postgres"]);
        let said = infra(&run, &["env"]);
        let url = said.lines().find_map(|line| line.split_once("DATABASE_URL=")).map(|(_, url)| url);
        let url = url.unwrap_or_else(|| panic!("no address in {said}"));
        Some(Self { url: url.trim_matches(['\'', '"']).to_owned(), folder })
    }

    /// Makes a tablespace in a folder below this one. Everything else of the server stays where it is, its write-ahead
    /// log too.
    pub(super) async fn make_tablespace(&self, name: &'static str, within: &Path) {
        let folder = within.join(name);
        fs::create_dir(&folder).unwrap();
        // Started by an administrator, it runs as its own user, who has to own the folder.
        let data = fs::metadata(self.folder.path().join("run/postgres/data")).unwrap();
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

    /// Does something to it: `crash`, `restart`, `pause` or `resume`.
    pub(super) fn fault(&self, what: &str) {
        infra(&self.folder.path().join("run"), &["fault", "postgres", what]);
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        infra(&self.folder.path().join("run"), &["down"]);
    }
}

fn infra(run: &Path, words: &[&str]) -> String {
    let done = Command::new(INFRA).args(words).env("INFRA_RUN", run).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{words:?}: {said}{told}");
    said.into_owned()
}
