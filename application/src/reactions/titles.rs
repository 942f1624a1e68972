//! The titles that books have, learned from what their service says of its catalogue.

use crate::messages::{Body, Message};
use crate::ports::title_view::TitleRow;
use crate::ports::token_store::{Row, RowKey};
use crate::processing::MessageProjection;

/// Keeps the title of each book. It never changes, so the first one that comes is as good as any.
pub(super) struct Titles;

impl MessageProjection for Titles {
    fn row(&self, message: &Message) -> Option<RowKey> {
        match &message.body {
            Body::Catalogue { no, .. } => Some(RowKey::Title(*no)),
            Body::Request(_) | Body::Result(_) => None,
        }
    }

    fn apply(&self, old: Option<Row>, message: &Message) -> Option<Row> {
        match &message.body {
            Body::Catalogue { no, title, .. } => {
                old.or_else(|| Some(Row::Title(TitleRow { no: *no, title: title.clone() })))
            }
            Body::Request(_) | Body::Result(_) => old,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{BookNo, Title};
    use jiff::Timestamp;

    use super::*;
    use crate::messages::{Received, Topic, read};

    #[test]
    fn a_title_is_kept_from_the_first_message_on() {
        let no = BookNo::parse(7).unwrap();
        let first = Titles.apply(None, &said("Emma"));
        assert_eq!(first, Some(Row::Title(TitleRow { no, title: Title::parse("Emma").unwrap() })));
        assert_eq!(Titles.apply(first.clone(), &said("Another")), first);
        assert_eq!(Titles.row(&said("Emma")), Some(RowKey::Title(no)));
    }

    fn said(title: &str) -> Message {
        let body = format!(r#"{{"no": 7, "title": "{title}", "status": "ENTERED"}}"#);
        let (topic, time) = (Topic::BookCatalogue, Timestamp::UNIX_EPOCH);
        let body = Some(body.as_bytes());
        read(&Received { topic, partition: 0, offset: 0, time, headers: &[], body }).unwrap()
    }
}
