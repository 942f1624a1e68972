//! The topics, read once from where they begin to where they ended when the check began.

use super::part::Part;
use super::published::MessageCheck;
use super::{Invariant, Report, VerifyError};
use crate::messages::{ForeignRecord, Topic};
use crate::ports::Topics;
use crate::ports::event_store::{Position, Recorded};
use crate::ports::message_source::{SourceError, StartingPoint, Token};
use crate::ports::topics::FollowedPartition;

/// All partitions.
pub(super) struct ReadTopics {
    all: Vec<Partition>,
}

/// One partition, and what is there of it.
struct Partition {
    followed: FollowedPartition,
    begin: Token,
    end: Position,
}

/// A partition as what is read of it names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PartitionName {
    pub(super) topic: Topic,
    pub(super) number: u32,
}

impl ReadTopics {
    /// Asks which partitions there are now, and where each begins and ends.
    pub(super) async fn at_their_ends(topics: &dyn Topics) -> Result<Self, VerifyError> {
        let mut all = Vec::new();
        for (topic, count) in topics.partitions().await? {
            for number in 0..count {
                let followed = topics.partition(topic, number);
                let begin = followed.source.token_at(StartingPoint::Beginning).await?;
                let end = followed.source.token_at(StartingPoint::Head).await?.position;
                all.push(Partition { followed, begin, end });
            }
        }
        Ok(Self { all })
    }

    /// That those who follow topics follow these.
    pub(super) fn are_followed_by(&self, parts: &[Part<'_>]) -> Result<(), VerifyError> {
        for (part, follower) in parts.iter().flat_map(|part| part.followers.iter().map(move |it| (part, it)))
        {
            let Some((_, topic, number)) = follower.partition() else { continue };
            let here = self.named(PartitionName { topic, number });
            if let Some((here, log)) = here.zip(follower.log)
                && here.begin.log != log
            {
                let (processor, log) = (follower.name.clone(), part.name().to_owned());
                return Err(VerifyError::OtherTopics { processor, log, topic, partition: number });
            }
        }
        Ok(())
    }

    /// Judges that whoever follows a partition has passed no more than is there.
    pub(super) fn judge_places(&self, parts: &[Part<'_>], report: &mut Report) {
        for follower in parts.iter().flat_map(|part| &part.followers) {
            let Some((_, topic, number)) = follower.partition() else { continue };
            let (name, ahead) = (&follower.name, follower.ahead);
            match self.named(PartitionName { topic, number }) {
                None if ahead > Position::START => {
                    report.violated(
                        Invariant::Order,
                        format!("{name} passed {ahead}, and there is no such partition"),
                    );
                }
                Some(here) if ahead > here.end => {
                    let end = here.end;
                    report.violated(
                        Invariant::Order,
                        format!("{name} passed {ahead}, and the partition ends at {end}"),
                    );
                }
                Some(_) | None => {}
            }
        }
    }

    fn named(&self, name: PartitionName) -> Option<&Partition> {
        self.all.iter().find(|partition| partition.name() == name)
    }

    /// Reads all of it.
    pub(super) async fn read(&self, messages: &mut MessageCheck) -> Result<(), VerifyError> {
        for partition in &self.all {
            partition.read(messages).await?;
        }
        Ok(())
    }
}

impl Partition {
    fn name(&self) -> PartitionName {
        PartitionName { topic: self.followed.topic, number: self.followed.number }
    }

    async fn read(&self, messages: &mut MessageCheck) -> Result<(), VerifyError> {
        let (name, mut token) = (self.name(), self.begin);
        messages.begin(name, token.position);
        loop {
            let take = |recorded: &Recorded| {
                let record = ForeignRecord::of(recorded).and_then(Result::ok);
                messages.meet(name, recorded.position, record.as_ref());
            };
            match self.followed.read_up_to(&mut token, self.end, take).await {
                // What is kept for a while only may go while it is read.
                Err(SourceError::Gone { to, .. }) => {
                    messages.begin(name, to);
                    token = Token { position: to, event: ForeignRecord::id_at(token.log, to), ..token };
                }
                read => break read?,
            }
        }
        if token.position < self.end {
            messages.cut_short(name, token.position, self.end);
        }
        Ok(())
    }
}
