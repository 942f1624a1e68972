//! The whole tour of the library, as a person at the desk takes it.

use serde_json::json;

use super::Server;
use crate::server::card;

#[tokio::test]
async fn a_member_rents_returns_late_and_pays() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.post("/v1/members/jenny/points/save", json!({ "amount": 100 })).await.is(200);

    let rent = server.rent("jenny", 1).await;
    assert_eq!((rent.get("kind"), rent.get("status")), (json!("RENT"), json!("COMPLETED")));
    let held = server.get(&card("jenny", "")).await.is(200).get("held");
    assert_eq!((&held[0]["state"], &held[0]["title"]), (&json!("RENTED"), &json!("Title 1")));
    assert_eq!((&held[0]["rentedOn"], &held[0]["dueOn"]), (&json!("2026-03-02"), &json!("2026-03-16")));

    let late = json!({ "bookNo": 1, "on": "2026-03-19" });
    let returned = server.post_waiting(&card("jenny", "/return"), late).await.is(200);
    assert_eq!(returned.get("status"), "COMPLETED");
    let shown = server.get(&card("jenny", "")).await.json();
    assert_eq!(
        (&shown["status"], &shown["lateFee"], &shown["held"]),
        (&json!("SUSPENDED"), &json!(30), &json!([]))
    );
    assert_eq!(
        (&shown["returned"][0]["state"], &shown["returned"][0]["lateFee"]),
        (&json!("RETURNED"), &json!(30))
    );

    let paid = server.post_waiting(&card("jenny", "/clear-overdue"), json!({ "points": 30 })).await.is(200);
    assert_eq!((paid.get("kind"), paid.get("status")), (json!("OVERDUE"), json!("COMPLETED")));
    let shown = server.get(&card("jenny", "")).await.json();
    assert_eq!((&shown["status"], &shown["lateFee"]), (&json!("AVAILABLE"), &json!(0)));
    let points = server.get("/v1/members/jenny").await.is(200).get("points");
    assert_eq!(points, 100 + 10 + 10 - 30);
}

#[tokio::test]
async fn the_ledger_says_who_moved_points_and_the_balance_after_it() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.post("/v1/members/jenny/points/save", json!({ "amount": 5 })).await.is(200);
    server.post("/v1/members/jenny/points/use", json!({ "amount": 2 })).await.is(200);
    let process = server.rent("jenny", 1).await.text_of("id");
    let lines = server.get("/v1/members/jenny/points").await.is(200).get("items");
    let line =
        |at: usize| (lines[at]["cause"].clone(), lines[at]["amount"].clone(), lines[at]["balance"].clone());
    assert_eq!(line(0), (json!("operator"), json!(5), json!(5)));
    assert_eq!(line(1), (json!("operator"), json!(2), json!(3)));
    assert_eq!(line(2), (json!(process), json!(10), json!(13)));
}

#[tokio::test]
async fn what_is_made_says_where_it_is_and_the_same_again_changes_nothing() {
    let Some(server) = Server::start().await else { return };
    for (path, place, body) in [
        (
            "/v1/members",
            "/v1/members/jenny",
            json!({ "id": "jenny", "name": "제니", "email": "j@example.org" }),
        ),
        (
            "/v1/books",
            "/v1/books/7",
            json!({ "no": 7, "title": "7", "source": "DONATION", "publicationDate": "1940-10-21" }),
        ),
        ("/v1/rental-cards", "/v1/rental-cards/jenny", json!({ "memberId": "jenny" })),
    ] {
        let made = server.post(path, body.clone()).await.is(201);
        assert_eq!(made.header("location"), Some(place));
        assert_eq!(made.header("etag"), Some("\"1\""));
        let again = server.post(path, body).await.is(200);
        assert_eq!(again.json(), made.json());
        let read = server.get(place).await.is(200);
        assert_eq!((read.get("version"), read.header("etag")), (json!(1), Some("\"1\"")));
    }
    assert_eq!(server.get("/v1/rental-cards/jenny").await.get("memberName"), "제니");
}

#[tokio::test]
async fn a_book_is_shown_with_everything_known_of_it_and_who_holds_it() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let book = json!({
        "no": 9_007_199_254_740_991_i64, "title": "누구를 위하여 종을 울리나?", "author": "Hemingway",
        "description": "A bridge.", "isbn": "978-0-684-80335-5", "publicationDate": "1940-10-21",
        "source": "SUPPLY", "classification": "LITERATURE", "location": "PANGYO", "available": true,
    });
    let entered = server.post("/v1/books", book.clone()).await.is(201);
    assert_eq!(entered.get("status"), "AVAILABLE");
    let rental = server.rent("jenny", 9_007_199_254_740_991).await.text_of("id").replace("rent-", "");
    let shown = server.get("/v1/books/9007199254740991").await.is(200).json();
    for (name, value) in book.as_object().unwrap().iter().filter(|(name, _)| *name != "available") {
        assert_eq!(&shown[name], value);
    }
    assert_eq!((&shown["status"], &shown["holder"]), (&json!("UNAVAILABLE"), &json!({ "rentalId": rental })));
}

#[tokio::test]
async fn rented_books_are_ranked_and_ties_share_a_rank() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.join("robin").await;
    for no in 1..=3 {
        server.shelve(no).await;
    }
    server.rent("jenny", 2).await;
    server.rent("jenny", 3).await;
    server.rent("robin", 1).await;
    server.post_waiting(&card("jenny", "/return"), json!({ "bookNo": 2 })).await.is(200);
    server.rent("robin", 2).await;
    server.settled().await;
    for period in ["2026-03", "all"] {
        let ranking = server.get(&format!("/v1/best-sellers?period={period}&limit=10")).await.is(200).json();
        let places: Vec<_> = ranking["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["rank"].as_u64(), it["no"].as_i64()))
            .collect();
        assert_eq!(places, [(Some(1), Some(2)), (Some(2), Some(1)), (Some(2), Some(3))]);
        assert_eq!(ranking["period"], period);
    }
    assert_eq!(server.get("/v1/best-sellers?period=2026-02").await.is(200).get("items"), json!([]));
}

#[tokio::test]
async fn a_process_is_there_right_after_the_answer_that_named_it() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let started = server.post(&card("jenny", "/rent"), json!({ "bookNo": 1 })).await.is(202);
    let place = format!("/v1/processes/{}", started.text_of("processId"));
    assert_eq!(started.header("location"), Some(place.as_str()));
    let process = server.get(&place).await.is(200).json();
    assert_eq!(
        (&process["memberId"], &process["steps"][0]["what"]),
        (&json!("jenny"), &json!("item-rented"))
    );
    let ended = server.until(&place, |process| process["status"] == "COMPLETED").await;
    assert_eq!(ended["participants"], json!({ "BOOK": { "state": "DONE" }, "MEMBER": { "state": "DONE" } }));
    assert_eq!(ended["deadline"], json!(null));
}
