//! Connections that nobody between may read, to servers that have shown who they are.

use serde_json::json;
use tests::own_infra::OwnInfra;
use tests::servers;

use super::Store;
use crate::asking::Desk;
use crate::authority::Authority;
use crate::server::command;
use crate::store::FaultStore;

const PASSWORD: &str = "swordfish";

/// With the certificate of somebody who is trusted, for the name it was asked for, to servers that answer over TLS only.
/// Whatever else is wrong is told with what to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_are_believed_when_somebody_who_is_trusted_vouches_for_their_name() {
    let Some(in_the_clear) = servers::mongo() else { return };
    let (trusted, stranger) = (Authority::made(), Authority::made());
    let folder = trusted.folder_for("IP:127.0.0.1").display().to_string();
    let (_server, url) = OwnInfra::started_with("mongo", "MONGO_URL", &[("INFRA_MONGO_TLS", &folder)]);
    let (plain, _) = url.split_once("&tls=").unwrap();
    let over_tls = |url: &str, file: String| format!("{url}&tls=true&tlsCAFile={file}");
    let (ours, others) = [&trusted, &stranger].map(|by| by.certificate().display().to_string()).into();

    is_refused(plain, "answers over TLS only; put `tls=true` into its URL");
    let unknown = "is not one to believe: `tlsCAFile` of its URL has to hold the authority";
    is_refused(&over_tls(plain, others), unknown);
    is_refused(&format!("{plain}&tls=true"), unknown);
    is_refused(&over_tls(&plain.replace("127.0.0.1", "localhost"), ours.clone()), unknown);
    is_refused(&over_tls(plain, "/nowhere/ca.pem".to_owned()), "see `tlsCAFile` and `tlsCertificateKeyFile`");
    is_refused(&over_tls(&in_the_clear, ours.clone()), "answers without TLS only; switch it on there");

    let place = Store::on(&over_tls(plain, ours));
    let server = place.start(&[]);
    let desk = Desk::at(&server.address);
    let kept = desk.post("/v1/books", "enter", &json!({"no": 1, "title": "Walden", "available": true})).await;
    assert_eq!(kept.unwrap().status, 201);
    desk.settled().await;
}

/// The start ends, and says why; the password of the user is not in what it says.
fn is_refused(url: &str, why: &str) {
    let url = url.replace("://", &format!("://kim:{PASSWORD}@"));
    let output = command(&["--store", &url, "--listen", "127.0.0.1:0"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{url}: {told}");
    assert!(told.contains(why) && !told.contains(PASSWORD), "{url}: {told}");
}
