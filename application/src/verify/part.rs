//! One of the logs that are checked, with what follows it: what is judged of it alone.

use super::order::Order;
use super::views::Views;
use super::{CheckedLog, Evidence, Follower, Invariant, Report, VerifyError};
use crate::ports::event_store::{LogId, Position};
use crate::processing::DecodedEvent;
use crate::reactions::PUBLISH;
use crate::services::Services;

/// A log, and what is seen of it.
pub(super) struct Part<'a> {
    name: &'a str,
    pub(super) evidence: &'a dyn Evidence,
    pub(super) services: Services,
    /// The processors of its services, as they were before anything was read.
    pub(super) followers: Vec<Follower>,
    /// It is judged up to here.
    pub(super) head: Position,
    end: Position,
    order: Order,
    views: Views,
}

/// The logs with the services of each, of which none may have two.
pub(super) async fn parts_of<'a>(logs: &[CheckedLog<'a>]) -> Result<Vec<Part<'a>>, VerifyError> {
    let (mut parts, mut ids): (Vec<Part<'a>>, Vec<LogId>) = (Vec::new(), Vec::new());
    for CheckedLog { name, evidence } in logs {
        let services = match evidence.services().await? {
            Some(services) => services,
            None if logs.len() == 1 => Services::ALL,
            None => return Err(VerifyError::NobodysLog { name: (*name).to_owned() }),
        };
        if logs.len() > 1 {
            ids.push(evidence.log_id().await?);
        }
        let part = Part {
            name,
            evidence: *evidence,
            services,
            followers: Vec::new(),
            head: Position::START,
            end: Position::START,
            order: Order::default(),
            views: Views::default(),
        };
        for (other, id) in parts.iter().zip(&ids) {
            part.is_another_than(other, ids.last().filter(|own| *own == id))?;
        }
        parts.push(part);
    }
    Ok(parts)
}

impl Part<'_> {
    /// That this log is not the same one, nor of the same service.
    fn is_another_than(&self, other: &Self, same: Option<&LogId>) -> Result<(), VerifyError> {
        let (first, second) = (other.name.to_owned(), self.name.to_owned());
        if let Some(log) = same {
            return Err(VerifyError::SameLog { first, second, log: *log });
        }
        match self.services.iter().find(|service| other.services.contains(*service)) {
            Some(service) => Err(VerifyError::SameService { first, second, service }),
            None => Ok(()),
        }
    }

    /// What it is called in what is found, where there are several.
    pub(super) fn title(&self) -> String {
        self.services.to_string()
    }

    /// Where it is.
    pub(super) const fn name(&self) -> &str {
        self.name
    }

    pub(super) async fn learn_followers(&mut self) -> Result<(), VerifyError> {
        self.followers = self.evidence.followers().await?;
        self.followers.retain(|follower| follower.name == PUBLISH || self.services.have(&follower.name));
        self.views = Views::up_to(self.services, &self.followers);
        Ok(())
    }

    pub(super) async fn learn_head(&mut self) -> Result<(), VerifyError> {
        self.head = self.evidence.head().await?;
        Ok(())
    }

    /// The relay of this log.
    pub(super) fn relay(&self) -> Option<&Follower> {
        self.followers.iter().find(|follower| follower.name == PUBLISH)
    }

    /// Reads the log up to its head.
    pub(super) async fn read(&mut self, mut see: impl FnMut(&DecodedEvent)) -> Result<(), VerifyError> {
        while self.end < self.head {
            let page = self.evidence.log(self.end).await?;
            // What came after the head was learned, other logs may know nothing of.
            let ours = page.into_iter().take_while(|recorded| recorded.position <= self.head);
            let ours: Vec<_> = ours.collect();
            let Some(last) = ours.last() else { break };
            self.end = last.position;
            for recorded in ours {
                let happened = DecodedEvent::read(recorded)?;
                self.order.see(&happened.recorded, &happened.metadata);
                see(&happened);
                self.views.see(&happened);
            }
        }
        Ok(())
    }

    /// Reads on to a later head, for whoever wants to know what has begun meanwhile.
    pub(super) async fn read_on(
        &self,
        later: Position,
        mut see: impl FnMut(&DecodedEvent),
    ) -> Result<(), VerifyError> {
        let mut end = self.end;
        while end < later {
            let page = self.evidence.log(end).await?;
            let Some(last) = page.last() else { break };
            // What comes after `later` is left out too: that does no harm.
            end = last.position;
            for recorded in page {
                see(&DecodedEvent::read(recorded)?);
            }
        }
        Ok(())
    }

    /// Judges the order and the views, which are read for it.
    pub(super) async fn judge(self, is_one: bool, report: &mut Report) -> Result<(), VerifyError> {
        let Self { evidence, services, followers, head, end, order, mut views, .. } = self;
        let mut own = Report::default();
        followers.iter().for_each(|follower| follower.judge_place(head, &mut own));
        if end < head {
            own.violated(Invariant::Order, format!("the log says that it ends at {head} and ends at {end}"));
        }
        report.events += order.events();
        order.judge(&mut own);
        views.compare(evidence).await?;
        views.leave_out_what_moved(evidence, end).await?;
        views.judge(&mut own);
        if is_one {
            report.violations.extend(own.violations);
            report.unjudged.extend(own.unjudged);
        } else {
            report.take_of(&services.to_string(), own);
        }
        Ok(())
    }
}

impl Follower {
    /// A follower passed what the log has, so the log ends not before it. One that follows a topic is judged with that.
    fn judge_place(&self, head: Position, report: &mut Report) {
        let Self { name, ahead, astray, .. } = self;
        if let Some(astray) = astray {
            report.violated(Invariant::Order, format!("{name} {astray}"));
        } else if self.partition().is_none() && *ahead > head {
            report.violated(Invariant::Order, format!("{name} passed {ahead}, and the log ends at {head}"));
        }
    }
}
