//! Four services, each with stores of its own, behind four addresses: what a client sees of a library in parts.

use adapters::client::{Client, ClientSettings, HttpEvidence};
use application::services::ServiceName;
use application::verify::verify_evidence;
use reqwest::Method;
use serde_json::{Value, json};
use tests::library::parted::Parted;

use super::Server;
use crate::server::card;

/// The four of them.
struct Four {
    rental: Server,
    book: Server,
    member: Server,
    best_seller: Server,
}

impl Four {
    async fn start() -> Option<Self> {
        let Parted { rental, book, member, best_seller, .. } = Server::parted().await?;
        let settings = super::waiting::given_dates;
        Some(Self {
            rental: Server::over(rental, settings()).await,
            book: Server::over(book, settings()).await,
            member: Server::over(member, settings()).await,
            best_seller: Server::over(best_seller, settings()).await,
        })
    }

    fn each(&self) -> [(ServiceName, &Server); 4] {
        let all = [&self.rental, &self.book, &self.member, &self.best_seller];
        let mut servers = ServiceName::ALL.into_iter().zip(all);
        std::array::from_fn(|_| servers.next().unwrap())
    }

    /// A member where members are, with a card where cards are, and a book whose title cards know.
    async fn furnish(&self, member: &str, no: i64) {
        self.member.post("/v1/members", json!({ "id": member, "name": member })).await.is(201);
        self.rental.post("/v1/rental-cards", json!({ "memberId": member })).await.is(201);
        let book = json!({ "no": no, "title": format!("Title {no}"), "available": true });
        self.book.post("/v1/books", book).await.is(201);
        self.settled().await;
    }

    /// Waits until all have handled what there is, and nothing was said meanwhile.
    async fn settled(&self) {
        let mut before = vec![];
        loop {
            let mut heads = vec![];
            for (_, server) in self.each() {
                server.settled().await;
                heads.push(server.head().await);
            }
            if heads == before {
                return;
            }
            before = heads;
        }
    }
}

/// What is asked of each service, one route of each kind.
const ROUTES: [(ServiceName, Method, &str); 19] = [
    (ServiceName::Rental, Method::POST, "/v1/rental-cards"),
    (ServiceName::Rental, Method::GET, "/v1/rental-cards"),
    (ServiceName::Rental, Method::GET, "/v1/rental-cards/jenny"),
    (ServiceName::Rental, Method::GET, "/v1/loans?overdue=true"),
    (ServiceName::Rental, Method::POST, "/v1/rental-cards/jenny/rent"),
    (ServiceName::Rental, Method::POST, "/v1/rental-cards/jenny/return"),
    (ServiceName::Rental, Method::POST, "/v1/rental-cards/jenny/clear-overdue"),
    (ServiceName::Rental, Method::GET, "/v1/processes"),
    (ServiceName::Rental, Method::GET, "/v1/processes/rent-1"),
    (ServiceName::Rental, Method::POST, "/v1/processes/rent-1/resolve"),
    (ServiceName::Book, Method::POST, "/v1/books"),
    (ServiceName::Book, Method::GET, "/v1/books?status=AVAILABLE"),
    (ServiceName::Book, Method::POST, "/v1/books/1/available"),
    (ServiceName::Member, Method::POST, "/v1/members"),
    (ServiceName::Member, Method::GET, "/v1/members"),
    (ServiceName::Member, Method::GET, "/v1/members/jenny"),
    (ServiceName::Member, Method::GET, "/v1/members/jenny/points"),
    (ServiceName::Member, Method::POST, "/v1/members/jenny/points/save"),
    (ServiceName::BestSeller, Method::GET, "/v1/best-sellers?period=all"),
];

