//! Looks through all aggregates of a kind: the store says which there are, and each is shown as it is now. There is no
//! view to be kept, and none that lies behind.

use domain::MemberId;
use domain::member::Member;
use domain::rental_card::RentalCard;
use futures::StreamExt;
use futures::stream::{self, TryStreamExt};

use super::card_service::CardService;
use super::{Commands, MemberService, ReadError, Routed, Versioned};
use crate::ports::event_store::StreamName;

/// The most aggregates that one question looks at.
pub const LOOKED_AT_MAX: usize = 2_000;
/// The most questions that look at once: each asks the store as fast as that can answer.
pub(super) const LOOKING_MAX: usize = 2;
/// How many aggregates are read at once.
const READ_AT_ONCE: usize = 8;

/// Which are wanted; what is none does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// The id or the name holds this, compared without case.
    pub search: Option<String>,
    /// Only cards that are suspended, or only cards that are not.
    pub suspended: Option<bool>,
    /// Only those after this stream.
    pub after: Option<StreamName>,
}

/// A piece of a list.
#[derive(Debug)]
pub struct ListPage<A> {
    /// Those that fit, by id.
    pub found: Vec<Versioned<A>>,
    /// The last that was looked at, when there are more behind it.
    pub next: Option<StreamName>,
}

impl MemberService {
    /// Members by id, at most `limit`. Looks at no more than [`LOOKED_AT_MAX`], and says where to go on.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn list(&self, wanted: &ListQuery, limit: usize) -> Result<ListPage<Member>, ReadError> {
        let fits = |member: &Member| match member {
            Member::Registered { person, .. } => wanted.names(&person.id, person.name.as_str()),
            Member::Unknown => false,
        };
        self.commands.list(wanted, limit, fits).await
    }
}

impl CardService {
    /// Cards by member, at most `limit`. Looks at no more than [`LOOKED_AT_MAX`], and says where to go on.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn list(&self, wanted: &ListQuery, limit: usize) -> Result<ListPage<RentalCard>, ReadError> {
        let fits = |card: &RentalCard| {
            card.issued().is_some_and(|card| {
                wanted.names(&card.member.id, card.member.name.as_str())
                    && wanted.suspended.is_none_or(|suspended| suspended == card.is_suspended())
            })
        };
        self.commands.list(wanted, limit, fits).await
    }
}

impl ListQuery {
    fn names(&self, id: &MemberId, name: &str) -> bool {
        let Some(search) = self.search.as_ref().map(|search| search.to_lowercase()) else { return true };
        [id.as_str(), name].iter().any(|text| text.to_lowercase().contains(&search))
    }
}

impl Commands {
    async fn list<A: Routed<Id = MemberId>>(
        &self,
        wanted: &ListQuery,
        limit: usize,
        fits: impl Fn(&A) -> bool,
    ) -> Result<ListPage<A>, ReadError> {
        // The semaphore is never closed; were it, those who look would be as many as there are.
        let _turn = self.paths.shared.looking.acquire().await.ok();
        let all_fit = wanted.search.is_none() && wanted.suspended.is_none();
        let looked_at = if all_fit { limit } else { LOOKED_AT_MAX };
        let store = &self.paths.shared.store;
        let mut names = store.streams_of(A::CATEGORY, wanted.after.as_ref(), looked_at + 1).await?;
        let mut more = names.len() > looked_at;
        names.truncate(looked_at);

        let mut page = ListPage { found: Vec::new(), next: None };
        let mut read = stream::iter(names).map(|name| self.named::<A>(name)).buffered(READ_AT_ONCE);
        while let Some((name, current)) = read.try_next().await? {
            page.next = Some(name);
            page.found.extend(current.filter(|current| fits(&current.state)));
            if page.found.len() == limit {
                more |= read.next().await.is_some();
                break;
            }
        }
        drop(read);
        page.next = page.next.filter(|_| more);
        Ok(page)
    }

    /// The state behind a name; none for one that no id has.
    async fn named<A: Routed<Id = MemberId>>(
        &self,
        name: StreamName,
    ) -> Result<(StreamName, Option<Versioned<A>>), ReadError> {
        let id = name.as_str().strip_prefix(A::CATEGORY).and_then(|rest| rest.strip_prefix('-'));
        let current = match id.and_then(|id| MemberId::parse(id).ok()) {
            Some(id) => Some(self.current::<A>(&id).await?),
            None => None,
        };
        Ok((name, current))
    }
}
