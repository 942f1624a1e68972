//! A client that was not written here: Kafka's own console tools read what our service says, and answer it as a plain peer
//! does.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tests::servers;
use tests::topics::TestTopics;

use crate::asking::Desk;
use crate::server::Server;
use crate::store::{FaultStore, Files};

const INFRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/run");

/// The tools, at topics with a prefix.
struct Console {
    brokers: String,
    prefix: String,
}

/// A record as the consumer prints it.
#[derive(Debug)]
struct Printed {
    headers: Vec<(String, String)>,
    key: String,
    body: Value,
}

impl Console {
    fn tool(&self, name: &str, topic: &str, words: &[&str]) -> Command {
        let mut tool = Command::new(INFRA);
        tool.args(["console", name, "--bootstrap-server", &self.brokers]);
        tool.args(["--topic", &format!("{}{topic}", self.prefix)]).args(words);
        tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        tool
    }

    /// The first records of a topic, of all partitions, with headers and keys.
    fn read(&self, topic: &str, count: usize) -> Vec<Printed> {
        let most = count.to_string();
        let words = ["--from-beginning", "--max-messages", &most, "--timeout-ms", "30000"];
        let shown = ["--formatter-property", "print.headers=true", "--formatter-property", "print.key=true"];
        let output = self.tool("consumer", topic, &[&words[..], &shown].concat()).output().unwrap();
        let lines: Vec<_> = said(&output).lines().map(Printed::of).collect();
        assert_eq!(lines.len(), count, "{topic}: {lines:?}");
        lines
    }

    /// Writes a line as a record.
    fn write(&self, topic: &str, words: &[&str], line: &str) {
        let mut tool = self.tool("producer", topic, words).spawn().unwrap();
        tool.stdin.take().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
        said(&tool.wait_with_output().unwrap());
    }

    /// Answers with nothing but JSON, as a service does that knows no headers.
    fn answer(&self, body: &Value) {
        self.write("rental_result", &[], &body.to_string());
    }
}

impl Printed {
    fn of(line: &str) -> Self {
        let [headers, key, body] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else {
            panic!("not headers, key and body: {line}")
        };
        let header = |pair: &str| {
            let (name, value) = pair.split_once(':').unwrap_or_else(|| panic!("no header: {pair}"));
            (name.to_owned(), value.to_owned())
        };
        let headers = headers.split(',').map(header).collect();
        Self { headers, key: key.to_owned(), body: serde_json::from_str(body).unwrap() }
    }

    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(found, _)| found == name);
        &found.unwrap_or_else(|| panic!("no header {name} in {self:?}")).1
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Our cards, beside books and members that others keep.
struct Beside {
    console: Console,
    desk: Desk,
    _server: Server,
    _files: Files,
}

impl Beside {
    async fn started() -> Option<Self> {
        let brokers = servers::kafka()?;
        let prefix = TestTopics::on(&brokers).settings().prefix;
        let files = Files::fresh().await.unwrap();
        let mut start =
            files.command(&["--services", "rental", "--publisher", &format!("kafka://{brokers}")]);
        start.env("RENTAL__PUBLISHER__PREFIX", &prefix).env("RENTAL__PUBLISHER__CREATE_TOPICS", "true");
        start.env("RENTAL__PARTICIPANTS__BOOK__ANSWERS", "plain");
        start.env("RENTAL__PARTICIPANTS__MEMBER__ANSWERS", "plain");
        let server = Server::run(start);
        let desk = Desk::at(&server.address);
        desk.until("/readyz", |answer| answer.status == 200).await;
        let card = json!({"memberId": "jenny", "memberName": "제니"});
        let issued = desk.post("/v1/rental-cards", "card", &card).await.unwrap();
        assert_eq!(issued.status, 201, "{}", issued.text);
        Some(Self { console: Console { brokers, prefix }, desk, _server: server, _files: files })
    }

    /// Asks for a book; gives the attempt.
    async fn rent(&self, no: u64) -> String {
        let body = json!({"bookNo": no, "title": format!("책 {no}")});
        let asked =
            self.desk.post("/v1/rental-cards/jenny/rent", &format!("rent-{no}"), &body).await.unwrap();
        assert_eq!(asked.status, 202, "{}", asked.text);
        asked.json()["processId"].as_str().unwrap().to_owned()
    }

