//! What servers say about themselves and about who asks, and whether that will do.

use mongodb::bson::{Bson, Document, doc};
use mongodb::error::ErrorKind;
use tokio::time::timeout;

use super::form::PartSpec;
use super::open_error::{MongoOpenError, Refusals};
use super::{unanswered, within};
use crate::mongo::connection::Connection;
use crate::mongo::settings::MongoSettings;

/// The first version that will do.
const VERSION_LEAST: u32 = 6;
/// What is done where nobody else is asked.
const ASKING: &str = "asking the servers what they are";

/// Sees that there is a primary of a replica set, new enough.
pub(super) async fn see_servers(
    connection: &Connection,
    settings: &MongoSettings,
) -> Result<(), MongoOpenError> {
    let admin = connection.database().client().database("admin");
    let hello = timeout(settings.patience(), admin.run_command(doc! { "hello": 1 }).into_future()).await;
    let hello = match hello.map_err(|elapsed| settings.unreachable(elapsed))? {
        Ok(hello) => hello,
        Err(error) if matches!(&*error.kind, ErrorKind::ServerSelection { .. }) => {
            return Err(unanswered::why(settings, &error).await);
        }
        Err(error) => return Err(settings.failed(ASKING, &error)),
    };
    judge(settings, &hello)?;
    let build = within(settings, ASKING, admin.run_command(doc! { "buildInfo": 1 }).into_future()).await?;
    new_enough(settings, build.get_str("version").unwrap_or("unknown"))
}

/// Of a user, that it may do what the part needs. Where nobody is asked who he is, everybody may.
pub(super) async fn see_rights(
    connection: &Connection,
    settings: &MongoSettings,
    part: &PartSpec,
) -> Result<(), MongoOpenError> {
    let status = connection.database().run_command(doc! { "connectionStatus": 1, "showPrivileges": true });
    let status = within(settings, "asking what the user may do", status.into_future()).await?;
    let Ok(info) = status.get_document("authInfo") else { return Ok(()) };
    if info.get_array("authenticatedUsers").is_ok_and(Vec::is_empty) {
        return Ok(());
    }
    let Ok(privileges) = info.get_array("authenticatedUserPrivileges") else { return Ok(()) };
    for collection in (part.collections)() {
        let actions = if settings.only_looks() { &["find"][..] } else { collection.actions };
        let may = |action: &str| {
            privileges.iter().any(|it| covers(it, settings.database(), &collection.name, action))
        };
        if let Some(action) = actions.iter().find(|action| !may(action)) {
            return Err(settings.forbidden(format!("`{action}` in collection `{}`", collection.name)));
        }
    }
    Ok(())
}

/// Whether a server that says this of itself is a member of the replica set that is wanted.
pub(super) fn judge(settings: &MongoSettings, hello: &Document) -> Result<(), MongoOpenError> {
    let place = settings.place();
    if hello.get_str("msg").is_ok_and(|message| message == "isdbgrid") {
        return Err(MongoOpenError::NoReplicaSet { place, found: "a router of a sharded cluster" });
    }
    match (hello.get_str("setName"), settings.replica_set()) {
        (Err(_), _) => Err(MongoOpenError::NoReplicaSet { place, found: "a server alone" }), // it names none
        (Ok(found), Some(wanted)) if found != wanted => {
            Err(MongoOpenError::OtherReplicaSet { place, found: found.to_owned() })
        }
        (Ok(_), _) => Ok(()),
    }
}

fn new_enough(settings: &MongoSettings, version: &str) -> Result<(), MongoOpenError> {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= VERSION_LEAST) {
        return Ok(());
    }
    Err(MongoOpenError::Outdated { place: settings.place(), found: version.to_owned() })
}

fn covers(privilege: &Bson, database: &str, collection: &str, action: &str) -> bool {
    let Some(privilege) = privilege.as_document() else { return false };
    let allows =
        privilege.get_array("actions").is_ok_and(|all| all.iter().any(|it| it.as_str() == Some(action)));
    let Ok(resource) = privilege.get_document("resource") else { return false };
    let is_any = resource.get_bool("anyResource").unwrap_or(false);
    let is = |key: &str, name: &str| resource.get_str(key).is_ok_and(|it| it.is_empty() || it == name);
    allows && (is_any || (is("db", database) && is("collection", collection)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> MongoSettings {
        MongoSettings::parse("mongodb://kim:s3cret@db/library?replicaSet=rs0").expect("it is one")
    }

    #[test]
    fn a_server_alone_a_router_and_another_set_are_refused() {
        let judged = |hello: Document| judge(&settings(), &hello);
        judged(doc! { "setName": "rs0" }).expect("it will do");
        let alone = judged(doc! { "isWritablePrimary": true }).expect_err("it is alone").to_string();
        assert!(alone.contains("a server alone") && alone.contains("rs.initiate()"), "{alone}");
        let router = judged(doc! { "msg": "isdbgrid" });
        assert!(matches!(router, Err(MongoOpenError::NoReplicaSet { .. })), "{router:?}");
        let other = judged(doc! { "setName": "rs1" });
        assert!(matches!(other, Err(MongoOpenError::OtherReplicaSet { found, .. }) if found == "rs1"));
    }

    #[test]
    fn an_older_version_is_refused_with_what_was_found() {
        for good in ["6.0.5", "7.0.1", "8.2.0-rc1", "10.0.0"] {
            new_enough(&settings(), good).expect(good);
        }
        for old in ["5.0.31", "unknown"] {
            let refusal = new_enough(&settings(), old).expect_err(old).to_string();
            assert!(
                refusal.contains(old) && refusal.contains("6.0") && !refusal.contains("s3cret"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_right_counts_for_the_database_and_collection_that_it_names() {
        let given =
            |resource: Document| Bson::from(doc! { "resource": resource, "actions": ["find", "insert"] });
        for (resource, covered) in [
            (doc! { "db": "library", "collection": "commit" }, true),
            (doc! { "db": "library", "collection": "" }, true),
            (doc! { "db": "", "collection": "" }, true),
            (doc! { "anyResource": true }, true),
            (doc! { "db": "library", "collection": "log" }, false),
            (doc! { "db": "other", "collection": "" }, false),
            (doc! { "cluster": true }, false),
        ] {
            assert_eq!(
                covers(&given(resource.clone()), "library", "commit", "insert"),
                covered,
                "{resource}"
            );
            assert!(!covers(&given(resource), "library", "commit", "update"));
        }
    }
}
