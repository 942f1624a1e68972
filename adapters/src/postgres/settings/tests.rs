//! What a URL says, and that nothing secret of it is shown.

use super::*;

const URL: &str = "postgres://kim:s3cr%21t@db.example:6543/library?sslmode=verify-full";

#[test]
fn a_url_says_where_the_server_is() {
    let settings = PostgresSettings::parse(URL).expect("it is one");
    assert_eq!(settings.place().to_string(), "db.example:6543/library");
    assert_eq!((settings.user(), settings.schema()), ("kim", "rental"));
}

/// Without a word from the environment.
const NOTHING: Variables = Variables { names_user: false, ssl_mode: None, port: None, host_addr: None };

fn read(url: &str) -> Result<PgConnectOptions, SettingsError> {
    url::read(url, &NOTHING)
}

fn place(url: &str) -> String {
    ServerName::of(&read(url).expect("it is one")).to_string()
}

#[test]
fn places_are_named_as_libpq_names_them() {
    for (url, named) in [
        ("postgres://kim@db.example/library", "db.example:5432/library"),
        ("postgresql://kim@db.example:6543", "db.example:6543/kim"),
        ("postgres://kim@[::1]:6543/library", "[::1]:6543/library"),
        ("postgres://kim@[2001:db8::1]/library", "[2001:db8::1]:5432/library"),
        ("postgres://[fe80::1%25eth0]:1/library", "[fe80::1%eth0]:1/library"),
        ("postgres://kim@/library?host=/run/db", "/run/db:5432/library"),
        ("postgres://kim@:6543/library?host=/run/db", "/run/db:6543/library"),
        ("postgres:///library?host=/run/db&port=7", "/run/db:7/library"),
        ("postgres://?host=/run/db&dbname=library", "/run/db:5432/library"),
        ("postgres://kim@%2Frun%2Fdb/library", "/run/db:5432/library"),
        ("postgres://kim@db.example/library?hostaddr=::1&host=other", "[::1]:5432/library"),
        ("postgres://db.example?dbname=library&user=kim", "db.example:5432/library"),
        ("postgres://kim@db.example:/", "db.example:5432/kim"),
        ("postgres://kim@db.example/a%40b", "db.example:5432/a@b"),
    ] {
        assert_eq!(place(url), named, "{url}");
    }
}

#[test]
fn a_url_without_a_user_is_of_whoever_runs_the_program() {
    let user = whoami::username().expect("somebody runs it");
    for url in ["postgres://db.example/library", "postgres://:s3cr!t@db.example/library"] {
        assert_eq!(read(url).expect("it is one").get_username(), user, "{url}");
    }
    let of_variable = Variables { names_user: true, ..NOTHING };
    let options = url::read("postgres://db.example/library", &of_variable).expect("it is one");
    assert_eq!(
        options.get_username(),
        PgConnectOptions::new().get_username(),
        "the driver knows the variable"
    );
}

#[test]
fn a_password_may_hold_what_does_not_end_it() {
    for (url, user) in [
        ("postgres://kim:a@b@db.example/library", "kim"),
        ("postgres://kim:a#b:c@db.example/library", "kim"),
        ("postgres://k%40m:%2F%3F@db.example/library?password=a@b+c", "k@m"),
    ] {
        let options = read(url).expect("it is one");
        assert_eq!((options.get_username(), options.get_host()), (user, "db.example"), "{url}");
    }
}

#[test]
fn options_are_taken_as_they_are() {
    for (url, options) in [
        ("postgres://db/l?options=-c%20jit%3Doff%20-c%20work_mem%3D1MB", "-c jit=off -c work_mem=1MB"),
        ("postgres://db/l?options[search_path]=a b&options[jit]=off", r"-c search_path=a\ b -c jit=off"),
    ] {
        assert_eq!(read(url).expect("it is one").get_options(), Some(options), "{url}");
    }
}

#[test]
fn a_parameter_that_would_have_no_effect_is_refused_by_its_name() {
    for (name, like) in [
        ("sslMode", " (did you mean `sslmode`?)"),
        ("SSL_MODE", " (did you mean `sslmode`?)"),
        ("sslpassword", ""),
        ("connect_timeout", ""),
        ("ssl", ""),
    ] {
        let url = format!("postgres://kim@db/library?application_name=a&{name}=s3cr!t");
        let refusal = read(&url).expect_err(name).to_string();
        assert!(
            refusal.contains(&format!("`{name}`, which is not known here{like}; there are")),
            "{refusal}"
        );
        assert!(!refusal.contains("s3cr"), "{refusal}");
    }
    read("postgres://kim@db/library?ssl=true").expect("it is `sslmode=require`, as for libpq");
}

