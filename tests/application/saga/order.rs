//! No order exists between processors (T47): whatever runs first, the library ends the same.

use application::ports::event_store::Position;
use tests::library::{Library, book, member};

/// Handlers by their place among the processors.
const HANDLERS: [usize; 4] = [4, 5, 6, 7];

#[tokio::test]
async fn every_order_of_processors_ends_the_same() {
    let mut endings = vec![];
    for order in permutations(&HANDLERS) {
        endings.push((play(&order, false).await, order.clone()));
        endings.push((play(&order, true).await, order));
    }
    let (first, _) = endings.first().unwrap().clone();
    for (ending, order) in endings {
        assert_eq!(ending, first, "in order {order:?}");
    }
}

/// A taken book, a member nobody registered, a rent that works, and a return, with the handlers in this order: each one
/// step at a time, or each until it has nothing to do.
async fn play(order: &[usize], to_the_end: bool) -> Vec<String> {
    let mut library = Library::open();
    let (jenny, scott) = (library.join("jenny", 5).await, library.join("scott", 5).await);
    let ghost = member("ghost");
    library.desk.issue_card(&ghost, None, library.context()).await.unwrap();
    let (one, two) = (library.shelve(1).await, library.shelve(2).await);
    library.rent(&jenny, one).await;
    run(&mut library, order, to_the_end).await;
    library.rent(&scott, one).await;
    library.rent(&ghost, two).await;
    library.rent(&scott, book(404)).await;
    library.give_back(&jenny, one).await;
    run(&mut library, order, to_the_end).await;
    library.settle().await;
    ending(&library, &[jenny, scott]).await
}

async fn run(library: &mut Library, order: &[usize], to_the_end: bool) {
    if !to_the_end {
        return library.settle_in_order(order).await;
    }
    let mut head = Position::START;
    loop {
        for &index in order {
            library.settle_in_order(&[index]).await;
        }
        let now = library.events().await.last().unwrap().position;
        if now == head {
            return;
        }
        head = now;
    }
}

/// Everything that must not depend on the order.
async fn ending(library: &Library, members: &[domain::MemberId]) -> Vec<String> {
    let mut lines = vec![];
    for id in members {
        lines.push(format!("{id}: {} points", library.points(id).await));
        let card = library.card(id).await;
        lines.push(format!(
            "{id}: {} out, {} back, {:?}",
            card.items.len(),
            card.returned.len(),
            card.attempts
        ));
    }
    for row in library.queries.processes(&Default::default(), 100).await.unwrap() {
        // What the second in line for the book gets depends on who is first; that it ends does not.
        lines.push(format!("{:?} of {}: ended {}", row.book_no, row.member_id, row.deadline.is_none()));
    }
    let ranking =
        library.queries.ranking(application::ports::best_seller_view::Period::All, 10).await.unwrap();
    lines.push(format!("{ranking:?}"));
    lines.push(format!("{:?}", library.queries.books(&Default::default(), 10).await.unwrap()));
    lines
}

fn permutations(of: &[usize]) -> Vec<Vec<usize>> {
    let [only] = of else {
        return of
            .iter()
            .flat_map(|&first| {
                let rest: Vec<usize> = of.iter().copied().filter(|&other| other != first).collect();
                permutations(&rest).into_iter().map(move |rest| [vec![first], rest].concat())
            })
            .collect();
    };
    vec![vec![*only]]
}
