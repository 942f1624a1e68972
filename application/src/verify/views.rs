//! I8: the rows of every view are what its projection makes of the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Evidence, Follower, Invariant, Report, Shown, VerifyError};
use crate::ports::event_store::Position;
use crate::ports::token_store::{ProcessorName, Row, RowKey};
use crate::processing::{DecodedEvent, Projection};
use crate::reactions::projections;
use crate::services::Services;

/// Every view, made again beside the live one.
#[derive(Default)]
pub(super) struct Views {
    all: Vec<Rebuilt>,
}

struct Rebuilt {
    name: ProcessorName,
    projection: Arc<dyn Projection>,
    /// It is made again up to here.
    reached: Position,
    /// No part of it was further than this when the check began.
    ahead: Position,
    /// Whether some of it has gone on since the check began.
    moved_on: bool,
    rows: BTreeMap<RowKey, Row>,
    /// Rows that later events change: whoever reads them may find them before or after that.
    moved: BTreeSet<RowKey>,
    /// Rows that are not the same here and there.
    differing: BTreeSet<RowKey>,
    /// What cannot be judged of it, and whether that is all.
    left_out: Vec<String>,
    unjudged: bool,
}

impl Views {
    /// The views of these services, to be made again up to where they are.
    pub(super) fn up_to(services: Services, followers: &[Follower]) -> Self {
        let own = projections().into_iter().filter(|(name, _)| services.have(name));
        let all = own.map(|(name, projection)| {
            let follower = followers.iter().find(|follower| follower.name == name);
            Rebuilt::of(name, projection, follower)
        });
        Self { all: all.collect() }
    }

    pub(super) fn see(&mut self, happened: &DecodedEvent) {
        self.all.iter_mut().for_each(|view| view.see(happened));
    }

    /// Compares each with what readers see.
    pub(super) async fn compare(&mut self, evidence: &dyn Evidence) -> Result<(), VerifyError> {
        for view in self.all.iter_mut().filter(|view| !view.unjudged) {
            view.compare(evidence).await?;
        }
        Ok(())
    }

    /// Finds out which rows may have changed while they were compared. `end` is how far the log was seen.
    pub(super) async fn leave_out_what_moved(
        &mut self,
        evidence: &dyn Evidence,
        end: Position,
    ) -> Result<(), VerifyError> {
        let now = evidence.followers().await?;
        for view in &mut self.all {
            view.moved_on =
                now.iter().any(|follower| follower.name == view.name && view.was_behind(follower));
        }
        let views = now.iter().filter(|follower| self.all.iter().any(|view| view.name == follower.name));
        let until = views.map(|follower| follower.ahead).max().unwrap_or_default();
        let mut after = end;
        while after < until {
            let page = evidence.log(after).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for recorded in page {
                self.see(&DecodedEvent::read(recorded)?);
            }
        }
        Ok(())
    }

    pub(super) fn judge(self, report: &mut Report) {
        self.all.into_iter().for_each(|view| view.judge(report));
    }
}

impl Rebuilt {
    fn of(name: ProcessorName, projection: Arc<dyn Projection>, follower: Option<&Follower>) -> Self {
        let why = match follower {
            None => Some("it is not known here".to_owned()),
            Some(follower) if !follower.set_aside.is_empty() => {
                Some(format!("it has set {} events aside", follower.set_aside.len()))
            }
            Some(follower) => follower.unjudged.clone(),
        };
        Self {
            reached: follower.map(|follower| follower.reached).unwrap_or_default(),
            ahead: follower.map(|follower| follower.ahead).unwrap_or_default(),
            moved_on: false,
            unjudged: why.is_some(),
            left_out: why.map(|why| format!("the view {name}: {why}")).into_iter().collect(),
            name,
            projection,
            rows: BTreeMap::new(),
            moved: BTreeSet::new(),
            differing: BTreeSet::new(),
        }
    }

