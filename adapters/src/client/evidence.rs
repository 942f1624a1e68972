//! A service as evidence: its log, its processors and its lists, as anybody may read them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use application::archive::{Line, LineError};
use application::ports::event_store::{LogId, Position, Recorded};
use application::ports::token_store::{ProcessorName, Row, RowKey};
use application::reactions::{
    BEST_SELLERS, CATALOGUE, HANDLERS, PROCESSES, PUBLISH, partition_of, projections,
};
use application::services::Services;
use application::verify::{Evidence, Follower, Shown, VerifyError};
use async_trait::async_trait;
use domain::Month;

use super::asking::{PIECE, Piece, unreadable};
use super::operating::{DeadLetter, Processor};
use super::rows::{ShownBook, ShownPlace, ShownProcess, ShownRanking};
use super::{Client, ClientError};

/// A running service as evidence.
#[derive(Debug, Clone)]
pub struct HttpEvidence {
    client: Client,
}

type Take<'a> = &'a mut (dyn FnMut(Row) + Send);

impl HttpEvidence {
    /// What this client can see.
    #[must_use]
    pub const fn of(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Evidence for HttpEvidence {
    async fn services(&self) -> Result<Option<Services>, VerifyError> {
        let all = self.client.processors().await.map_err(failed("asking which services it has"))?;
        Ok(Some(Services::behind(all.iter().map(|processor| processor.name.as_str()))))
    }

    async fn log_id(&self) -> Result<LogId, VerifyError> {
        self.client.log_id().await.map_err(failed("asking which log it has"))
    }

    async fn followers(&self) -> Result<Vec<Follower>, VerifyError> {
        let failed = failed("asking how far the processors are");
        let before = self.client.processors().await.map_err(&failed)?;
        let letters = self.client.dead_letters().await.map_err(&failed)?;
        // Without a list of letters their number has to do, and it has to be of later than the positions.
        let after = match &letters {
            Some(_) => Vec::new(),
            None => self.client.processors().await.map_err(&failed)?,
        };
        let exchanging = before.iter().map(|processor| ProcessorName::stored(processor.name.clone()));
        let exchanging = exchanging.filter(|name| *name == PUBLISH || partition_of(name).is_some());
        let known = expected().chain(exchanging);
        let known = known.filter_map(|name| follower(&name, &before, letters.as_deref(), &after));
        Ok(known.chain(over_a_broker(&before)).collect())
    }

    async fn head(&self) -> Result<Position, VerifyError> {
        let head = self.client.last_position().await.map_err(failed("asking where the log ends"))?;
        Ok(Position::new(head))
    }

    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError> {
        let after = after.value().to_string();
        let piece: Result<Piece<Line>, ClientError> =
            self.client.piece(&["events"], &[("after", &after)], None).await;
        let events = piece.map_err(failed("reading the log"))?.items;
        let recorded: Result<_, _> = events.iter().map(Line::recorded).collect();
        recorded.map_err(|error: LineError| VerifyError::Evidence {
            doing: "reading the log",
            source: error.into(),
        })
    }

    async fn rows(
        &self,
        view: &ProcessorName,
        expected: &BTreeMap<RowKey, Row>,
        take: Take<'_>,
    ) -> Result<Shown, VerifyError> {
        let failed = failed("reading a view");
        if *view == CATALOGUE {
            return self.books(take).await.map_err(failed);
        }
        if *view == PROCESSES {
            return self.processes(take).await.map_err(failed);
        }
        if *view == BEST_SELLERS {
            return self.best_sellers(expected, take).await.map_err(failed);
        }
        Ok(Shown::Nothing("it is not shown over HTTP".to_owned()))
    }
}

impl HttpEvidence {
    async fn books(&self, take: Take<'_>) -> Result<Shown, ClientError> {
        self.each_piece("books", take, ShownBook::row).await
    }

    async fn processes(&self, take: Take<'_>) -> Result<Shown, ClientError> {
        self.each_piece("processes", take, ShownProcess::row).await
    }

    async fn each_piece<T: serde::de::DeserializeOwned>(
        &self,
        list: &str,
        take: Take<'_>,
        row: fn(T) -> Result<Row, application::ports::BoxError>,
    ) -> Result<Shown, ClientError> {
        let mut cursor = None::<String>;
        loop {
            let piece: Piece<T> = self.client.piece(&[list], &[], cursor.as_deref()).await?;
            for item in piece.items {
                take(row(item).map_err(|error| unreadable(list, error))?);
            }
            cursor = piece.next_cursor;
            if cursor.is_none() {
                return Ok(Shown::All);
            }
        }
    }

    /// A ranking shows the first places of a month only.
    async fn best_sellers(
        &self,
        expected: &BTreeMap<RowKey, Row>,
        take: Take<'_>,
    ) -> Result<Shown, ClientError> {
        let mut unseen = BTreeSet::new();
        for (month, counts) in months(expected) {
            let places = self.ranking(month).await?;
            let last = places.last().map_or(0, |place| place.count);
            if places.len() >= PIECE {
                let cut_off = counts.into_iter().filter(|(_, count)| *count <= last);
                unseen.extend(cut_off.map(|(key, _)| key));
            }
            for place in places {
                let row = place.row(month).map_err(|error| unreadable("best-sellers", error))?;
                unseen.remove(&row.key());
                take(row);
            }
        }
        let count = unseen.len();
        let which = || format!("{count} counts below the first {PIECE} of their month, which are not shown");
        Ok(if unseen.is_empty() { Shown::All } else { Shown::Except(unseen, which()) })
    }

    async fn ranking(&self, month: Month) -> Result<Vec<ShownPlace>, ClientError> {
        let (period, limit) = (month.to_string(), PIECE.to_string());
        let query = [("period", period.as_str()), ("limit", limit.as_str())];
        let ranking: ShownRanking = self.client.get(&["best-sellers"], &query).await?;
        Ok(ranking.items)
    }
}

/// The processors that a check wants to know of.
fn expected() -> impl Iterator<Item = ProcessorName> {
    let handlers = HANDLERS.into_iter().map(|(name, _)| name);
    handlers.chain(projections().into_iter().map(|(name, _)| name))
}

fn follower(
    name: &ProcessorName,
    before: &[Processor],
    letters: Option<&[DeadLetter]>,
    after: &[Processor],
) -> Option<Follower> {
    let processor = before.iter().find(|processor| processor.name == name.as_str())?;
    let ahead = processor.segments.iter().map(|segment| segment.position).max();
    let own = letters.unwrap_or_default().iter().filter(|letter| letter.processor == name.as_str());
    let counted =
        after.iter().find(|processor| processor.name == name.as_str()).map_or(0, Processor::letters);
    let unjudged = if processor.source != "LOG" && partition_of(name).is_none() {
        Some(format!("it reads {} and not the log", processor.source))
    } else if counted > 0 {
        Some(format!("it has {counted} dead letters, and this service does not offer /v1/dead-letters"))
    } else {
        None
    };
    Some(Follower {
        ahead: Position::new(ahead.unwrap_or_default().max(processor.position)),
        set_aside: own.map(|letter| Position::new(letter.position)).collect(),
        unjudged,
        ..Follower::at(name.clone(), Position::new(processor.position))
    })
}

/// Handlers that are not there since messages go over a broker: how far they are says nothing about the log.
fn over_a_broker(all: &[Processor]) -> impl Iterator<Item = Follower> {
    let has = |name: &ProcessorName| all.iter().any(|processor| processor.name == name.as_str());
    let gone = HANDLERS.into_iter().map(|(name, _)| name).filter(move |name| has(&PUBLISH) && !has(name));
    gone.map(|name| Follower {
        unjudged: Some("it reads topics and not the log".to_owned()),
        ..Follower::at(name, Position::START)
    })
}

/// The counts that are expected, by month.
fn months(expected: &BTreeMap<RowKey, Row>) -> HashMap<Month, Vec<(RowKey, u64)>> {
    let mut months: HashMap<Month, Vec<(RowKey, u64)>> = HashMap::new();
    for (key, row) in expected {
        if let Row::BestSeller(row) = row {
            months.entry(row.month).or_default().push((*key, row.count));
        }
    }
    months
}

fn failed(doing: &'static str) -> impl Fn(ClientError) -> VerifyError {
    move |error| VerifyError::Evidence { doing, source: error.into() }
}
