//! What happens at the desk of the library, and what happens past it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

use application::codec::{Actor, Fingerprint, Metadata, SequenceKeys};
use application::commands::Context;
use application::ports::event_store::{
    AppendOutcome, CommandEvents, CommandId, EventId, LoadFrom, NewEvent, Position, StreamAppend, StreamName,
    TypeName, Version,
};
use application::ports::{Clock, EventStore, Ids};
use bytes::Bytes;
use domain::book::{Book, BookCommand, BookDetails};
use domain::member::{Member, MemberCommand};
use domain::rental_card::RentalCardEvent;
use domain::{Amount, BookNo, MemberId, Person, PersonName, ProcessId, Title};

use super::{Library, book, member};

/// An event as somebody might write it past all rules.
#[derive(Clone)]
pub struct RawEvent<'a> {
    /// Its type.
    pub kind: &'a str,
    /// Its revision.
    pub revision: u32,
    /// Its payload.
    pub payload: &'a [u8],
    /// Its keys.
    pub keys: SequenceKeys,
}

impl Library {
    /// A fresh command of a person at the desk.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            command: CommandId::new(self.ids.next()),
            fingerprint: Fingerprint::of(b""),
            former_fingerprint: None,
            actor: Actor::Anonymous,
            causation: None,
            traceparent: None,
            if_version: None,
        }
    }

    /// Registers a member with a card and this many points.
    pub async fn join(&self, id: &str, points: i64) -> MemberId {
        let member = member(id);
        let person = Person { id: member.clone(), name: PersonName::parse(id).expect("a name") };
        self.member(&member, MemberCommand::Register { person, email: None }).await;
        if points > 0 {
            let amount = Amount::parse(points).expect("an amount");
            self.member(&member, MemberCommand::SavePoints { amount }).await;
        }
        self.desk.issue_card(&member, None, self.context()).await.expect("a card");
        member
    }

    /// Enters a book that can be lent.
    pub async fn shelve(&self, no: i64) -> BookNo {
        let book = book(no);
        let details = titled(book, Title::parse(&format!("Title {no}")).expect("a title"));
        self.book(book, BookCommand::Enter { details, available: true }).await;
        book
    }

    /// Two members and two books, two rents that complete, and one between them that is undone. The first member has 50
    /// points.
    pub async fn lived_in(&mut self) -> ([MemberId; 2], [BookNo; 2]) {
        let members = [self.join("jenny", 50).await, self.join("tom", 0).await];
        let books = [self.shelve(1).await, self.shelve(2).await];
        self.rent(&members[0], books[0]).await;
        self.settle().await;
        self.rent(&members[1], books[0]).await;
        self.rent(&members[1], books[1]).await;
        self.settle().await;
        (members, books)
    }

    /// Sends a command to a book.
    pub async fn book(&self, no: BookNo, command: BookCommand) {
        self.commands.execute::<Book>(&no, command, self.context()).await.expect("the book obeys");
    }

    /// Sends a command to a member.
    pub async fn member(&self, id: &MemberId, command: MemberCommand) {
        self.commands.execute::<Member>(id, command, self.context()).await.expect("the member obeys");
    }

    /// Starts a rent, today.
    pub async fn rent(&self, member: &MemberId, book: BookNo) -> ProcessId {
        let done = self.desk.rent(member, book, None, None, self.context()).await.expect("a rent");
        started(&done.events)
    }

    /// Starts a return, today.
    pub async fn give_back(&self, member: &MemberId, book: BookNo) -> ProcessId {
        let done = self.desk.return_item(member, book, None, self.context()).await.expect("a return");
        started(&done.events)
    }

    /// Starts the payment of the fee.
    pub async fn pay(&self, member: &MemberId, points: i64) -> ProcessId {
        let amount = Amount::parse(points).expect("an amount");
        let done = self.desk.clear_overdue(member, amount, self.context()).await.expect("a payment");
        started(&done.events)
    }

    /// Puts an event into the log past all rules, as another version or a broken writer might.
    pub async fn append_past_rules(&self, stream: &str, raw: RawEvent<'_>) -> Position {
        let stream = StreamName::parse(stream).expect("a stream name");
        let head =
            self.stores.log.load(&stream, LoadFrom::Version(Version::START), 1).await.expect("a stream").head;
        let command = CommandId::new(self.ids.next());
        let metadata = Metadata {
            keys: raw.keys,
            correlation: None,
            causation: None,
            command,
            fingerprint: Fingerprint::of(b""),
            actor: Actor::Anonymous,
            traceparent: None,
            occurred_at: self.stores.clock.now(),
        };
        let event = NewEvent {
            id: EventId::new(self.ids.next()),
            kind: TypeName::stored(raw.kind.to_owned()),
            revision: raw.revision,
            payload: Bytes::copy_from_slice(raw.payload),
            metadata: metadata.encode(),
            occurred_at: metadata.occurred_at,
        };
        let part = CommandEvents { command, events: vec![event] };
        let proposal = StreamAppend { stream, expected: head, expected_event: None, parts: vec![part] };
        match self.stores.log.append(vec![proposal]).await.expect("an append").as_slice() {
            [AppendOutcome::Appended { first }] => *first,
            other => panic!("the event was not appended: {other:?}"),
        }
    }
}

/// A book of which only the title is known.
#[must_use]
pub const fn titled(no: BookNo, title: Title) -> BookDetails {
    BookDetails {
        no,
        title,
        author: None,
        description: None,
        isbn: None,
        publication_date: None,
        source: None,
        classification: None,
        location: None,
    }
}

fn started(events: &[RentalCardEvent]) -> ProcessId {
    events.first().and_then(RentalCardEvent::process).expect("an attempt")
}
