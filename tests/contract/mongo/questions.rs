//! What the server does for questions about rows and letters, by its own account: it finds them by indexes.

use application::ports::best_seller_view::Period;
use application::ports::catalogue_view::BookQuery;
use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery};
use application::ports::loan_view::LoanQuery;
use application::ports::process_view::ProcessQuery;
use application::ports::token_store::{Row, RowKey};
use application::ports::{
    BestSellerView, CatalogueView, DeadLetters, LoanView, ProcessView, ProcessorAdmin, TitleView, TokenStore,
};
use domain::rental_card::attempt::Status;
use domain::{Date, MemberId};
use futures::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::{Document, doc};
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, no};

use super::tokens::MongoTokens;

/// Collections that stay small, which may be looked through.
const SMALL: [&str; 4] = ["processor", "segment", "lease", "node"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_and_letters_are_found_by_indexes() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    let mut worker = Worker::on(subject.tokens()).await;
    worker.put(1, (1..=50).map(|number| Row::Catalogue(book(number, "Any")))).await;
    worker.park(2, vec![worker.letter(DeadLetterKind::Parked, "book:1", 2)]).await;
    let database = subject.documents.database().await;
    database.run_command(doc! { "profile": 2 }).await.unwrap();

    ask_everything(&subject, &worker).await;

    database.run_command(doc! { "profile": 0 }).await.unwrap();
    let asked = doc! { "ns": { "$not": { "$regex": "system" } }, "planSummary": { "$exists": true } };
    let asked = database.collection::<Document>("system.profile").find(asked).await.unwrap();
    let asked: Vec<_> = asked.try_collect().await.unwrap();
    assert!(asked.len() > 12, "{} questions were seen", asked.len());
    for question in asked {
        let collection = question.get_str("ns").unwrap().rsplit('.').next().unwrap();
        let plan = question.get_str("planSummary").unwrap();
        assert!(SMALL.contains(&collection) || !plan.contains("COLLSCAN"), "{plan}: {question}");
    }
}

async fn ask_everything(subject: &MongoTokens, worker: &Worker) {
    let store = &*subject.store;
    store.books(&BookQuery { after: Some(no(7)), ..BookQuery::default() }, 10).await.unwrap();
    store.overdue(Date::constant(2026, 1, 1), None, 10).await.unwrap();
    store.loans(&LoanQuery::default(), 10).await.unwrap();
    store.ranking(Period::All, 10).await.unwrap();
    store.ranking(Period::Month("2026-01".parse().unwrap()), 10).await.unwrap();
    let member_id = Some(MemberId::parse("jenny").unwrap());
    for wanted in [
        ProcessQuery::default(),
        ProcessQuery { member_id, ..ProcessQuery::default() },
        ProcessQuery { status: Some(Status::Started), ..ProcessQuery::default() },
    ] {
        store.processes(&wanted, 10).await.unwrap();
    }
    store.due(Timestamp::UNIX_EPOCH, None, 10).await.unwrap();
    store.title(no(3)).await.unwrap();
    store.rows(worker.claim(), &[RowKey::Catalogue(no(3))]).await.unwrap();
    store.live_rows(&CATALOGUE, Some(RowKey::Catalogue(no(3))), 10).await.unwrap();
    store.letters(&DeadLetterQuery::default(), 10).await.unwrap();
    store.waiting_letters(worker.claim(), "book:1", 10).await.unwrap();
    store.processors().await.unwrap();
    store.overrides(&CATALOGUE).await.unwrap();
}
