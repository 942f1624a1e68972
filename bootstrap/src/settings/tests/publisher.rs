//! What messages may go over, and what that takes.

use super::*;

#[test]
fn a_broker_in_memory_takes_tokens_that_go_with_it() {
    let problems = |store: &str, tokens: Option<&str>| {
        let [store, publisher] = [store, "memory"].map(|word| Some(word.to_owned()));
        let tokens = tokens.map(str::to_owned);
        Given { flags: Words { store, tokens, publisher, ..Words::default() }, ..Given::default() }.problems()
    };
    assert_eq!(problems("memory:", None), [""; 0]);
    assert_eq!(
        problems("sqlite:a", Some("memory:")),
        [""; 0],
        "everything is published again at the next start"
    );
    let said = problems("sqlite:a", None);
    let reason =
        "--publisher: a broker in memory is gone with the process, while tokens in sqlite:a would stay";
    assert!(said.len() == 1 && said[0].starts_with(reason), "{said:?}");

    let environment = &[("RENTAL__PUBLISHER__KIND", "memory"), ("RENTAL__STORE__KIND", "memory")];
    let settings = Given { environment, ..Given::default() }.read().settings().unwrap();
    assert_eq!(settings.publisher, PublisherKind::Memory);
    assert_eq!(Given::default().read().settings().unwrap().publisher, PublisherKind::Local);
}
