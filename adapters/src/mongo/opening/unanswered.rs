//! Why servers do not answer: the first of them is asked alone, in the clear and over TLS, and not as a user.

use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use mongodb::options::{Tls, TlsOptions};
use tokio::time::timeout;

use super::open_error::MongoOpenError;
use super::preflight::judge;
use crate::mongo::connection::ServerError;
use crate::mongo::settings::MongoSettings;

/// What it would take; at the least, what the driver said.
pub(super) async fn why(settings: &MongoSettings, error: &Error) -> MongoOpenError {
    let (place, source) = (settings.place(), Box::new(ServerError::of(error)));
    let tls = settings.client_options().tls;
    let (as_told, trusting, in_the_clear) = tokio::join!(
        ask_one(settings, tls.clone()),
        ask_one(settings, Some(Tls::Enabled(trusting(tls.as_ref())))),
        ask_one(settings, Some(Tls::Disabled)),
    );
    let is_encrypted = matches!(tls, Some(Tls::Enabled(_)));
    match (as_told, is_encrypted, trusting, in_the_clear) {
        (Some(hello), ..) => match judge(settings, &hello) {
            Ok(()) => MongoOpenError::Unreachable { place, source },
            Err(why) => why,
        },
        (None, false, Some(_), _) => MongoOpenError::Encrypted { place, source },
        (None, true, Some(_), _) => MongoOpenError::Untrusted { place, source },
        (None, true, None, Some(_)) => MongoOpenError::InTheClear { place, source },
        (None, ..) => MongoOpenError::Unreachable { place, source },
    }
}

/// The same without a look at whose certificate it is.
fn trusting(tls: Option<&Tls>) -> TlsOptions {
    let mut options = match tls {
        Some(Tls::Enabled(options)) => options.clone(),
        Some(Tls::Disabled) | None => TlsOptions::default(),
    };
    options.allow_invalid_certificates = Some(true);
    options
}

/// What the first of the servers says of itself; nobody says who asks, since it may be anybody that answers.
async fn ask_one(settings: &MongoSettings, tls: Option<Tls>) -> Option<Document> {
    let mut options = settings.client_options();
    options.hosts.truncate(1);
    options.direct_connection = Some(true);
    options.repl_set_name = None;
    options.credential = None;
    options.tls = tls;
    let client = Client::with_options(options).ok()?;
    let admin = client.database("admin");
    let hello = admin.run_command(doc! { "hello": 1 }).into_future();
    let hello = timeout(settings.patience(), hello).await;
    client.shutdown().immediate(true).await;
    hello.ok()?.ok()
}
