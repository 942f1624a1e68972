//! The title that a rent records, and what it costs to know it.

use domain::book::BookCommand;
use domain::rental_card::RentalCardEvent;
use domain::{BookNo, MemberId, Title};
use tests::faulty_store::Calls;
use tests::library::{Library, book, titled};

/// One append and nothing else: no load of a stream, no look-up of a command.
const ONE_APPEND: Calls =
    Calls { appends: 1, proposals: 1, loads: 0, look_ups: 0, log_reads: 0, log_reads_at_once: 0 };

/// The title that a rent records when the client gives this one.
async fn rented_title(library: &Library, member: &MemberId, book: BookNo, given: Option<&str>) -> Title {
    let given = given.map(|given| Title::parse(given).unwrap());
    let done = library.desk.rent(member, book, given, None, library.context()).await.unwrap();
    let [RentalCardEvent::ItemRented { asked, .. }] = &done.events[..] else { panic!("{:?}", done.events) };
    asked.what.item.title.clone()
}

#[tokio::test]
async fn a_rent_on_a_known_card_of_a_known_book_costs_one_append_and_no_read() {
    let library = Library::open();
    let (jenny, tom) = (library.join("jenny", 0).await, library.join("tom", 0).await);
    let no = library.shelve(7).await;

    for member in [jenny, tom] {
        library.stores.log.take_calls();
        let title = rented_title(&library, &member, no, Some("Something else")).await;

        assert_eq!(title.as_str(), "Title 7");
        assert_eq!(library.stores.log.take_calls(), ONE_APPEND);
    }
}

#[tokio::test]
async fn a_book_that_this_node_does_not_know_is_read_by_the_first_rent_only() {
    let first = Library::open();
    let (jenny, tom) = (first.join("jenny", 0).await, first.join("tom", 0).await);
    let no = first.shelve(7).await;
    let library = first.second_node(2);
    for member in [&jenny, &tom] {
        library.desk.issue_card(member, None, library.context()).await.unwrap();
    }

    library.stores.log.take_calls();
    assert_eq!(rented_title(&library, &jenny, no, None).await.as_str(), "Title 7");
    assert_eq!(library.stores.log.take_calls(), Calls { loads: 1, ..ONE_APPEND });
    assert_eq!(rented_title(&library, &tom, no, None).await.as_str(), "Title 7");
    assert_eq!(library.stores.log.take_calls(), ONE_APPEND);
}

#[tokio::test]
async fn a_book_that_was_not_entered_is_looked_for_again_by_the_next_rent() {
    let (library, no) = (Library::open(), book(7));
    let members =
        [library.join("jenny", 0).await, library.join("tom", 0).await, library.join("sue", 0).await];
    let other = library.second_node(2);

    assert_eq!(
        rented_title(&library, &members[0], no, Some("As the client says")).await.as_str(),
        "As the client says"
    );
    assert_eq!(rented_title(&library, &members[1], no, None).await, Title::of_untitled(no));
    let details = titled(no, Title::parse("Its own").unwrap());
    other.book(no, BookCommand::Enter { details, available: true }).await;
    assert_eq!(rented_title(&library, &members[2], no, Some("As the client says")).await.as_str(), "Its own");
}
