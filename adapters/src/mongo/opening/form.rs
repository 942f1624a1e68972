//! How a database comes to its collections: steps that may be done by many nodes at once, and again.

use std::collections::HashSet;

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;

use super::open_error::MongoOpenError;
use super::within;
use crate::mongo::connection::{Connection, code};
use crate::mongo::settings::MongoSettings;

/// Where the versions of our collections are kept; it is what makes a database ours.
const FORM: &str = "rental_form";
/// A collection is there already.
const THERE: i32 = 48;
/// A collection is not there.
const NOT_THERE: i32 = 26;

/// A part of what we keep, with collections of its own; a database may have one of them or several.
pub(in crate::mongo) struct PartSpec {
    /// The name under which its version is kept.
    pub(in crate::mongo) part: &'static str,
    /// What it holds, in words.
    pub(in crate::mongo) holds: &'static str,
    /// The version of its collections, from 1. Whoever changes them raises it.
    pub(in crate::mongo) version: i32,
    /// Its collections as they have to be.
    pub(in crate::mongo) collections: fn() -> Vec<CollectionSpec>,
}

/// A collection as it has to be.
pub(in crate::mongo) struct CollectionSpec {
    pub(in crate::mongo) name: String,
    /// What a document has to be like, so that nobody stores something else by hand.
    pub(in crate::mongo) validator: Document,
    pub(in crate::mongo) indexes: Vec<IndexModel>,
    /// What whoever serves has to be allowed.
    pub(in crate::mongo) actions: &'static [&'static str],
}

/// The version of the part's collections; 0 when there are none yet. Changes nothing.
pub(super) async fn version(
    connection: &Connection,
    settings: &MongoSettings,
    part: &PartSpec,
) -> Result<i32, MongoOpenError> {
    let doing = "looking for our collections";
    let forms = connection.collection::<Document>(FORM);
    let form = forms.find_one(doc! { "_id": part.part });
    let form = within(settings, doing, form.into_future()).await?;
    let found = form.and_then(|form| form.get_i32("version").ok()).unwrap_or(0);
    if found <= part.version {
        return Ok(found);
    }
    Err(MongoOpenError::Newer { place: settings.place(), holds: part.holds, found, known: part.version })
}

/// Makes what is missing; whoever stops in between leaves something that the next one finishes.
pub(super) async fn bring_up_to_date(
    connection: &Connection,
    settings: &MongoSettings,
    part: &PartSpec,
) -> Result<(), MongoOpenError> {
    let brought = async {
        see_that_it_is_ours(connection, settings, part).await?;
        within(settings, "making our collections", make(connection, part)).await
    };
    brought.await.map_err(|error| match error {
        // Whoever may only serve may not look for collections of others either.
        MongoOpenError::Forbidden { place, .. } => {
            MongoOpenError::NotMigrated { place, holds: part.holds, known: part.version }
        }
        error => error,
    })
}

async fn make(connection: &Connection, part: &PartSpec) -> Result<(), Error> {
    let forms = connection.collection::<Document>(FORM);
    let it = doc! { "_id": part.part };
    // First of all: from here on, what is made is known to be ours.
    forms.update_one(it.clone(), doc! { "$setOnInsert": { "version": 0 } }).upsert(true).await?;
    for collection in (part.collections)() {
        make_collection(connection, collection).await?;
    }
    forms.update_one(it, doc! { "$max": { "version": part.version } }).await.map(drop)
}

/// Makes a collection with its indexes, or gives one that is there what it lacks.
pub(in crate::mongo) async fn make_collection(
    connection: &Connection,
    spec: CollectionSpec,
) -> Result<(), Error> {
    let database = connection.database();
    let made = database.create_collection(&spec.name).validator(spec.validator.clone()).await;
    match made {
        Ok(()) => {}
        Err(error) if code(&error) == Some(THERE) => {
            let change = doc! { "collMod": &spec.name, "validator": spec.validator };
            database.run_command(change).await?;
        }
        Err(error) => return Err(error),
    }
    if !spec.indexes.is_empty() {
        connection.collection::<Document>(&spec.name).create_indexes(spec.indexes).await?;
    }
    Ok(())
}

/// Removes a collection, if it is there.
pub(in crate::mongo) async fn drop_collection(connection: &Connection, name: &str) -> Result<(), Error> {
    match connection.collection::<Document>(name).drop().await {
        Err(error) if code(&error) == Some(NOT_THERE) => Ok(()),
        dropped => dropped,
    }
}

/// The names are asked for first: whoever makes collections beside us has made the document before them.
async fn see_that_it_is_ours(
    connection: &Connection,
    settings: &MongoSettings,
    part: &PartSpec,
) -> Result<(), MongoOpenError> {
    let doing = "looking for collections of others";
    let names = connection.database().list_collection_names().into_future();
    let names: HashSet<String> = within(settings, doing, names).await?.into_iter().collect();
    let forms = connection.collection::<Document>(FORM);
    let known = forms.find_one(doc! { "_id": part.part }).into_future();
    let is_known = within(settings, doing, known).await?.is_some();
    let other = (part.collections)().into_iter().find(|ours| names.contains(&ours.name));
    match other {
        Some(other) if !is_known => {
            Err(MongoOpenError::Foreign { place: settings.place(), collection: other.name })
        }
        Some(_) | None => Ok(()),
    }
}
