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

#[test]
fn the_url_of_a_broker_says_the_kind_and_who_is_there() {
    let flags = Words { publisher: Some("kafka://one:9092,two:9093".into()), ..Words::default() };
    let settings = Given { flags, ..Given::default() }.read().settings().unwrap();
    assert_eq!(settings.publisher, PublisherKind::Kafka);
    assert_eq!(settings.kafka.brokers, ["one:9092", "two:9093"]);

    let file = "[publisher]\nkind = \"kafka\"\nbrokers = [\"three:9092\"]\nprefix = \"seoul.\"";
    let settings = Given { file, ..Given::default() }.read().settings().unwrap();
    assert_eq!((settings.kafka.brokers, &*settings.kafka.prefix), (vec!["three:9092".to_owned()], "seoul."));

    let flags = Words { publisher: Some("kafka://[::1]:9092,10.0.0.1:1".into()), ..Words::default() };
    let settings = Given { flags, ..Given::default() }.read().settings().unwrap();
    assert_eq!(settings.kafka.brokers, ["[::1]:9092", "10.0.0.1:1"]);
}

/// T85: where a broker should stand, an account with its password may.
#[test]
fn what_is_no_broker_is_refused_without_its_password() {
    let flags = Words { publisher: Some("kafka://user:swordfish@host:9092".into()), ..Words::default() };
    let said = Given { flags, ..Given::default() }.problems();
    assert!(said.len() == 1 && said[0].contains("not a broker"), "{said:?}");
    assert!(!said[0].contains("swordfish"), "{said:?}");
    let several = ["b:9092 c:9092", "b:9092;c:9092", "b :9092", "b:9092,c"];
    let one = ["b", "b:", ":9092", "b:0", "b:-1", "b:99999", "::1:9092", "[b]:9092", "tcp://b:9092", ""];
    for bad in several.into_iter().chain(one) {
        let flags = Words { publisher: Some(format!("kafka://{bad}")), ..Words::default() };
        let said = Given { flags, ..Given::default() }.problems();
        assert!(said.len() == 1 && said[0].contains("not a broker"), "{bad}: {said:?}");
    }
    for file in ["publisher.prefix = \"a/b\"", "publisher.prefix = \"a b\"", "publisher.prefix = \"ä\""] {
        let said = Given { file, ..Given::default() }.problems();
        assert!(said.len() == 1 && said[0].contains("topics are named by"), "{file}: {said:?}");
    }
}

#[test]
fn a_user_and_a_password_go_together_and_the_password_is_not_shown() {
    let said = Given { file: "publisher.password = \"swordfish\"", ..Given::default() };
    assert!(!said.shown().contains("swordfish"), "{}", said.shown());
    let said = said.problems();
    assert!(said.iter().any(|said| said.contains("go together")), "{said:?}");
    assert!(said.iter().all(|said| !said.contains("swordfish")), "{said:?}");
}

/// A build without the feature cannot do it and says so; it never goes on without.
#[test]
fn encryption_and_accounts_take_a_build_that_has_them() {
    let left_out = |key: &str, line: usize| {
        let what = "this was left out of this build; build with `--features kafka-tls`, which takes OpenSSL's headers \
                    (Debian: libssl-dev), or leave it out here";
        if crate::ports::KAFKA_TLS { vec![] } else { vec![format!("rental.toml:{line}: {key}: {what}")] }
    };
    let said = Given { file: "publisher.tls = true", ..Given::default() }.problems();
    assert_eq!(said, left_out("publisher.tls", 1));
    let file = "publisher.user = \"kim\"\npublisher.password = \"swordfish\"";
    assert_eq!(Given { file, ..Given::default() }.problems(), left_out("publisher.user", 1));
}

#[test]
fn what_would_protect_nobody_is_refused() {
    let said = Given { file: "publisher.authorities = \"/ca.pem\"", ..Given::default() }.problems();
    assert!(
        said.len() == 1 && said[0].contains("without `publisher.tls = true` nothing is encrypted"),
        "{said:?}"
    );
    let file = "[publisher]\nuser = \"kim\"\npassword = \"swordfish\"\nmechanism = \"PLAIN\"";
    let said = Given { file, ..Given::default() }.problems();
    let plain: Vec<_> = said.iter().filter(|said| said.contains("sends the password as it is")).collect();
    assert!(plain.len() == 1 && plain[0].starts_with("rental.toml:4: publisher.mechanism: "), "{said:?}");
    let file = "[publisher]\nuser = \"kim\"\npassword = \"swordfish\"\nmechanism = \"SCRAM-SHA-256\"";
    let said = Given { file, ..Given::default() }.problems();
    assert!(said.iter().all(|said| !said.contains("publisher.mechanism")), "{said:?}");
}

#[test]
fn messages_come_in_by_tokens_alone_or_through_a_group() {
    let subscribing = |file| Given { file, ..Given::default() }.read().settings().unwrap().kafka.subscribing;
    assert!(!subscribing(""));
    assert!(!subscribing("publisher.consume = \"tracking\""));
    assert!(subscribing("publisher.consume = \"subscribing\""));
    for file in [
        "publisher.consume = \"subscribe\"",
        "publisher.consume = \"\"",
        "publisher.consume = true",
        "publisher.consume = [\"tracking\"]",
    ] {
        let said = Given { file, ..Given::default() }.problems();
        assert!(said.len() == 1 && said[0].contains("publisher.consume"), "{file}: {said:?}");
    }
    let said = Given { file: "publisher.consume = \"groups\"", ..Given::default() }.problems();
    assert!(said[0].contains("it is `tracking` or `subscribing`"), "{said:?}");
}
