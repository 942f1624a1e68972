//! Why servers, or a database on them, cannot be used.

use application::ports::BoxError;
use mongodb::error::{Error, ErrorKind};
use thiserror::Error as ThisError;

use super::form::PartSpec;
use crate::mongo::connection::{Failure, ServerError, code};
use crate::mongo::settings::MongoSettings;
use crate::stores::step_error::{SortedFailure, StoreFailure};

/// The server does not know who asks.
const NOT_AUTHENTICATED: i32 = 18;
/// The user may not do that.
const UNAUTHORIZED: i32 = 13;
/// Too few members took a write in time.
const TOO_FEW: i32 = 64;

/// Why servers, or a database on them, cannot be used. Nothing was overwritten, and no password is shown.
#[derive(Debug, ThisError)]
pub enum MongoOpenError {
    /// Nobody answers there, or too slowly, or nobody there is the primary.
    #[error(
        "no primary of the database {place} answers; see that the replica set runs there and can be reached from here"
    )]
    Unreachable {
        /// Where it was looked for.
        place: String,
        /// What the driver said.
        #[source]
        source: BoxError,
    },
    /// The files that TLS needs cannot be used.
    #[error(
        "no safe connection to the database {place}; see `tlsCAFile` and `tlsCertificateKeyFile` of its URL"
    )]
    UnusableTls {
        /// The database.
        place: String,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
    /// The servers want TLS, and the URL does not.
    #[error(
        "the database {place} answers over TLS only; put `tls=true` into its URL, and `tlsCAFile` when its certificates are not \
         of a public authority"
    )]
    Encrypted {
        /// The database.
        place: String,
        /// What the driver said without it.
        #[source]
        source: BoxError,
    },
    /// Nobody who is trusted vouches for the servers.
    #[error(
        "the certificate of the database {place} is not one to believe: `tlsCAFile` of its URL has to hold the authority that \
         signed it, and the servers are named by names that stand in it"
    )]
    Untrusted {
        /// The database.
        place: String,
        /// What is wrong with the certificate.
        #[source]
        source: BoxError,
    },
    /// The URL wants TLS, and the servers do not.
    #[error(
        "the database {place} answers without TLS only; switch it on there (`net.tls.mode`), or leave `tls` out of the URL where \
         nobody else can listen"
    )]
    InTheClear {
        /// The database.
        place: String,
        /// What the driver said with it.
        #[source]
        source: BoxError,
    },
    /// The servers do not let this user in.
    #[error(
        "the database {place} does not let user `{user}` in; see user, password and `authSource` of its URL"
    )]
    Refused {
        /// The database.
        place: String,
        /// The user.
        user: String,
        /// What the server said.
        #[source]
        source: BoxError,
    },
    /// The servers want to know who asks, and the settings do not say it.
    #[error(
        "the database {place} lets in only users; put user and password into its URL, as in mongodb://USER:PASSWORD@HOST"
    )]
    Anonymous {
        /// The database.
        place: String,
        /// What the server said.
        #[source]
        source: BoxError,
    },
    /// Transactions need a replica set.
    #[error(
        "the database {place} is {found}, and transactions need a replica set; one member is enough: start mongod with \
         `--replSet rs0` and run `rs.initiate()` once"
    )]
    NoReplicaSet {
        /// The database.
        place: String,
        /// What was found.
        found: &'static str,
    },
    /// The replica set has another name.
    #[error("the servers of {place} are the replica set `{found}`; name that one in `replicaSet`")]
    OtherReplicaSet {
        /// The database.
        place: String,
        /// Its name.
        found: String,
    },
    /// The servers' version is too old.
    #[error("the database {place} has version {found} and 6.0 is the least; use newer servers")]
    Outdated {
        /// The database.
        place: String,
        /// Its version.
        found: String,
    },
    /// Too few members of the replica set are there.
    #[error(
        "the majority of the replica set of {place} does not acknowledge writes; see that its members run and are not far behind"
    )]
    NoMajority {
        /// The database.
        place: String,
        /// What the server said.
        #[source]
        source: BoxError,
    },
    /// The user may not do what is needed.
    #[error(
        "user `{user}` may not {action} in the database {place}; give it the role of adapters/src/mongo/role.json"
    )]
    Forbidden {
        /// The database.
        place: String,
        /// The user.
        user: String,
        /// What it may not.
        action: String,
    },
    /// The database has a collection of somebody else.
    #[error("the database {place} has a collection `{collection}` that is not ours; name another database")]
    Foreign {
        /// The database.
        place: String,
        /// The collection.
        collection: String,
    },
    /// A later version of this program has brought the collections further.
    #[error(
        "the database {place} has {holds} in version {found} and this program knows {known}; use a newer program or restore a \
         backup"
    )]
    Newer {
        /// The database.
        place: String,
        /// What the collections hold.
        holds: &'static str,
        /// The version that is there.
        found: i32,
        /// The latest version that is known here.
        known: i32,
    },
    /// The collections have to be made or changed, which this user may not.
    #[error(
        "the database {place} needs {holds} in version {known} and this user may not make it; run `rental migrate` once as a user \
         with the roles `readWrite` and `dbAdmin`"
    )]
    NotMigrated {
        /// The database.
        place: String,
        /// What the collections hold.
        holds: &'static str,
        /// The version that is needed.
        known: i32,
    },
    /// The collections are not there, or of an earlier version, and they are only looked into.
    #[error(
        "the database {place} does not have {holds} as this program knows it; start the service once, or name another database"
    )]
    Missing {
        /// The database.
        place: String,
        /// What the collections would hold.
        holds: &'static str,
    },
    /// Somebody else is filling the database.
    #[error("the database {place} is being filled by another import; wait for its end")]
    Filled {
        /// The database.
        place: String,
    },
    /// Something else went wrong.
    #[error("{doing} failed at the database {place}")]
    Failed {
        /// The database.
        place: String,
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        #[source]
        source: BoxError,
    },
}