/// Each of them could be a part of a password that was not percent-encoded.
#[test]
fn nothing_that_may_be_secret_is_shown() {
    for url in [
        "kim:s3cr!t@db",
        "postgres://kim:s3cr!t@[db/library",
        "postgres://kim:s3cr!t@[db]/library",
        "postgres://kim:s3cr!t@[::1]s3cr/library",
        "postgres://kim:s3cr!t@db:s3cr/library",
        "postgres://kim:s3cr!t@db:0/library",
        "postgres://kim:s3cr!t@a,b/library",
        "postgres://kim:5432/s3cr!t@db/library",
        "postgres://kim:5432?s3cr!t@db/library",
        "postgres://kim:5432?s3cr=!t@db/library",
        "postgres://kim:5432/x?s3cr=!t@db/library",
        "postgres://kim:5432?password=x@s3cr",
        "postgres://kim:%s3cr@db/library",
        "postgres://kim:%00s3cr@db/library",
        "postgres://kim:%ffs3cr@db/library",
        "postgres://kim@db/library?sslmode=s3cr",
        "postgres://kim@db/library?port=s3cr",
        "postgres://kim@db/library?hostaddr=s3cr",
        "postgres://kim@db/library?statement-cache-capacity=s3cr",
        "postgres://kim@db/library?s3cr!t=x",
        "postgres://kim@db/library?=s3cr",
        "postgres://kim@db/library?s3cr",
        "postgres://kim@/library?host=a,s3cr",
    ] {
        let refusal = read(url).expect_err(url);
        let shown = format!("{refusal} {refusal:?}");
        assert!(!shown.contains("s3cr"), "{url}: {shown}");
    }
    let settings = PostgresSettings::parse(URL).expect("it is one");
    let shown = format!("{settings:?} {}", settings.place());
    assert!(!shown.contains("s3cr"), "{shown}");
}

#[test]
fn a_variable_that_cannot_be_is_not_passed_over() {
    let url = "postgres://kim@db/library";
    let mode = |mode: &str| Variables { ssl_mode: Some(mode.to_owned()), ..NOTHING };
    url::read(url, &mode("verify-full")).expect("it is one");
    for (variables, name) in [
        (mode("verifyfull"), "PGSSLMODE"),
        (Variables { port: Some("x".to_owned()), ..NOTHING }, "PGPORT"),
        (Variables { host_addr: Some("db".to_owned()), ..NOTHING }, "PGHOSTADDR"),
    ] {
        let refusal = url::read(url, &variables).expect_err(name).to_string();
        assert!(refusal.contains(name), "{refusal}");
    }
}

#[test]
fn a_schema_is_a_plain_name() {
    for good in ["rental", "r", "a_1", &"x".repeat(63)] {
        let settings = PostgresSettings::parse(URL).expect("it is one");
        assert_eq!(settings.in_schema(good).expect("it is a name").schema(), good);
    }
    for bad in ["", "Rental", "1a", "pg_rental", "a b", "a\"b", "a;b", "ä", &"x".repeat(64)] {
        let settings = PostgresSettings::parse(URL).expect("it is one");
        assert!(settings.in_schema(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_limit_is_never_none() {
    assert_eq!(milliseconds(Duration::ZERO), "1");
    assert_eq!(milliseconds(Duration::from_secs(2)), "2000");
    assert_eq!(milliseconds(Duration::MAX), i32::MAX.to_string());
}

#[test]
fn an_address_of_the_environment_counts_for_more_than_a_name_and_less_than_an_address_in_the_url() {
    let variables = Variables { host_addr: Some("127.0.0.9".to_owned()), ..NOTHING };
    let host = |url| url::read(url, &variables).expect("it is one").get_host().to_owned();
    assert_eq!(host("postgres://kim@db/library"), "127.0.0.9");
    assert_eq!(host("postgres://kim@db/library?hostaddr=127.0.0.7"), "127.0.0.7");
}