#[tokio::test]
async fn a_member_rents_returns_late_and_pays_across_four_services() {
    let Some(four) = Four::start().await else { return };
    four.furnish("jenny", 1).await;
    four.member.post("/v1/members/jenny/points/save", json!({ "amount": 100 })).await.is(200);

    assert_eq!(four.rental.rent("jenny", 1).await.get("status"), "COMPLETED");
    let held = four.rental.get(&card("jenny", "")).await.is(200).get("held");
    assert_eq!((&held[0]["state"], &held[0]["title"]), (&json!("RENTED"), &json!("Title 1")));
    assert_eq!(four.book.get("/v1/books/1").await.is(200).get("status"), "UNAVAILABLE");

    let late = json!({ "bookNo": 1, "on": "2026-03-19" });
    let returned = four.rental.post_waiting(&card("jenny", "/return"), late).await.is(200);
    assert_eq!(returned.get("status"), "COMPLETED");
    assert_eq!(four.rental.get(&card("jenny", "")).await.get("lateFee"), 30);
    let paid = json!({ "points": 30 });
    let paid = four.rental.post_waiting(&card("jenny", "/clear-overdue"), paid).await.is(200);
    assert_eq!((paid.get("kind"), paid.get("status")), (json!("OVERDUE"), json!("COMPLETED")));

    assert_eq!(four.member.get("/v1/members/jenny").await.is(200).get("points"), 100 + 10 + 10 - 30);
    let ranked = |ranking: &Value| ranking["items"][0]["title"] == "Title 1";
    four.best_seller.until("/v1/best-sellers?period=2026-03", ranked).await;
}

#[tokio::test]
async fn a_rent_that_another_service_refuses_is_undone() {
    let Some(four) = Four::start().await else { return };
    four.furnish("jenny", 1).await;
    four.furnish("tom", 2).await;
    four.rental.rent("jenny", 1).await;

    let refused = four.rental.post_waiting(&card("tom", "/rent"), json!({ "bookNo": 1 })).await;
    let process = refused.problem(409, "rental-cancelled").text_of("processId");
    let is_undone = |process: &Value| process["status"] == "COMPENSATED";
    four.rental.until(&format!("/v1/processes/{process}"), is_undone).await;

    assert_eq!(four.member.get("/v1/members/tom").await.is(200).get("points"), 0);
    assert_eq!(four.rental.get(&card("tom", "")).await.is(200).get("held"), json!([]));
}

#[tokio::test]
async fn what_another_service_answers_is_answered_with_which_one_it_is() {
    let Some(four) = Four::start().await else { return };
    for (service, server) in four.each() {
        for (owner, method, path) in ROUTES {
            let request = server.request(method.clone(), path).json(&json!({}));
            let answer = server.send(request).await;
            if owner == service {
                assert!(
                    !answer.text.contains("not-served-here"),
                    "{service}: {method} {path}: {}",
                    answer.text
                );
                continue;
            }
            let answer = answer.problem(404, "not-served-here");
            assert_eq!(answer.get("service"), owner.name(), "{service}: {method} {path}");
            let detail = answer.text_of("detail");
            assert!(detail.contains(&format!("ask {owner} where it runs")), "{detail}");
        }
        for path in ["/v1/events", "/v1/processors", "/v1/dead-letters", "/livez", "/openapi.json"] {
            server.get(path).await.is(200);
        }
        server.get("/v1/nowhere").await.problem(404, "not-found");
        assert_eq!(server.head().await, 0, "nothing was done");
    }
}

#[tokio::test]
async fn each_service_is_ready_by_what_it_has_itself() {
    let Some(four) = Four::start().await else { return };
    four.furnish("jenny", 1).await;
    // Views and the relay follow the log; a handler, and a view of others, each partition of their topics.
    for ((service, server), here) in four.each().into_iter().zip([3 + 4 + 4, 2 + 16, 1 + 16, 2 + 8]) {
        let ready = server.get("/readyz").await.is(200).text;
        assert!(ready.contains(&format!("{here} here")), "{service}: {ready}");
    }
}

#[tokio::test]
async fn a_check_of_each_service_holds_and_says_what_it_cannot_show() {
    let Some(four) = Four::start().await else { return };
    four.furnish("jenny", 1).await;
    four.rental.rent("jenny", 1).await;
    four.settled().await;
    for (service, server) in four.each() {
        let address = format!("http://{}", server.address).parse().unwrap();
        let client = Client::new(&address, &ClientSettings::default()).unwrap();
        let report = verify_evidence(&HttpEvidence::of(client)).await.unwrap();
        assert_eq!(report.violations, [], "{service}");
        let left = format!("I1: it is about rental and book, and this is the log of {service}");
        assert!(report.unjudged.contains(&left), "{report:#?}");
    }
}
