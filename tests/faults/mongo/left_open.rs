//! What is left open at servers that ask everybody who it is, where the service may do no more than it needs.

use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, DriverInfo, WriteConcern};
use mongodb::{Client, ClientSession};
use serde_json::json;
use tests::proxy::Proxy;
use tokio::net::lookup_host;

use super::guarded::Guarded;
use crate::asking::{Answer, Desk};
use crate::server::{Server, command};
use crate::store::address;

/// The service, and a server that ends no transaction within the time of a test.
struct LeftOpen {
    server: Server,
    guarded: Guarded,
}

impl LeftOpen {
    async fn started() -> Option<Self> {
        let guarded = Guarded::started().await?;
        let patient = doc! { "setParameter": 1, "transactionLifetimeLimitSeconds": 3_600 };
        guarded.client("root", "admin").await.database("admin").run_command(patient).await.unwrap();
        let (code, said) = guarded.done("keeper", &["migrate"]);
        assert_eq!(code, Some(0), "{said}");
        let serve = command(&["--listen", "127.0.0.1:0", "--store", &guarded.url("rental", "rental")]);
        let server = Server::run(serve);
        Some(Self { server, guarded })
    }

    /// A node of this user has the end of the log, and its connection is gone.
    async fn left_by(&self, user: &str) -> ClientSession {
        let address = address(&self.guarded.url);
        let way = Proxy::before(lookup_host(address).await.unwrap().next().unwrap()).await.unwrap();
        let url = self.guarded.url(user, "rental").replace(address, &way.address().to_string());
        let mut options =
            ClientOptions::parse(url.replace("replicaSet=rs0", "directConnection=true")).await.unwrap();
        options.driver_info = Some(DriverInfo::builder().name("rental:rental").build());
        let logs = Client::with_options(options).unwrap().database("rental").collection::<Document>("log");
        let mut session = logs.client().start_session().await.unwrap();
        session.start_transaction().write_concern(WriteConcern::majority()).await.unwrap();
        let moved = logs.find_one_and_update(doc! { "_id": "log" }, doc! { "$inc": { "position": 1_i64 } });
        moved.session(&mut session).await.unwrap().unwrap();
        way.close().await;
        session
    }

    /// Somebody enters a book.
    async fn asked(&self) -> Answer {
        let (desk, book) = (Desk::at(&self.server.address), json!({"no": 1, "title": "Walden"}));
        desk.post("/v1/books", "enter", &book).await.unwrap()
    }
}

/// To look for its own sessions and to end them takes no right beside those of the role.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_least_rights_are_enough_to_end_what_a_node_of_the_same_user_left_open() {
    let Some(left) = LeftOpen::started().await else { return };
    let _owner = left.left_by("rental").await;

    let kept = left.asked().await;

    assert_eq!(kept.status, 201, "{}", kept.text);
    left.server.wait_for_line("ended transactions that a process had left open");
}

/// What another user has left is not seen with so few rights, and whoever looks at the log finds what to look for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_of_another_user_left_open_is_said_to_be_out_of_sight() {
    let Some(left) = LeftOpen::started().await else { return };
    let _owner = left.left_by("keeper").await;

    let refused = left.asked().await;

    assert_eq!(refused.status, 503, "{}", refused.text);
    left.server.wait_for_line("another user of the database may have left one open");
}
