//! Titles of books that another process has, as far as they were heard of.

use std::sync::Arc;

use domain::{BookNo, Title};
use quick_cache::sync::Cache;

use crate::ports::TitleView;
use crate::processing::cause_of;

/// How many titles stay in memory: those of the books that are rented these days.
const KEPT_MAX: usize = 10_000;

/// What the view has, read once for each book. Cheap to clone.
#[derive(Clone)]
pub(super) struct LearnedTitles {
    view: Arc<dyn TitleView>,
    kept: Arc<Cache<BookNo, Title>>,
}

impl LearnedTitles {
    pub(super) fn of(view: Arc<dyn TitleView>) -> Self {
        Self { view, kept: Arc::new(Cache::new(KEPT_MAX)) }
    }

    /// The title of a book; none when it was not heard of yet, or when the view cannot be read: a card needs the log and
    /// nothing else, so a rent does not fail for a title.
    pub(super) async fn title(&self, no: BookNo) -> Option<Title> {
        if let Some(title) = self.kept.get(&no) {
            return Some(title);
        }
        match self.view.title(no).await {
            Ok(title) => title.inspect(|title| self.kept.insert(no, title.clone())),
            Err(error) => {
                tracing::warn!(
                    book = no.value(),
                    cause = cause_of(&error),
                    "a title cannot be read; a rent goes on without it"
                );
                None
            }
        }
    }
}
