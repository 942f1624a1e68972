//! What was asked for, under which key, and what was answered: held against the next process and against the log.

use std::collections::{BTreeMap, BTreeSet};

use application::ports::event_store::Recorded;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::asking::{Answer, Desk};

/// How many are asked again at once.
const AT_ONCE: usize = 16;

/// A command as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) body: Value,
    /// The type of the event that it leaves; none when it may find that there is nothing to do, and says no more than
    /// how it is: such answers are not held against anything.
    pub(crate) leaves: Option<&'static str>,
}

/// What came of it, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Came {
    /// Done, and said so.
    Acknowledged(Answer),
    /// There was nothing to do, or it was refused: no event.
    Nothing,
    /// No answer, or one that does not say.
    Unknown,
}

/// A command and what came of it.
pub(crate) type Entry = (Asked, Came);

/// Everything that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    /// Their first answer was lost, and asked again they were refused, which leaves the key free: a node that still has
    /// the first request in hand may do it after that.
    free: Vec<Asked>,
    /// How many answers were lost, and of these, how many had been done.
    pub(crate) lost: u64,
    pub(crate) lost_and_done: u64,
    /// How many were refused at one node and done after that, by the one that still had them in hand.
    pub(crate) refused_and_done: u64,
}

impl Asked {
    /// Sends it once.
    pub(crate) async fn send(&self, desk: &Desk) -> Came {
        match desk.post(&self.path, &self.key, &self.body).await {
            Some(answer) if answer.status < 300 && self.leaves.is_some() => {
                Came::Acknowledged(Answer { replayed: false, ..answer })
            }
            Some(answer) if answer.status < 500 => Came::Nothing,
            Some(answer) => {
                assert_eq!(answer.status, 503, "{self:?}: {}", answer.text);
                Came::Unknown
            }
            None => Came::Unknown,
        }
    }

    /// Sends it to two nodes at once. What either of them has done is what came of it, and both say the same of that.
    pub(crate) async fn send_to_both(&self, desk: &Desk, other: &Desk) -> Came {
        let (here, there) = tokio::join!(self.send(desk), self.send(other));
        match (here, there) {
            (Came::Acknowledged(here), Came::Acknowledged(there)) => {
                assert_eq!(here.json()["position"], there.json()["position"], "done twice: {self:?}");
                Came::Acknowledged(here)
            }
            (Came::Acknowledged(done), _) | (_, Came::Acknowledged(done)) => Came::Acknowledged(done),
            (Came::Unknown, _) | (_, Came::Unknown) => Came::Unknown,
            (Came::Nothing, Came::Nothing) => Came::Nothing,
        }
    }

    /// Sends it again, since its first answer was lost, and makes sure that it was or is done once.
    async fn recovered(self, desk: &Desk) -> (Entry, bool) {
        let first = desk.post(&self.path, &self.key, &self.body).await.expect("an answer");
        if first.status >= 400 || self.leaves.is_none() {
            assert!(first.status < 500, "{self:?}: {}", first.text);
            return ((self, Came::Nothing), false);
        }
        let was_done = first.replayed;
        let came = Came::Acknowledged(Answer { replayed: false, ..first });
        self.clone().confirmed(came.clone(), desk).await;
        ((self, came), was_done)
    }

    /// Sends it again: the answer is the first one, and says so.
    async fn confirmed(self, came: Came, desk: &Desk) {
        if let Came::Acknowledged(first) = came {
            let again = desk.post(&self.path, &self.key, &self.body).await.expect("an answer");
            assert_eq!(again, Answer { replayed: true, ..first }, "{self:?}");
        }
    }
}

impl Ledger {
    /// How many commands were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.entries.iter().filter(|(_, came)| matches!(came, Came::Acknowledged(_))).count()
    }

    /// Takes what came before a process was killed, and asks the next one for all of it: what was acknowledged is
    /// answered as before, and what got no answer is done now, if it was not before.
    pub(crate) async fn take(&mut self, entries: Vec<Entry>, desk: &Desk) {
        let (unknown, known): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|(_, came)| *came == Came::Unknown);
        self.lost += unknown.len() as u64;
        let recovered =
            in_turn(unknown, desk, |(asked, _), desk| async move { asked.recovered(&desk).await });
        for (entry, was_done) in recovered.await {
            self.lost_and_done += u64::from(was_done);
            self.keep(entry);
        }
        confirm(known.clone(), desk).await;
        self.entries.extend(known);
    }

    /// Asks once more for what was refused after its first answer was lost: what a node did since then is answered as
    /// done before.
    pub(crate) async fn ask_free_again(&mut self, desk: &Desk) {
        let free = std::mem::take(&mut self.free);
        let recovered = in_turn(free, desk, |asked, desk| async move { asked.recovered(&desk).await });
        for (entry, was_done) in recovered.await {
            self.refused_and_done += u64::from(was_done);
            self.keep(entry);
        }
    }

    fn keep(&mut self, entry: Entry) {
        match entry {
            (asked, Came::Nothing) if asked.leaves.is_some() => self.free.push(asked),
            known => self.entries.push(known),
        }
    }

    /// Asks for some of all that was ever asked for, evenly chosen.
    pub(crate) async fn confirm_some(&self, count: usize, desk: &Desk) {
        let step = (self.entries.len() / count).max(1);
        confirm(self.entries.iter().step_by(step).cloned().collect(), desk).await;
    }

    /// Every acknowledged command has left its event where its answer says, and no event of these kinds is there that
    /// nobody was told of.
    pub(crate) fn stands_in(&self, log: &[Recorded]) {
        let mut told: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for (asked, came) in &self.entries {
            if let (Some(leaves), Came::Acknowledged(answer)) = (asked.leaves, came) {
                let position = answer.json()["position"].as_u64().unwrap();
                let is_new = told.entry(leaves).or_default().insert(position);
                assert!(is_new, "two commands were told the place {position}: {asked:?}");
            }
        }
        let mut found: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for event in log {
            if let Some((kind, _)) = told.get_key_value(event.kind.as_str())
                && is_first(event)
            {
                found.entry(kind).or_default().insert(event.position.value());
            }
        }
        for (kind, told) in &told {
            let found = found.get(kind).cloned().unwrap_or_default();
            let lost: Vec<_> = told.difference(&found).collect();
            let unasked: Vec<_> = found.difference(told).collect();
            assert!(
                lost.is_empty() && unasked.is_empty(),
                "{kind}: lost {lost:?}, without a command {unasked:?}"
            );
        }
    }
}

/// Whether somebody at the desk asked for it; what handlers do names the event that it follows.
fn is_first(event: &Recorded) -> bool {
    let metadata: Value = serde_json::from_slice(&event.metadata).unwrap();
    metadata.get("causation").is_none_or(Value::is_null)
}

async fn confirm(entries: Vec<Entry>, desk: &Desk) {
    in_turn(entries, desk, |(asked, came), desk| async move { asked.confirmed(came, &desk).await }).await;
}

/// Does something with each, a few at once.
async fn in_turn<T, R, F>(all: Vec<T>, desk: &Desk, work: impl Fn(T, Desk) -> F) -> Vec<R>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let (mut running, mut done) = (JoinSet::new(), Vec::new());
    for one in all {
        if running.len() >= AT_ONCE {
            done.extend(running.join_next().await.transpose().unwrap());
        }
        running.spawn(work(one, desk.clone()));
    }
    done.extend(running.join_all().await);
    done
}
