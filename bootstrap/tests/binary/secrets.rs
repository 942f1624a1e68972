//! Whatever holds a secret is searched for in everything that is said: a word that stands nowhere else is put into
//! every place.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tests::stores::Schema;

use crate::server::command;

/// What must not be found.
const MARK: &str = "swordfish";

/// URLs with the mark in places where a secret stands, or ends up when it was not percent-encoded.
const URLS: [&str; 28] = [
    "postgres://keeper:swordfish@127.0.0.1:9/library",
    "postgres://:swordfish@127.0.0.1:9/library",
    "postgres://keeper:a@swordfish@127.0.0.1:9/library",
    "postgres://keeper:a#swordfish@127.0.0.1:9/library",
    "postgres://keeper:a?swordfish@127.0.0.1:9/library",
    "postgres://keeper:1?swordfish=a@127.0.0.1:9/library",
    "postgres://keeper:1/swordfish@127.0.0.1:9/library",
    "postgres://keeper:1/a?swordfish=a@127.0.0.1:9/library",
    "postgres://keeper:%swordfish@127.0.0.1:9/library",
    "postgres://keeper:swordfish@[127.0.0.1:9/library",
    "postgres://keeper:swordfish@127.0.0.1:none/library",
    "postgres://keeper@127.0.0.1:swordfish/library",
    "postgres://keeper@127.0.0.1:9/library?password=swordfish",
    "postgres://keeper@127.0.0.1:9/library?password=a@swordfish",
    "postgres://keeper@127.0.0.1:9/library?sslpassword=swordfish",
    "postgres://keeper@127.0.0.1:9/library?sslMode=swordfish",
    "postgres://keeper@127.0.0.1:9/library?sslmode=swordfish",
    "postgres://keeper@127.0.0.1:9/library?port=swordfish",
    "postgres://keeper@127.0.0.1:9/library?hostaddr=swordfish",
    "postgres://keeper@127.0.0.1:9/library?swordfish%20=a",
    "postgres://keeper@127.0.0.1:9/library?sslmode=require&sslcert=swordfish&sslkey=swordfish",
    "postgres://keeper@127.0.0.1:9/library?options=-c%20a.token%3Dswordfish",
    "mongodb://keeper:swordfish@127.0.0.1:9/library",
    "mongodb://127.0.0.1:9/library?password=swordfish",
    "mysql://keeper:swordfish@127.0.0.1:9/library",
    "host=127.0.0.1 password=swordfish",
    "swordfish",
    "://swordfish",
];

/// What is done with the settings; each says them, checks them, or opens the stores.
const WORDS: [&[&str]; 8] = [
    &["config", "show"],
    &["config", "show", "--output=json"],
    &["config", "check"],
    &["serve", "--listen", "127.0.0.1:0", "--log-level", "trace"],
    &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"],
    &["events", "tail"],
    &["verify"],
    &["migrate"],
];

/// T109.
#[test]
fn no_place_of_a_secret_is_shown_however_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    for (number, url) in URLS.iter().enumerate() {
        for (turn, words) in WORDS.iter().enumerate() {
            let output = given(url, number + turn, folder.path(), words).output().unwrap();
            let said = said(&output);
            assert!(!said.contains(MARK), "{words:?} with {url} says:\n{said}");
            let code = output.status.code();
            assert!(matches!(code, Some(0 | 64 | 69)), "{words:?} with {url} ended with {code:?}:\n{said}");
        }
    }
}

/// One of the ways to give the URL of a store.
fn given(url: &str, way: usize, folder: &std::path::Path, words: &[&str]) -> Command {
    let (secret, settings) = (folder.join("secret"), folder.join("settings.toml"));
    fs::write(&secret, format!("{url}\n")).unwrap();
    let mut start = command(words);
    match way % 6 {
        0 => start.arg(format!("--store={url}")),
        1 => start.args(["--store", "sqlite:", "--tokens", url]).arg("--data").arg(folder.join("data")),
        2 => start.env("RENTAL__STORE__URL", url),
        3 => start.env("RENTAL__STORE__URL_FILE", &secret),
        given_in_file => {
            let line = match given_in_file {
                4 => format!("url = '{url}'"),
                _ => format!("url_file = '{}'", secret.display()),
            };
            fs::write(&settings, format!("[store]\n{line}\n")).unwrap();
            start.arg("--config").arg(&settings)
        }
    };
    start
}

/// Passwords are sometimes put where they do not belong.
#[test]
fn a_url_under_any_key_is_said_without_its_password() {
    let shown = command(&["config", "show", "--output=json"]).output().unwrap();
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    for key in shown.as_object().unwrap().keys() {
        let variable = format!("RENTAL__{}", key.replace('.', "__").replace('-', "_").to_uppercase());
        for words in [&["config", "show"][..], &["config", "check"]] {
            let url = format!("postgres://keeper:{MARK}@host/library?password={MARK}");
            let said = said(&command(words).env(&variable, url).output().unwrap());
            assert!(!said.contains(MARK), "{words:?} with {variable} says:\n{said}");
        }
    }
}

/// With everything the driver has to say about it.
#[test]
fn a_password_that_is_used_is_in_no_log() {
    let Some(schema) = Schema::fresh() else { return };
    let (account, place) = schema.url().rsplit_once('@').unwrap();
    let user = account.trim_start_matches("postgres://").split(':').next().unwrap();
    let url = format!("postgres://{user}:{MARK}@{place}?application_name={MARK}2&options=-c%20a.b%3D{MARK}");
    for words in [&["migrate"][..], &["verify"], &["events", "tail"]] {
        let mut start = command(words);
        start.args(["--log-level", "trace", "--store", &url]).env("RENTAL__STORE__SCHEMA", schema.name());
        let said = said(&start.output().unwrap());
        assert!(!said.contains(MARK), "{words:?} says:\n{said}");
    }
}

#[test]
fn a_parameter_that_would_have_no_effect_is_a_settings_error_that_names_it() {
    for (name, like) in [("sslMode", "`sslmode`"), ("sslpassword", "sslrootcert")] {
        let url = format!("postgres://keeper@127.0.0.1:9/library?{name}={MARK}");
        let output = command(&["serve", "--store", &url]).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(
            said.contains(&format!("--store: the URL of the database has the parameter `{name}`")),
            "{said}"
        );
        assert!(said.contains(like), "{said}");
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}
