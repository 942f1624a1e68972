//! How the shape of a processor is changed, in whatever tables it stands: its segments, and a generation that grows
//! beside the live one until it takes over.

use application::ports::event_store::Position;
use application::ports::message_source::Token;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};

use super::segments::{
    Reshaped, StoredSegment, check_switch, merge as merged, missing, reset as moved, split as halved, unknown,
};

/// Which generations a processor has. A number is never given out twice, so a claim on a dropped one can never fit
/// again.
#[derive(Debug)]
pub(crate) struct Generations {
    pub(crate) desired: Desired,
    pub(crate) live: Generation,
    pub(crate) rebuilding: Option<Generation>,
    pub(crate) newest: Generation,
}

/// The tables of one processor within a transaction.
pub(crate) trait ProcessorTables: Send {
    type Error: From<TokenError> + Send;

    fn name(&self) -> &ProcessorName;

    /// Adds the processor without segments, and says whether it was missing.
    fn add(&mut self) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Nobody else changes the processor's shape until the transaction ends; none for one that is not known.
    fn lock(&mut self) -> impl Future<Output = Result<Option<Generations>, Self::Error>> + Send;

    fn save(&mut self, found: &Generations) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// By segment; none of a generation that is not there. No commit on one of them is made until the transaction ends,
    /// if any of them is changed.
    fn segments(
        &mut self,
        number: Generation,
    ) -> impl Future<Output = Result<Vec<StoredSegment>, Self::Error>> + Send;