    async fn ends(&self, process: &str, status: &str) {
        let path = format!("/v1/processes/{process}");
        self.desk.until(&path, |answer| answer.status == 200 && answer.json()["status"] == status).await;
    }
}

/// What is documented of a message that asks somebody for something.
fn is_as_documented(printed: &Printed, kind: &str, process: &str) {
    let names: Vec<_> = printed.headers.iter().map(|(name, _)| name.as_str()).collect();
    let documented = [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_subject",
        "ce_partitionkey",
        "ce_correlationid",
        "ce_causationid",
        "ce_position",
        "content-type",
    ];
    assert!(names.starts_with(&documented), "{names:?}");
    for (name, value) in [
        ("ce_specversion", "1.0"),
        ("ce_source", "/rental"),
        ("ce_type", kind),
        ("ce_subject", "rental-card-jenny"),
        ("ce_partitionkey", "jenny"),
        ("ce_correlationid", process),
        ("content-type", "application/json"),
    ] {
        assert_eq!(printed.header(name), value, "{name} of {printed:?}");
    }
    assert!(printed.header("ce_position").parse::<u64>().unwrap() > 0, "{printed:?}");
    assert!(uuid::Uuid::try_parse(printed.header("ce_id")).is_ok(), "{printed:?}");
    assert_eq!(
        (printed.key.as_str(), &printed.body["idName"]),
        ("jenny", &json!({"id": "jenny", "name": "제니"}))
    );
}

fn answer(no: u64, success: (&str, bool)) -> Value {
    json!({
        "eventType": "RENT",
        "idName": {"id": "jenny", "name": "제니"},
        "item": {"no": no, "title": "whatever they call it"},
        "point": 10,
        success.0: success.1,
    })
}

/// The record, its key and headers are as documented, and plain JSON is enough to answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_is_kafkas_own_console_reads_a_rent_and_its_answer_completes_it() {
    let Some(beside) = Beside::started().await else { return };
    let rent = beside.rent(1).await;

    let asked = beside.console.read("rental_rent", 1);
    is_as_documented(&asked[0], "library.item-rented.v1", &rent);
    let body = &asked[0].body;
    assert_eq!((&body["item"], &body["point"]), (&json!({"no": 1, "title": "책 1"}), &json!(10)), "{body}");

    beside.console.answer(&answer(1, ("successed", true)));
    beside.ends(&rent, "COMPLETED").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_is_kafkas_own_console_refuses_a_rent_and_is_told_to_take_points_back() {
    let Some(beside) = Beside::started().await else { return };
    let rent = beside.rent(2).await;
    beside.console.answer(&answer(2, ("isSuccessed", false)));
    beside.ends(&rent, "COMPENSATED").await;

    let undone = beside.console.read("point_use", 1);
    is_as_documented(&undone[0], "library.point-use-command.v1", &rent);
    assert_eq!(undone[0].body["point"], 10);
    let uncounted = beside.console.read("rental_uncount", 1);
    is_as_documented(&uncounted[0], "library.item-rent-cancelled.v1", &rent);
    assert_eq!(uncounted[0].body["item"]["no"], 2);
}

/// Headers and a key as ours write them, by a tool that knows nothing of us.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_with_headers_that_the_console_writes_is_taken_once() {
    let Some(beside) = Beside::started().await else { return };
    let rent = beside.rent(3).await;
    let (id, body) = (uuid::Uuid::from_u128(7), answer(3, ("success", true)));
    let headers = format!(
        "ce_specversion:1.0,ce_id:{id},ce_source:/lender,ce_type:library.event-result.v1,content-type:application/json"
    );
    let words = ["--reader-property", "parse.headers=true", "--reader-property", "parse.key=true"];
    for _ in 0..2 {
        beside.console.write("rental_result", &words, &format!("{headers}\tjenny\t{body}"));
    }
    beside.ends(&rent, "COMPLETED").await;
    beside.desk.settled().await;
    let recorded =
        beside.desk.get("/v1/events?type=rental-card.answer-recorded&after=0").await.unwrap().json();
    let by_book = recorded["items"].as_array().unwrap().iter();
    let by_book = by_book.filter(|event| event["data"]["participant"] == "BOOK").count();
    assert_eq!(by_book, 1, "{recorded:#}");
}
