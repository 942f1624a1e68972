//! Connections that nobody between may read, to a server that has shown who it is.

use super::Store;
use super::own_server::OwnServer;
use crate::asking::Desk;
use crate::authority::Authority;
use crate::server::command;
use crate::store::FaultStore;

/// With the certificate of somebody who is trusted, for the name it was asked for; every connection is encrypted then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_believed_when_somebody_who_is_trusted_vouches_for_its_name() {
    let Some(own) = OwnServer::started() else { return };
    is_refused(&format!("{}?sslmode=require", own.url));
    let (trusted, stranger) = (Authority::made(), Authority::made());
    own.use_certificate(&trusted.vouch_for("IP:127.0.0.1")).await;
    let url = |host: &str, mode: &str, authority: &Authority| {
        let url = own.url.replace("127.0.0.1", host);
        format!("{url}?sslmode={mode}&sslrootcert={}", authority.certificate().display())
    };
    is_refused(&url("127.0.0.1", "verify-full", &stranger));
    is_refused(&url("127.0.0.1", "verify-ca", &stranger));
    is_refused(&url("localhost", "verify-full", &trusted));

    for url in [url("127.0.0.1", "verify-full", &trusted), url("localhost", "verify-ca", &trusted)] {
        let place = Store::on(&url);
        let server = place.start(&[]);
        Desk::at(&server.address).settled().await;

        let are_encrypted = own.are_encrypted().await;
        assert!(!are_encrypted.is_empty() && are_encrypted.iter().all(|&is| is), "{url}: {are_encrypted:?}");
    }
}

/// The start ends, and says why.
fn is_refused(url: &str) {
    let output = command(&["--store", url, "--listen", "127.0.0.1:0"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{url}: {told}");
    assert!(told.contains("no safe connection to the database"), "{url}: {told}");
}