    /// Whether it has gone on by the time that this was found.
    fn was_behind(&self, now: &Follower) -> bool {
        now.reached > self.reached || now.ahead > self.ahead
    }

    /// Takes in an event, whether the projection asks for its type or not: when one is missing in what it asks for, its
    /// processor passes over what changes a row.
    fn see(&mut self, happened: &DecodedEvent) {
        if self.unjudged {
            return;
        }
        let Some(key) = self.projection.row(&happened.event) else { return };
        if happened.recorded.position > self.reached {
            if self.projection.wanted().contains(&happened.recorded.kind.as_str()) {
                self.moved.insert(key);
            }
            return;
        }
        let old = self.rows.remove(&key);
        if let Some(row) = self.projection.apply(old, happened) {
            self.rows.insert(key, row);
        }
    }

    async fn compare(&mut self, evidence: &dyn Evidence) -> Result<(), VerifyError> {
        let (mut met, mut differing) = (BTreeSet::new(), BTreeSet::new());
        let rows = &self.rows;
        let mut take = |row: Row| {
            let key = row.key();
            if !met.insert(key) || rows.get(&key) != Some(&row) {
                differing.insert(key);
            }
        };
        let unseen = match evidence.rows(&self.name, rows, &mut take).await? {
            Shown::All => BTreeSet::new(),
            Shown::Except(unseen, which) => {
                self.left_out.push(format!("of the view {}: {which}", self.name));
                unseen
            }
            Shown::Nothing(why) => {
                self.left_out.push(format!("the view {}: {why}", self.name));
                self.unjudged = true;
                return Ok(());
            }
        };
        differing.extend(rows.keys().filter(|key| !met.contains(key) && !unseen.contains(key)));
        self.differing = differing;
        Ok(())
    }

    fn judge(self, report: &mut Report) {
        for key in self.differing.difference(&self.moved) {
            report
                .violated(Invariant::Views, format!("row {key:?} of {} is not what the log says", self.name));
        }
        report.unjudged.extend(self.left_out);
        if !self.moved.is_empty() && !self.unjudged {
            let (count, name, reached) = (self.moved.len(), self.name, self.reached);
            report.unjudged.push(if self.moved_on {
                format!("{count} rows of the view {name}, which changed meanwhile")
            } else if reached == Position::START {
                format!("the view {name}: it is not built yet, and would have {count} rows; a service builds it")
            } else {
                format!("{count} rows of the view {name}: it is built up to event {reached} so far, and a service goes on from there")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::AnyEvent;
    use crate::codec::tests::{encode, recorded, samples};
    use crate::processing::Sequence;

    /// A projection that has forgotten to ask for the types it needs.
    struct Forgetful(Arc<dyn Projection>);

    impl Projection for Forgetful {
        fn wanted(&self) -> &'static [&'static str] {
            &[]
        }

        fn sequence(&self) -> Sequence {
            self.0.sequence()
        }

        fn row(&self, event: &AnyEvent) -> Option<RowKey> {
            self.0.row(event)
        }

        fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
            self.0.apply(old, happened)
        }
    }

    #[test]
    fn a_type_that_a_projection_does_not_ask_for_counts_all_the_same() {
        let mut any = false;
        for (name, projection) in projections() {
            let follower = Follower::at(name.clone(), Position::new(u64::MAX));
            let mut whole = Rebuilt::of(name.clone(), Arc::clone(&projection), Some(&follower));
            let mut judged = Rebuilt::of(name, Arc::new(Forgetful(projection)), Some(&follower));
            for event in samples::events() {
                let happened = DecodedEvent::read(recorded(encode(&event))).unwrap();
                whole.see(&happened);
                judged.see(&happened);
            }
            any |= !whole.rows.is_empty();
            assert_eq!(judged.rows, whole.rows, "{}", judged.name);
        }
        assert!(any, "no sample leaves a row");
    }
}
