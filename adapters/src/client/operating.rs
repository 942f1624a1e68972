//! What operators see: processors and dead letters.

use serde::Deserialize;

use super::asking::Piece;
use super::{Client, ClientError};

/// How a processor stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Processor {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub source: String,
    /// It has passed everything up to here.
    pub position: u64,
    /// How many events it has still to pass.
    pub lag_events: u64,
    /// Its segments.
    pub segments: Vec<Segment>,
    /// Letters that wait for a retry.
    pub parked: u64,
    /// Letters not tried any more by themselves.
    pub abandoned: u64,
    /// Letters that were rejected.
    pub rejected: u64,
}

/// A part of a processor's work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Segment {
    /// How far it is.
    pub position: u64,
}

/// An event that could not be handled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeadLetter {
    /// Whose.
    pub processor: String,
    /// Where the event stands in the log.
    pub position: u64,
}

impl Processor {
    /// How many letters it has, of all kinds.
    #[must_use]
    pub const fn letters(&self) -> u64 {
        self.parked + self.abandoned + self.rejected
    }
}

impl Client {
    /// All processors.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn processors(&self) -> Result<Vec<Processor>, ClientError> {
        let piece: Piece<Processor> = self.get(&["processors"], &[]).await?;
        Ok(piece.items)
    }

    /// All dead letters; none when the service does not offer them.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn dead_letters(&self) -> Result<Option<Vec<DeadLetter>>, ClientError> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query: Vec<(&str, &str)> = cursor.iter().map(|cursor| ("cursor", cursor.as_str())).collect();
            let piece: Piece<DeadLetter> = match self.get(&["dead-letters"], &query).await {
                Ok(piece) => piece,
                Err(error) if error.problem().is_some_and(|problem| problem.status == 404) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            all.extend(piece.items);
            cursor = piece.next_cursor;
            if cursor.is_none() {
                return Ok(Some(all));
            }
        }
    }
}
