//! Writes placed events, many rows in one statement, and commits with the last of them.

use std::sync::LazyLock;

use application::ports::event_store::Recorded;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, SqliteConnection};

use super::rows;
use crate::sqlite::connection::Failure;

/// The most rows of one statement.
const ROWS_MAX: usize = 256;
/// About how many bytes one statement takes, so that a large call needs no second copy of its own size.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Statements with room for 1, 2, 4 … rows: few enough to stay prepared, and rows that are not bound cost next to
/// nothing.
static STATEMENTS: LazyLock<Statements> = LazyLock::new(Statements::new);

struct Statements {
    plain: Vec<String>,
    committing: Vec<String>,
    /// A transaction of its own each.
    whole: Vec<String>,
}

impl Statements {
    fn new() -> Self {
        let sizes = (0..=ROWS_MAX.ilog2()).map(|power| 1usize << power);
        let plain: Vec<String> = sizes.map(statement).collect();
        let committing: Vec<_> = plain.iter().map(|insert| format!("{insert};\ncommit")).collect();
        let whole = committing.iter().map(|insert| format!("begin immediate;\n{insert}")).collect();
        Self { plain, committing, whole }
    }
}

fn with_room_for(rows: usize, all: &'static [String]) -> &'static str {
    &all[rows.next_power_of_two().ilog2() as usize]
}

fn statement(rows: usize) -> String {
    let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = vec![row; rows].join(", ");
    format!("{}{values}\n) where column1 is not null", include_str!("../sql/log/insert_events.sql"))
}

/// Writes the events and commits; without events only commits.
pub(super) async fn and_commit(
    connection: &mut SqliteConnection,
    placed: &[Recorded],
) -> Result<(), Failure> {
    if placed.is_empty() {
        return commit(connection).await;
    }
    let mut left = placed;
    while !left.is_empty() {
        let (some, rest) = left.split_at(fitting(left));
        let all = if rest.is_empty() { &STATEMENTS.committing } else { &STATEMENTS.plain };
        let statement = with_room_for(some.len(), all);
        let done = sqlx::query_with(statement, values(some)?).execute(&mut *connection).await;
        if rest.is_empty() {
            done.map_err(Failure::of_commit)?
        } else {
            done?
        };
        left = rest;
    }
    Ok(())
}

/// Writes the events in a transaction that nothing else is done in: of few events in a single round trip.
pub(super) async fn alone(connection: &mut SqliteConnection, placed: Vec<Recorded>) -> Result<(), Failure> {
    if placed.is_empty() {
        return Ok(());
    }
    if fitting(&placed) < placed.len() {
        sqlx::query("begin immediate").execute(&mut *connection).await?;
        return and_commit(connection, &placed).await;
    }
    let statement = with_room_for(placed.len(), &STATEMENTS.whole);
    sqlx::query_with(statement, values(&placed)?).execute(connection).await.map_err(Failure::of_commit)?;
    Ok(())
}

async fn commit(connection: &mut SqliteConnection) -> Result<(), Failure> {
    sqlx::query("commit").execute(connection).await.map_err(Failure::of_commit)?;
    Ok(())
}

/// How many of the first events go into one statement; one at least.
fn fitting(placed: &[Recorded]) -> usize {
    let mut bytes = 0;
    let fits = |placed: &&Recorded| {
        bytes += placed.bytes();
        bytes <= BYTES_MAX
    };
    placed.iter().take(ROWS_MAX).take_while(fits).count().max(1)
}

fn values(placed: &[Recorded]) -> Result<SqliteArguments, Failure> {
    let mut values = SqliteArguments::default();
    for event in placed {
        let command = event.command.map(|command| command.uuid().into_bytes().to_vec());
        let added = values
            .add(rows::number(event.position.value()))
            .and_then(|()| values.add(event.stream.as_str()))
            .and_then(|()| values.add(rows::number(event.version.value())))
            .and_then(|()| values.add(event.id.uuid().into_bytes().to_vec()))
            .and_then(|()| values.add(command))
            .and_then(|()| values.add(event.kind.as_str()))
            .and_then(|()| values.add(event.revision))
            .and_then(|()| values.add(&event.payload[..]))
            .and_then(|()| values.add(&event.metadata[..]))
            .and_then(|()| values.add(event.occurred_at.as_microsecond()));
        added.map_err(Failure::contradiction)?;
    }
    Ok(values)
}
