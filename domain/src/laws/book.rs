//! The laws of a copy: three rentals, two returns of each.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{Laws, config};
use crate::book::{Book, BookCommand, BookDetails, BookEvent, Standing};
use crate::decider::Decider;
use crate::request::Request;
use crate::sample::{book_no, payment_of, rent_of, return_of, title};

const LAWS: Laws<Book> = Laws {
    is_bare: |book, event| match event {
        BookEvent::LendingRefused { .. }
        | BookEvent::TakingBackRefused { .. }
        | BookEvent::UndoRefused { .. } => true,
        BookEvent::BookLent { asked } | BookEvent::TakingBackUndone { asked } => {
            book.holder().is_some() && book.holder() == asked.rental_id()
        }
        BookEvent::BookEntered { .. }
        | BookEvent::BookMadeAvailable { .. }
        | BookEvent::BookWithdrawn { .. }
        | BookEvent::LendingUndone { .. }
        | BookEvent::BookTakenBack { .. } => false,
    },
    is_lifecycle: |command| match command {
        BookCommand::Enter { .. } | BookCommand::MakeAvailable | BookCommand::Withdraw => true,
        BookCommand::Lend { .. }
        | BookCommand::UndoLend { .. }
        | BookCommand::TakeBack { .. }
        | BookCommand::UndoTakeBack { .. } => false,
    },
};

fn asked() -> impl Strategy<Value = Request> {
    prop_oneof![
        4 => (1..4_u128).prop_map(|n| rent_of(n, 1)),
        4 => (1..4_u128, 1..3_u128).prop_map(|(rental, n)| return_of(10 * rental + n, rental, 1)),
        1 => Just(payment_of(1, 10)),
    ]
}

fn details(other_title: bool) -> BookDetails {
    BookDetails {
        no: book_no(1),
        title: title(if other_title { "Another" } else { "Book 1" }),
        author: None,
        description: None,
        isbn: None,
        publication_date: None,
        source: None,
        classification: None,
        location: None,
    }
}

fn command() -> impl Strategy<Value = BookCommand> {
    prop_oneof![
        2 => (any::<bool>(), any::<bool>())
            .prop_map(|(other, available)| BookCommand::Enter { details: details(other), available }),
        2 => Just(BookCommand::MakeAvailable),
        1 => Just(BookCommand::Withdraw),
        4 => asked().prop_map(|asked| BookCommand::Lend { asked }),
        2 => asked().prop_map(|asked| BookCommand::UndoLend { asked }),
        3 => asked().prop_map(|asked| BookCommand::TakeBack { asked }),
        2 => asked().prop_map(|asked| BookCommand::UndoTakeBack { asked }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_book_hears_and_settles(commands in vec(command(), 0..40)) {
        LAWS.history(commands);
    }

    /// Defect 9: only the rental that holds a copy can give it up.
    #[test]
    fn a_copy_leaves_a_rental_only_by_a_request_of_that_rental(commands in vec(command(), 0..60)) {
        let mut book = Book::default();
        for command in commands {
            let before = book.holder();
            let (after, events) = LAWS.obey(book, &command);
            if before.is_some() && after.holder() != before {
                let [event] = events.as_slice() else { panic!("{events:?}") };
                assert_eq!(event.answers().and_then(|(asked, _)| asked.rental_id()), before);
            }
            book = after;
        }
    }

    #[test]
    fn a_request_always_leaves_exactly_one_answer(commands in vec(command(), 0..20), asked in asked()) {
        let book = Book::replay(&LAWS.history(commands));
        let requests = [
            BookCommand::Lend { asked: asked.clone() },
            BookCommand::UndoLend { asked: asked.clone() },
            BookCommand::TakeBack { asked: asked.clone() },
            BookCommand::UndoTakeBack { asked: asked.clone() },
        ];
        for request in requests {
            let events = book.decide(&request).unwrap();
            assert_eq!(events.len(), 1);
            assert_eq!(events[0].answers().map(|(answered, _)| answered), Some(&asked));
        }
    }

    #[test]
    fn a_copy_lent_and_taken_back_is_as_it_was(commands in vec(command(), 0..20)) {
        let before = Book::replay(&LAWS.history(commands));
        if let Book::Entered { standing: Standing::Available, .. } = before {
            let (lent, _) = LAWS.obey(before.clone(), &BookCommand::Lend { asked: rent_of(9, 1) });
            let (after, _) = LAWS.obey(lent, &BookCommand::TakeBack { asked: return_of(90, 9, 1) });
            assert_eq!(after, before, "bounded: a finished rental leaves nothing behind");
        }
    }

    #[test]
    fn any_history_of_a_book_can_be_replayed(
        history in vec(command(), 0..40).prop_map(|commands| LAWS.history(commands))
            .prop_flat_map(|events| Just(events).prop_shuffle()),
    ) {
        let _book = Book::replay(&history);
    }
}
