//! Servers that tests need: their addresses come from the environment, and from nowhere else.

use std::io::Write;

/// The variable with the servers that have to be there, with commas between them.
const REQUIRED: &str = "REQUIRE_SERVERS";

/// The URL of a Postgres server whose user may make schemas and roles; none, and a line that says so, when there is
/// none.
///
/// # Panics
/// When there is none and `REQUIRE_SERVERS` names `postgres`.
#[must_use]
pub fn postgres() -> Option<String> {
    server("postgres", "DATABASE_URL")
}

/// The URL of a MongoDB replica set of tests, which has fail points and whose user may do everything; none, and a line
/// that says so, when there is none.
///
/// # Panics
/// When there is none and `REQUIRE_SERVERS` names `mongo`.
#[must_use]
pub fn mongo() -> Option<String> {
    server("mongo", "MONGO_URL")
}

/// The address of a Kafka broker on which topics may be made; none, and a line that says so, when there is none.
///
/// # Panics
/// When there is none and `REQUIRE_SERVERS` names `kafka`.
#[must_use]
pub fn kafka() -> Option<String> {
    server("kafka", "KAFKA_BROKERS")
}

fn server(name: &str, address: &str) -> Option<String> {
    let found = variable(address);
    if found.is_none() {
        do_without(name, address);
    }
    found
}

/// A test that cannot run says so past the harness, which would keep the line to itself.
fn do_without(name: &str, address: &str) {
    let required = variable(REQUIRED).unwrap_or_default();
    let is_required = required.split(',').any(|required| required.trim() == name);
    assert!(!is_required, "{REQUIRED} names {name}, and {address} is not set");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Whoever closed the output does not want to know.
    let _ = writeln!(std::io::stderr().lock(), "{test} did not run: {address} is not set");
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where tests look for servers")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
