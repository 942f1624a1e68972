//! I8: the rows of every view are what its projection makes of the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Invariant, Report, VerifyError};
use crate::ports::TokenStore;
use crate::ports::event_store::Position;
use crate::ports::token_store::{LetterKind, LetterQuery, ProcessorName, Row, RowKey};
use crate::processing::{Happened, Projection};
use crate::reactions::projections;

/// Rows compared in one piece.
const PAGE: usize = 1_000;

/// Every view, made again beside the live one.
pub(super) struct Views {
    all: Vec<Rebuilt>,
}

struct Rebuilt {
    name: ProcessorName,
    projection: Arc<dyn Projection>,
    reached: Position,
    rows: BTreeMap<RowKey, Row>,
}

impl Views {
    /// Asks how far each view is: it is made again up to there.
    pub(super) async fn start(tokens: &dyn TokenStore) -> Result<Self, VerifyError> {
        let mut all = Vec::new();
        for (name, projection) in projections() {
            let reached = tokens.progress(&name).await?.unwrap_or_default();
            all.push(Rebuilt { name, projection, reached, rows: BTreeMap::new() });
        }
        Ok(Self { all })
    }

    pub(super) fn see(&mut self, happened: &Happened) {
        for view in self.all.iter_mut().filter(|view| happened.recorded.position <= view.reached) {
            view.see(happened);
        }
    }

    pub(super) async fn judge(self, tokens: &dyn TokenStore, report: &mut Report) -> Result<(), VerifyError> {
        for view in self.all {
            view.judge(tokens, report).await?;
        }
        Ok(())
    }
}

impl Rebuilt {
    fn see(&mut self, happened: &Happened) {
        if !self.projection.wanted().contains(&happened.recorded.kind.as_str()) {
            return;
        }
        let Some(key) = self.projection.row(&happened.event) else { return };
        let old = self.rows.remove(&key);
        if let Some(row) = self.projection.apply(old, happened) {
            self.rows.insert(key, row);
        }
    }

    /// A view with letters, or one that moved on meanwhile, is not judged, and that is said.
    async fn judge(mut self, tokens: &dyn TokenStore, report: &mut Report) -> Result<(), VerifyError> {
        if self.has_letters(tokens).await? {
            report.unjudged.push(format!("the view {}, which has dead letters", self.name));
            return Ok(());
        }
        let differing = self.differing(tokens).await?;
        if tokens.progress(&self.name).await?.unwrap_or_default() != self.reached {
            report.unjudged.push(format!("the view {}, which moved on meanwhile", self.name));
            return Ok(());
        }
        for key in differing {
            report
                .violated(Invariant::Views, format!("row {key:?} of {} is not what the log says", self.name));
        }
        Ok(())
    }

    async fn has_letters(&self, tokens: &dyn TokenStore) -> Result<bool, VerifyError> {
        let wanted = LetterQuery { processor: Some(self.name.clone()), ..LetterQuery::default() };
        let letters = tokens.letters(&wanted, 1).await?;
        Ok(letters.iter().any(|letter| letter.kind != LetterKind::Rejected))
    }

    /// The keys whose rows are not the same here and there.
    async fn differing(&mut self, tokens: &dyn TokenStore) -> Result<Vec<RowKey>, VerifyError> {
        let (mut differing, mut after) = (Vec::new(), None);
        loop {
            let page = tokens.live_rows(&self.name, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key());
            for row in page {
                if self.rows.remove(&row.key()).as_ref() != Some(&row) {
                    differing.push(row.key());
                }
            }
        }
        differing.extend(self.rows.keys());
        Ok(differing)
    }
}