/// How refusals are told with what the settings say.
pub(in crate::mongo) trait Refusals {
    /// Of somebody who does not answer.
    fn unreachable(&self, source: impl Into<BoxError>) -> MongoOpenError;
    /// Of files that TLS needs.
    fn without_tls(&self, failure: Failure) -> MongoOpenError;
    /// Of collections that are missing where they may not be made.
    fn must_find(&self, part: &PartSpec) -> Result<(), MongoOpenError>;
    /// Of something the user may not do.
    fn forbidden(&self, action: String) -> MongoOpenError;
    /// Of an operation.
    fn failed(&self, doing: &'static str, error: &Error) -> MongoOpenError;
    /// Of an operation of the store.
    fn failed_at_first(&self, doing: &'static str, failure: Failure) -> MongoOpenError;
}

impl Refusals for MongoSettings {
    fn unreachable(&self, source: impl Into<BoxError>) -> MongoOpenError {
        MongoOpenError::Unreachable { place: self.place(), source: source.into() }
    }

    fn without_tls(&self, failure: Failure) -> MongoOpenError {
        MongoOpenError::UnusableTls { place: self.place(), source: source_of(failure) }
    }

    fn must_find(&self, part: &PartSpec) -> Result<(), MongoOpenError> {
        if !self.only_looks() {
            return Ok(());
        }
        Err(MongoOpenError::Missing { place: self.place(), holds: part.holds })
    }

    fn forbidden(&self, action: String) -> MongoOpenError {
        let user = self.user().unwrap_or("nobody").to_owned();
        MongoOpenError::Forbidden { place: self.place(), user, action }
    }

    fn failed(&self, doing: &'static str, error: &Error) -> MongoOpenError {
        let (place, source) = (self.place(), Box::new(ServerError::of(error)));
        let is_refused = matches!(&*error.kind, ErrorKind::Authentication { .. });
        match code(error) {
            code if is_refused || code == Some(NOT_AUTHENTICATED) => {
                let user = self.user().unwrap_or("nobody").to_owned();
                MongoOpenError::Refused { place, user, source }
            }
            Some(UNAUTHORIZED) if self.user().is_none() => MongoOpenError::Anonymous { place, source },
            Some(UNAUTHORIZED) => self.forbidden(format!("go on with {doing}")),
            Some(TOO_FEW) => MongoOpenError::NoMajority { place, source },
            _ if matches!(&*error.kind, ErrorKind::ServerSelection { .. } | ErrorKind::Io(_)) => {
                MongoOpenError::Unreachable { place, source }
            }
            _ => MongoOpenError::Failed { place, doing, source },
        }
    }

    fn failed_at_first(&self, doing: &'static str, failure: Failure) -> MongoOpenError {
        MongoOpenError::Failed { place: self.place(), doing, source: source_of(failure) }
    }
}

fn source_of(failure: Failure) -> BoxError {
    match failure.sorted() {
        SortedFailure::Unavailable(source)
        | SortedFailure::UnknownOutcome(source)
        | SortedFailure::Corrupt(source) => source,
    }
}
