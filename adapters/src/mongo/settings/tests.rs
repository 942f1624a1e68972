//! What a URL says, and that nothing secret of it is shown.

use super::*;

const URL: &str = "mongodb://kim:s3cr%21t@db1.example:6543,db2.example/library?replicaSet=rs0&tls=true";

fn refusal(url: &str) -> UrlError {
    MongoSettings::parse(url).expect_err(url)
}

#[test]
fn a_url_says_where_the_servers_are() {
    let settings = MongoSettings::parse(URL).expect("it is one");
    assert_eq!(settings.place(), "db1.example:6543,db2.example:27017/library");
    assert_eq!((settings.user(), settings.database()), (Some("kim"), "library"));
    for url in ["mongodb://db", "mongodb://db/", "mongodb://db?replicaSet=rs0", "mongodb://db/?appName=a"] {
        assert_eq!(MongoSettings::parse(url).expect(url).place(), "db:27017/rental", "{url}");
    }
    assert_eq!(settings.in_database("other").expect("a name").database(), "other");
}

#[test]
fn a_parameter_that_is_not_known_is_refused_by_its_name_and_without_its_value() {
    for name in
        ["maxPoolSize", "socketTimeoutMS", "proxyPassword", "replicaset_", "wtimeoutMS", "compressors"]
    {
        let shown = refusal(&format!("mongodb://kim@db/library?appName=a&{name}=s3cr!t")).to_string();
        let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric());
        assert_eq!(shown.contains(&format!("`{name}`")), is_plain, "{shown}");
        assert!(!shown.contains("s3cr"), "{shown}");
    }
}

#[test]
fn less_than_the_majority_is_refused() {
    for (parameter, name) in [
        ("w=1", "w"),
        ("W=0", "w"),
        ("journal=false", "journal"),
        ("readConcernLevel=local", "readConcernLevel"),
        ("readPreference=secondary", "readPreference"),
        ("retryWrites=false", "retryWrites"),
    ] {
        let refusal = refusal(&format!("mongodb://db/library?{parameter}"));
        assert!(matches!(refusal, UrlError::Weaker { name: found, .. } if found == name), "{refusal}");
    }
    let strong = "mongodb://db/library?retryWrites=true&w=majority&journal=true&readPreference=primary";
    MongoSettings::parse(strong).expect("it is what holds anyway");
}

/// Each of them could be a part of a password that was not percent-encoded.
#[test]
fn nothing_that_may_be_secret_is_shown() {
    for url in [
        "kim:s3cr!t@db",
        "mongodb+srv://kim:s3cr!t@db/library",
        "mongodb://kim:s3cr!t@[db/library",
        "mongodb://kim:s3cr!t@db:s3cr/library",
        "mongodb://kim:s3cr!t@db:0/library",
        "mongodb://kim:5432/s3cr!t@db/library",
        "mongodb://kim:5432?s3cr!t@db/library",
        "mongodb://kim:5432?s3cr=!t@db/library",
        "mongodb://kim:5432?appName=x@s3cr",
        "mongodb://kim:%s3cr@db/library",
        "mongodb://kim@db/library?tls=s3cr",
        "mongodb://kim@db/library?w=s3cr",
        "mongodb://kim@db/library?authMechanism=s3cr",
        "mongodb://kim@db/library?s3cr!t=x",
        "mongodb://kim@db/library?=s3cr",
        "mongodb://kim@db/library?s3cr",
        "mongodb://kim@db/s3cr t",
        "mongodb://kim@/library",
    ] {
        let refusal = refusal(url);
        let shown = format!("{refusal} {refusal:?}");
        assert!(!shown.contains("s3cr"), "{url}: {shown}");
    }
    let settings = MongoSettings::parse(URL).expect("it is one");
    let shown = format!("{settings:?} {}", settings.place());
    assert!(!shown.contains("s3cr"), "{shown}");
}

#[test]
fn a_database_is_a_plain_name() {
    for good in ["rental", "R-1_a", &"x".repeat(50)] {
        let settings = MongoSettings::parse(URL).expect("it is one");
        assert_eq!(settings.in_database(good).expect("it is a name").database(), good);
    }
    for bad in ["", "a b", "a.b", "a$b", "a/b", "ä", &"x".repeat(51)] {
        let settings = MongoSettings::parse(URL).expect("it is one");
        assert!(settings.in_database(bad).is_err(), "{bad}");
    }
}
