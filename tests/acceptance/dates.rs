//! Days that a request names. T78.

use adapters::http::HttpSettings;
use serde_json::json;

use super::Server;
use crate::server::card;

async fn rented_on(day: &str) -> Option<Server> {
    let server = Server::start().await?;
    server.join("jenny").await;
    server.shelve(1).await;
    server.post_waiting(&card("jenny", "/rent"), json!({ "bookNo": 1, "on": day })).await.is(200);
    Some(server)
}

#[tokio::test]
async fn a_late_fee_is_ten_points_for_each_whole_day_after_the_due_day() {
    // Defect 2: months are not counted as if their days alone mattered.
    for (rented, returned, fee) in [
        ("2026-03-02", "2026-03-02", 0),
        ("2026-03-02", "2026-03-16", 0),
        ("2026-03-02", "2026-03-17", 10),
        ("2026-03-02", "2026-04-16", 310),
        ("2026-03-02", "2026-04-30", 450),
        ("2026-03-02", "2027-03-17", 3_660),
        ("2028-02-15", "2028-02-29", 0),
        ("2028-02-15", "2028-03-01", 10),
        ("2025-12-31", "2026-01-15", 10),
    ] {
        let Some(server) = rented_on(rented).await else { return };
        let path = card("jenny", "/return");
        let returned = server.post(&path, json!({ "bookNo": 1, "on": returned })).await.is(202);
        assert_eq!(returned.get("lateFee"), fee, "rented on {rented}");
    }
}

#[tokio::test]
async fn a_book_cannot_come_back_before_it_went_out() {
    let Some(server) = rented_on("2026-03-10").await else { return };
    let path = card("jenny", "/return");
    let early = server.post(&path, json!({ "bookNo": 1, "on": "2026-03-09" }));
    let refused = server.refuses(early, 409, "return-before-rent").await;
    assert_eq!((refused.get("rentedOn"), refused.get("on")), (json!("2026-03-10"), json!("2026-03-09")));
}

#[tokio::test]
async fn an_item_can_be_marked_overdue_from_the_day_after_its_due_day() {
    let Some(server) = rented_on("2026-02-15").await else { return };
    let path = card("jenny", "/overdue");
    let marked = server.post(&path, json!({ "bookNo": 1 })).await.is(200);
    assert_eq!(marked.get("overdue"), true);
    let again = server.post(&path, json!({ "bookNo": 1 })).await.is(200);
    assert_eq!(
        (again.get("rentalId"), again.get("version")),
        (marked.get("rentalId"), marked.get("version"))
    );
    let shown = server.get(&card("jenny", "")).await.json();
    // Defect 17: the due day is as it was.
    assert_eq!((&shown["status"], &shown["held"][0]["dueOn"]), (&json!("SUSPENDED"), &json!("2026-03-01")));
}

#[tokio::test]
async fn a_day_that_is_none_or_absurdly_far_away_is_refused() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let path = card("jenny", "/rent");
    for wrong in [
        "2026-02-29",
        "2026-3-2",
        "20260302",
        "2026-03-02T00:00:00Z",
        "today",
        "",
        "2006-03-01",
        "2046-03-03",
        "9999-12-31",
        "-2026-03-02",
        "0000-00-00",
    ] {
        let refused = server.post(&path, json!({ "bookNo": 1, "on": wrong }));
        assert_eq!(server.refuses(refused, 422, "invalid-fields").await.wrong_fields(), ["on"], "{wrong}");
    }
    for right in ["2006-03-02", "2046-03-02"] {
        server.join(right).await;
        server.post(&card(right, "/rent"), json!({ "bookNo": 1, "on": right })).await.is(202);
    }
}

#[tokio::test]
async fn a_given_day_is_refused_where_the_service_does_not_allow_it() {
    let Some(server) = Server::with(HttpSettings::default()).await else { return };
    server.join("jenny").await;
    for below in ["/rent", "/return"] {
        let path = card("jenny", below);
        let refused = server.post(&path, json!({ "bookNo": 1, "on": "2026-03-02" }));
        assert_eq!(server.refuses(refused, 422, "invalid-fields").await.wrong_fields(), ["on"]);
    }
    server.post(&card("jenny", "/rent"), json!({ "bookNo": 1 })).await.is(202);
}
