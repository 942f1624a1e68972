//! Somebody who comes while there is no room, and again when there is some.

use serde_json::json;

use crate::asking::{Answer, Desk};
use crate::server::Server;
use crate::store::FaultStore;

/// Somebody who enters books, large ones.
pub(crate) struct Visit {
    pub(crate) desk: Desk,
}

impl Visit {
    /// Comes for the first time, and enters a book.
    pub(crate) async fn of(server: &Server) -> Self {
        let visit = Self { desk: Desk::at(&server.address) };
        assert_eq!(visit.enters(0).await.status, 201);
        visit.desk.settled().await;
        visit
    }

    /// Books have the numbers from 1 to this one.
    pub(crate) async fn enters(&self, no: u64) -> Answer {
        let body = json!({"no": no + 1, "title": "T".repeat(200), "description": "D".repeat(2_000)});
        self.desk.post("/v1/books", &format!("enter-{no}"), &body).await.expect("an answer")
    }

    /// Sooner or later, since there is some room in what the files have; reads go on then. Gives the number of the last
    /// try.
    pub(crate) async fn is_turned_away(&self) -> u64 {
        let mut refused = 0;
        for no in 1..=3_000 {
            let answer = self.enters(no).await;
            assert!([201, 503].contains(&answer.status), "{}", answer.text);
            refused += u64::from(answer.status == 503);
            assert_eq!(self.desk.get("/v1/books/1").await.unwrap().status, 200);
            if refused == 5 {
                return no;
            }
        }
        panic!("only {refused} of 3000 were refused");
    }

    /// Whoever asks whether to send requests here hears that nothing can be written, and why.
    pub(crate) async fn is_not_ready(&self, side: &str, why: &str) {
        let ready = self.desk.get("/readyz").await.unwrap();
        assert_eq!(ready.status, 503, "{}", ready.text);
        let check = format!("{{\"check\":\"{side}\",\"ok\":false,\"found\":\"nothing can be written to ");
        let line = ready.text.lines().find(|line| line.starts_with(&check)).unwrap_or_default();
        assert!(line.contains(why), "{}", ready.text);
    }

    /// What was refused is taken now, what was taken is known, and more is taken.
    pub(crate) async fn is_served(&self, tried: u64) {
        // Nobody sends requests to a service that is not ready, so it finds out by itself.
        self.desk.until("/readyz", |ready| ready.status == 200).await;
        let mut known = 0;
        for no in 0..=tried + 10 {
            let answer = self.enters(no).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            known += u64::from(answer.replayed);
        }
        assert!(known <= tried + 1 - 5, "{known} of {tried} were known, and five had been refused");
        self.desk.settled().await;
    }

    /// Whatever was entered is there for the next process, once, and everything follows from it.
    pub(crate) async fn finds_all_after_a_restart(
        &self,
        tried: u64,
        server: Server,
        place: &impl FaultStore,
    ) {
        drop(server);
        let server = place.start(&[]);
        let again = Self { desk: Desk::at(&server.address) };
        for no in 0..=tried + 10 {
            let answer = again.enters(no).await;
            assert_eq!((answer.status, answer.replayed), (201, true), "{}", answer.text);
        }
        again.desk.settled().await;
        let report = place.stores().await.judged().await;
        assert_eq!((report.violations, report.unjudged), (vec![], vec![]));
        server.signal("TERM");
        assert_eq!(server.ended().0.code(), Some(0));
    }
}
