//! What the lists of members and of their cards have in common.

use application::commands::{ListPage, Versioned};
use application::ports::event_store::StreamName;
use axum::http::Uri;
use domain::SearchText;

use super::Api;
use super::current_log::CurrentLog;
use super::cursor::{ListName, Listed, not_of_this_list};
use super::problem::Problem;
use super::query::{Parameters, passed_head};

/// A question for people.
pub(super) struct People {
    pub(super) search: Option<String>,
    pub(super) after: Option<StreamName>,
    pub(super) limit: usize,
    pub(super) query: Parameters,
    list: ListName,
    log: CurrentLog,
}

impl People {
    /// Reads the question for a list, which has filters of its own beside `search`.
    pub(super) async fn asked(
        api: &Api,
        log: CurrentLog,
        uri: &Uri,
        list: &str,
        filters: &[&str],
    ) -> Result<Self, Problem> {
        let known = [&["search", "limit", "cursor", "minPosition", "logId"], filters].concat();
        let query = Parameters::read(uri, &known)?;
        let (search, limit) = (query.parsed("search", SearchText::parse)?, query.limit()?);
        let search = search.map(|text| text.as_str().to_owned());
        let filtered: Vec<_> = filters.iter().map(|name| query.text(name)).collect();
        let list = ListName::of(list, (&search, filtered)).in_log(log);
        let place = |cursor| StreamName::parse(&list.text_place(cursor)?).ok_or_else(not_of_this_list);
        let after = query.text("cursor").map(place).transpose()?;
        passed_head(api, log, &query).await?;
        Ok(Self { search, after, limit, query, list, log })
    }

    /// The answer.
    pub(super) fn listed<A, T>(
        &self,
        page: ListPage<A>,
        shown: impl Fn(Versioned<A>) -> Option<T>,
    ) -> Listed<T> {
        let next = page.next.map(|next| self.list.text_cursor(next.as_str()));
        let items = page.found.into_iter().filter_map(shown).collect();
        Listed::with_cursor(items, next).of_log(self.log)
    }
}