    /// Adds an empty generation.
    fn begin(&mut self, number: Generation) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Adds segments that nobody holds.
    fn put(
        &mut self,
        number: Generation,
        segments: &[StoredSegment],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    fn remove(
        &mut self,
        number: Generation,
        segments: &[Segment],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Ends all claims on a generation.
    fn release(&mut self, number: Generation) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Nobody finds a segment or a letter of it any more. Its rows stay: there may be more than one transaction can
    /// remove in its time.
    fn end(&mut self, number: Generation) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Whether a letter is parked or abandoned.
    fn is_letter_waiting(
        &mut self,
        number: Generation,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Removes parked and abandoned letters of events beyond a position, and says how many there were.
    fn drop_letters_beyond(
        &mut self,
        number: Generation,
        position: Position,
    ) -> impl Future<Output = Result<usize, Self::Error>> + Send;
}

/// Makes a processor known, or adds the segments that it lacks.
pub(crate) async fn register<T: ProcessorTables>(
    tables: &mut T,
    wanted: &[(Segment, Token)],
) -> Result<(), T::Error> {
    if tables.add().await? {
        return begin(tables, Generation::default(), &missing(&[], wanted)).await;
    }
    let found = lock(tables).await?;
    for number in [Some(found.live), found.rebuilding].into_iter().flatten() {
        let missing = missing(&tables.segments(number).await?, wanted);
        tables.put(number, &missing).await?;
    }
    Ok(())
}

pub(crate) async fn start_rebuild<T: ProcessorTables>(
    tables: &mut T,
    first: Token,
) -> Result<Generation, T::Error> {
    let mut found = lock(tables).await?;
    if let Some(running) = found.rebuilding {
        return Ok(running);
    }
    let places = tables.segments(found.live).await?;
    found.newest = Generation(found.newest.0 + 1);
    found.rebuilding = Some(found.newest);
    begin(tables, found.newest, &all_at(places.iter().map(|place| place.segment), first)).await?;
    tables.save(&found).await?;
    Ok(found.newest)
}

pub(crate) async fn switch<T: ProcessorTables>(tables: &mut T, force: bool) -> Result<(), T::Error> {
    let mut found = lock(tables).await?;
    let next = rebuilding(tables, &mut found)?;
    let (places, fresh) = (tables.segments(found.live).await?, tables.segments(next).await?);
    let is_letter_waiting = tables.is_letter_waiting(next).await?;
    check_switch(tables.name(), &places, &fresh, is_letter_waiting, force)?;
    tables.end(found.live).await?;
    tables.release(next).await?;
    found.live = next;
    tables.save(&found).await
}

pub(crate) async fn begin_anew<T: ProcessorTables>(tables: &mut T, first: Token) -> Result<(), T::Error> {
    let mut found = lock(tables).await?;
    let segments = tables.segments(found.live).await?.into_iter().map(|place| place.segment).collect();
    if let Some(dropped) = found.rebuilding.take() {
        end(tables, dropped).await?;
    }
    tables.end(found.live).await?;
    found.newest = Generation(found.newest.0 + 1);
    found.live = found.newest;
    begin(tables, found.newest, &all_at(Segment::made_whole(segments), first)).await?;
    tables.save(&found).await
}

/// Answers how many letters went.
pub(crate) async fn reset<T: ProcessorTables>(tables: &mut T, to: Token) -> Result<usize, T::Error> {
    let found = lock(tables).await?;
    let stood = tables.segments(found.live).await?;
    let moved = moved(tables.name(), &found.desired, &stood, found.rebuilding.is_some(), to)?;
    let gone: Vec<_> = stood.iter().map(|place| place.segment).collect();
    tables.remove(found.live, &gone).await?;
    tables.put(found.live, &moved).await?;
    tables.drop_letters_beyond(found.live, to.position).await
}

pub(crate) async fn cancel_rebuild<T: ProcessorTables>(tables: &mut T) -> Result<(), T::Error> {
    let mut found = lock(tables).await?;
    let dropped = rebuilding(tables, &mut found)?;
    end(tables, dropped).await?;
    tables.save(&found).await
}

/// Splits a segment in two.
pub(crate) async fn split<T: ProcessorTables>(
    tables: &mut T,
    segment: Segment,
) -> Result<(Segment, Segment), T::Error> {
    let (found, places) = live(tables).await?;
    let reshaped = halved(tables.name(), &places, found.rebuilding.is_some(), segment)?;
    let [even, odd] = reshape(tables, found.live, reshaped).await?;
    Ok((even, odd))
}

/// Joins a segment with its sibling.
pub(crate) async fn merge<T: ProcessorTables>(tables: &mut T, segment: Segment) -> Result<Segment, T::Error> {
    let (found, places) = live(tables).await?;
    let reshaped = merged(tables.name(), &places, found.rebuilding.is_some(), segment)?;
    let [whole] = reshape(tables, found.live, reshaped).await?;
    Ok(whole)
}

async fn live<T: ProcessorTables>(tables: &mut T) -> Result<(Generations, Vec<StoredSegment>), T::Error> {
    let found = lock(tables).await?;
    let places = tables.segments(found.live).await?;
    Ok((found, places))
}

async fn reshape<T: ProcessorTables, const GONE: usize, const NEW: usize>(
    tables: &mut T,
    number: Generation,
    reshaped: Reshaped<GONE, NEW>,
) -> Result<[Segment; NEW], T::Error> {
    tables.remove(number, &reshaped.gone).await?;
    tables.put(number, &reshaped.new).await?;
    Ok(reshaped.new.map(|place| place.segment))
}

async fn lock<T: ProcessorTables>(tables: &mut T) -> Result<Generations, T::Error> {
    let found = tables.lock().await?;
    found.ok_or_else(|| unknown(tables.name(), "the name").into())
}

/// The generation that grows, which then does so no more.
fn rebuilding<T: ProcessorTables>(tables: &T, found: &mut Generations) -> Result<Generation, TokenError> {
    found.rebuilding.take().ok_or_else(|| unknown(tables.name(), "a rebuild"))
}

async fn begin<T: ProcessorTables>(
    tables: &mut T,
    number: Generation,
    segments: &[StoredSegment],
) -> Result<(), T::Error> {
    tables.begin(number).await?;
    tables.put(number, segments).await
}

/// Whoever commits to one of its segments is waited for, or finds it gone.
async fn end<T: ProcessorTables>(tables: &mut T, number: Generation) -> Result<(), T::Error> {
    tables.segments(number).await?;
    tables.end(number).await
}

fn all_at(segments: impl IntoIterator<Item = Segment>, first: Token) -> Vec<StoredSegment> {
    segments.into_iter().map(|segment| StoredSegment::at(segment, first)).collect()
}
