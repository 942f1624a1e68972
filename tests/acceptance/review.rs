//! Attempts in review, decided late or by hand; and books that become overdue by themselves. The clock stands still.

use adapters::http::HttpSettings;
use application::operations::OPERATIONS;
use application::reactions::{KEEP_POINTS, LEND_BOOKS, PROCESSES, RECORD_ANSWERS};
use domain::ProcessId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::library::{Library, book};

use super::Server;
use crate::answer::Answer;
use crate::server::card;

struct Scene {
    library: Library,
    server: Server,
}

impl Scene {
    async fn open() -> Option<Self> {
        let mut library = Server::library().await?;
        let server = Server::beside(&library, HttpSettings::default()).await;
        library.ticker.tick().await;
        Some(Self { library, server })
    }

    /// A rent in review: its deadline has passed, and those of the participants that are named have not answered.
    async fn rent_in_review(&mut self, member: &str, no: i64) -> ProcessId {
        let member = self.library.join(member, 0).await;
        self.library.settle().await;
        let process = self.library.rent(&member, book(no)).await;
        self.pass_the_deadline().await;
        process
    }

    async fn pass_the_deadline(&mut self) {
        self.library.settle_only(&PROCESSES).await;
        self.library.stores.clock.advance(SignedDuration::from_secs(31));
        assert_eq!(self.library.ticker.tick().await.expired, 1);
        self.library.settle_only(&PROCESSES).await;
    }

    /// Decides, while the view follows.
    async fn resolve(&mut self, process: ProcessId, body: Value) -> Answer {
        self.resolve_as("k", process, body).await
    }

    async fn resolve_as(&mut self, key: &str, process: ProcessId, body: Value) -> Answer {
        let path = format!("/v1/processes/{process}/resolve");
        let request = self.server.request(Method::POST, &path).header("idempotency-key", key).json(&body);
        let (server, library) = (&self.server, &mut self.library);
        let answer = server.send(request);
        tokio::pin!(answer);
        let mut again = tokio::time::interval(std::time::Duration::from_millis(5));
        loop {
            tokio::select! {
                answer = &mut answer => return answer,
                _ = again.tick() => library.settle_only(&PROCESSES).await,
            }
        }
    }

    async fn shown(&self, process: ProcessId) -> Value {
        self.server.get(&format!("/v1/processes/{process}")).await.is(200).json()
    }
}

fn parts(process: &Value) -> (&str, &str, &str) {
    let state = |who: &str| process["participants"][who]["state"].as_str().unwrap();
    (process["status"].as_str().unwrap(), state("BOOK"), state("MEMBER"))
}

#[tokio::test]
async fn an_attempt_that_nobody_answers_is_listed_for_review_and_a_late_answer_completes_it() {
    // T62
    let Some(mut scene) = Scene::open().await else { return };
    scene.library.shelve(1).await;
    let process = scene.rent_in_review("jenny", 1).await;
    let listed = scene.server.get("/v1/processes?status=NEEDS_REVIEW").await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], process.to_string());
    assert_eq!(listed["items"][0]["reason"], "no answer from BOOK and MEMBER");
    assert_eq!(parts(&listed["items"][0]), ("NEEDS_REVIEW", "WAITING", "WAITING"));

    scene.library.settle().await;

    assert_eq!(parts(&scene.shown(process).await), ("COMPLETED", "DONE", "DONE"));
    let listed = scene.server.get("/v1/processes?status=NEEDS_REVIEW").await.json();
    assert_eq!(listed["items"], json!([]));
    let path = format!("/v1/processes/{process}/resolve");
    let late = scene.server.post(&path, json!({ "as": "cancel", "reason": "too late" }));
    let late = late.await.problem(409, "not-in-review");
    assert_eq!(late.get("processId"), process.to_string());
}

#[tokio::test]
async fn an_attempt_confirmed_by_hand_stays_so_when_the_answers_come() {
    // T65
    let Some(mut scene) = Scene::open().await else { return };
    scene.library.shelve(1).await;
    let process = scene.rent_in_review("jenny", 1).await;
    let resolved =
        scene.resolve(process, json!({ "as": "confirm", "reason": "seen at the desk" })).await.is(200);
    assert_eq!(parts(&resolved.json()), ("RESOLVED", "WAITING", "WAITING"));
    assert_eq!(resolved.get("id"), process.to_string());
    assert!(resolved.get("version").is_u64() && resolved.get("position").is_u64());
    assert_eq!(resolved.header("etag"), Some(format!("\"{}\"", resolved.get("version")).as_str()));
    let held = scene.server.get(&card("jenny", "")).await.json();
    assert_eq!(held["held"][0]["state"], "RENTED");
    let events = scene.server.get(&format!("/v1/events?correlation={process}&limit=200")).await.json();
    let mut all = events["items"].as_array().unwrap().iter();
    let decision = all.find(|event| event["type"] == "rental-card.review-resolved").unwrap();
    assert_eq!(decision["data"]["reason"], "seen at the desk");
    assert_eq!(decision["metadata"]["actor"], events["items"][0]["metadata"]["actor"]);

    scene.library.settle().await;
    assert_eq!(parts(&scene.shown(process).await), ("RESOLVED", "DONE", "DONE"));
}

#[tokio::test]
async fn an_attempt_cancelled_by_hand_undoes_what_is_answered_late() {
    // T65
    let Some(mut scene) = Scene::open().await else { return };
    scene.library.shelve(1).await;
    let process = scene.rent_in_review("jenny", 1).await;
    let resolved = scene.resolve(process, json!({ "as": "cancel", "reason": "she went home" })).await.is(200);
    assert_eq!(parts(&resolved.json()).0, "RESOLVED");
    scene.library.settle().await;
    assert_eq!(parts(&scene.shown(process).await), ("RESOLVED", "UNDONE", "UNDONE"));
    assert_eq!(scene.server.get(&card("jenny", "")).await.get("held"), json!([]));
    assert_eq!(scene.server.get("/v1/books/1").await.get("status"), "AVAILABLE");
    assert_eq!(scene.server.get("/v1/members/jenny").await.get("points"), 0);
}

#[tokio::test]
async fn a_decision_stands_in_the_audit_beside_what_was_done_to_processors() {
    let Some(mut scene) = Scene::open().await else { return };
    let process = scene.rent_in_review("jenny", 1).await;
    scene.resolve(process, json!({ "as": "cancel", "reason": "the book is lost" })).await.is(200);
    scene.library.settle_only(&OPERATIONS).await;

    let audit = scene.server.get("/v1/audit").await.is(200).json();

    let line = &audit["items"][0];
    assert_eq!((&line["what"], &line["outcome"]), (&json!("RESOLVE"), &json!("APPLIED")), "{audit:#}");
    assert_eq!(
        (&line["target"]["process"], &line["reason"]),
        (&json!(process.to_string()), &json!("the book is lost"))
    );
}

#[tokio::test]
async fn what_was_cancelled_cannot_be_confirmed() {
    let Some(mut scene) = Scene::open().await else { return };
    let jenny = scene.library.join("jenny", 0).await;
    let process = scene.library.rent(&jenny, book(404)).await;
    for processor in [&LEND_BOOKS, &KEEP_POINTS, &RECORD_ANSWERS] {
        scene.library.settle_only(processor).await;
    }
    scene.pass_the_deadline().await;
    assert_eq!(parts(&scene.shown(process).await), ("NEEDS_REVIEW", "REFUSED", "UNDOING"));
    let confirm = scene.resolve(process, json!({ "as": "confirm", "reason": "x" })).await;
    confirm.problem(409, "cannot-confirm");
    let cancel = scene.resolve_as("other", process, json!({ "as": "cancel", "reason": "x" })).await;
    assert_eq!(parts(&cancel.is(200).json()).0, "RESOLVED");
}

#[tokio::test]
async fn a_decision_that_is_sent_again_is_taken_once() {
    // T73
    let Some(mut scene) = Scene::open().await else { return };
    scene.library.shelve(1).await;
    let process = scene.rent_in_review("jenny", 1).await;
    let body = json!({ "as": "confirm", "reason": "seen" });
    let first = scene.resolve(process, body.clone()).await.is(200);
    let events = scene.server.head().await;
    let again = scene.resolve(process, body).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), first.json());
    assert_eq!(scene.server.head().await, events);
    let other = json!({ "as": "cancel", "reason": "seen" });
    scene.resolve(process, other.clone()).await.problem(422, "idempotency-key-reused");
    scene.resolve_as("new", process, other).await.problem(409, "not-in-review");
}

#[tokio::test]
async fn a_decision_names_a_direction_and_a_reason() {
    let Some(mut scene) = Scene::open().await else { return };
    scene.library.shelve(1).await;
    let process = scene.rent_in_review("jenny", 1).await;
    let path = format!("/v1/processes/{process}/resolve");
    let before = scene.server.head().await;
    for (body, wrong) in [
        (json!({}), vec!["as", "reason"]),
        (json!({ "as": "confirm" }), vec!["reason"]),
        (json!({ "as": "confirm", "reason": "" }), vec!["reason"]),
        (json!({ "as": "confirm", "reason": "  " }), vec!["reason"]),
        (json!({ "as": "confirm", "reason": "x".repeat(501) }), vec!["reason"]),
        (json!({ "as": "Confirm", "reason": "x" }), vec!["as"]),
        (json!({ "as": 1, "reason": {} }), vec!["as", "reason"]),
    ] {
        let refused = scene.server.post(&path, body).await.problem(422, "invalid-fields");
        assert_eq!(refused.wrong_fields(), wrong);
    }
    let unknown = json!({ "as": "cancel", "reason": "x", "force": true });
    scene.server.post(&path, unknown).await.problem(400, "unknown-field");
    assert_eq!(scene.server.head().await, before);
}

#[tokio::test]
async fn an_attempt_that_does_not_exist_cannot_be_decided() {
    let Some(mut scene) = Scene::open().await else { return };
    scene.library.settle().await;
    let body = json!({ "as": "cancel", "reason": "x" });
    for id in ["rent-01955f3a-6c00-7000-8000-000000000001", "rent-1", "x", "%00"] {
        let path = format!("/v1/processes/{id}/resolve");
        scene.server.post(&path, body.clone()).await.problem(404, "process-not-found");
    }
}

#[tokio::test]
async fn a_book_that_is_not_brought_back_becomes_overdue_by_itself() {
    let Some(mut scene) = Scene::open().await else { return };
    let jenny = scene.library.join("jenny", 0).await;
    let no = scene.library.shelve(1).await;
    scene.library.rent(&jenny, no).await;
    scene.library.settle().await;
    scene.library.stores.clock.advance(SignedDuration::from_hours(24 * 14));
    assert_eq!(scene.library.ticker.tick().await.marked, 0, "it is due today");
    scene.library.stores.clock.advance(SignedDuration::from_hours(24));

    assert_eq!(scene.library.ticker.tick().await.marked, 1);

    let card = scene.server.get(&card("jenny", "")).await.is(200).json();
    assert_eq!((&card["status"], &card["held"][0]["overdue"]), (&json!("SUSPENDED"), &json!(true)));
    assert_eq!(card["lateFee"], 0);
    assert_eq!(scene.library.ticker.tick().await.marked, 0);
}
