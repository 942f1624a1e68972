//! The settings as a whole: which source counts, what is refused, and what is said of them.

mod documents;
mod publisher;
mod services;

use std::path::Path;

use super::*;

/// What was given, one source each.
#[derive(Default)]
struct Given {
    file: &'static str,
    environment: &'static [(&'static str, &'static str)],
    flags: Words,
}

impl Given {
    fn read(&self) -> Reading {
        let variables = self.environment.iter().map(|(name, value)| (name.into(), value.into()));
        Reading::with(file::parse(Path::new("rental.toml"), self.file), &self.flags, variables)
    }

    fn problems(&self) -> Vec<String> {
        self.read().into_parts().1.iter().map(ToString::to_string).collect()
    }

    fn shown(&self) -> String {
        render(&self.read().into_parts().0, Output::Toml)
    }
}

#[test]
fn the_defaults_are_right() {
    let settings = Given::default().read().settings().unwrap();
    assert_eq!(settings.grace, Duration::from_secs(10));
    assert_eq!(settings.zone.iana_name(), Some("Asia/Seoul"));
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn the_strongest_source_counts() {
    const FILE: &str = "[shutdown]\ngrace = \"1s\"";
    const ENVIRONMENT: &[(&str, &str)] = &[("RENTAL__SHUTDOWN__GRACE", "2s")];
    let flag = || Words { grace: Some("3s".into()), ..Words::default() };
    for (file, environment, flags, grace, source) in [
        ("", &[][..], Words::default(), 10, "default"),
        (FILE, &[], Words::default(), 1, "rental.toml:2"),
        ("", ENVIRONMENT, Words::default(), 2, "RENTAL__SHUTDOWN__GRACE"),
        (FILE, ENVIRONMENT, Words::default(), 2, "RENTAL__SHUTDOWN__GRACE"),
        ("", &[], flag(), 3, "--grace"),
        (FILE, &[], flag(), 3, "--grace"),
        ("", ENVIRONMENT, flag(), 3, "--grace"),
        (FILE, ENVIRONMENT, flag(), 3, "--grace"),
    ] {
        let given = Given { file, environment, flags };
        assert!(given.shown().contains(&format!("grace = \"{grace}s\"  # {source}\n")), "{}", given.shown());
        assert_eq!(given.read().settings().unwrap().grace, Duration::from_secs(grace));
    }
}

/// T89.
#[test]
fn every_problem_is_listed_at_once_with_its_source() {
    let file = "\
colour = 1
[http]
adress = \"a\"
running_max = \"many\"
[clock.zone]
city = 1
[lgo]
format = \"json\"
level = \"info\"
[processors.catalog]
segments = 2
[processors.weather]
segments = 2
";
    let environment =
        &[("RENTAL__SNAPSHOTS__EVERY", "-1"), ("RENTAL__SNAPSHOT__EVERY", "1"), ("RENTAL__HTTP", "x")];
    let flags = Words { zone: None, log_format: Some("xml".into()), ..Words::default() };
    let said = Given { file, environment, flags }.problems();
    let expected = [
        "rental.toml:4: http.running_max: found the text `many`; it is a whole number from 1 to 100000, without quotes",
        "rental.toml:5: clock.zone: found a section; it is a text: write it in quotes",
        "RENTAL__SNAPSHOTS__EVERY: found `-1`; it is a whole number from 0 to 1000000, without quotes",
        "--log-format: found `xml`; it is `text` or `json`",
        "rental.toml:1: colour: unknown key; `rental config show` lists those there are",
        "rental.toml:3: http.adress: unknown key; did you mean `http.address`?",
        "rental.toml:7: lgo: unknown section; did you mean `log`?",
        "rental.toml:10: processors.catalog: unknown section; did you mean `processors.catalogue`?",
        "rental.toml:12: processors.weather: there is no processor of this name; there are default, catalogue, loans, \
         best-sellers, processes, lend-books, keep-points, count-rentals, record-answers, publish",
        "RENTAL__HTTP: this is a section and has no value of its own; in it are http.address, http.allow_anonymous, \
         http.running_max, http.waiting_max, http.bodies_max, http.bodies_bytes, http.body_limit, http.request_limit, http.streams_max, http.heartbeat, \
         http.connections_max, http.head_limit, http.write_limit, http.origins",
        "RENTAL__SNAPSHOT__EVERY: unknown variable; did you mean RENTAL__SNAPSHOTS__EVERY?",
    ];
    assert_eq!(sorted(said), sorted(expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_key_in_the_wrong_section_is_recognised() {
    let said = Given { file: "grace = \"1s\"", ..Given::default() }.problems();
    assert_eq!(said, ["rental.toml:1: grace: unknown key; did you mean `shutdown.grace`?"]);
}

#[test]
fn beyond_loopback_it_listens_only_when_told_that_anybody_may_ask() {
    for listen in ["0.0.0.0:8080", "[::]:8080", "192.168.1.2:80"] {
        let words =
            |allow_anonymous| Words { listen: Some(listen.into()), allow_anonymous, ..Words::default() };
        let said = Given { flags: words(false), ..Given::default() }.problems();
        assert!(said.len() == 1 && said[0].starts_with("--listen: "), "{said:?}");
        assert!(Given { flags: words(true), ..Given::default() }.read().settings().is_ok(), "{listen}");
    }
    let v6 = Words { listen: Some("[::1]:8080".into()), ..Words::default() };
    assert!(Given { flags: v6, ..Given::default() }.read().settings().is_ok());
}

#[test]
fn a_service_that_runs_here_is_no_plain_peer() {
    let file = "participants.book.answers = \"plain\"";
    let said = "participants.book.answers: this process runs the service `book` itself, which answers with ids; leave it \
                out of `services`, or say \"ids\"";
    assert_eq!(Given { file, ..Given::default() }.problems(), [format!("rental.toml:1: {said}")]);
}

#[test]
fn urls_of_flags_pick_the_kind() {
    let [store, tokens, publisher] = ["memory:", "same", "local"].map(|word| Some(word.to_owned()));
    let flags = Words { store, tokens, publisher, ..Words::default() };
    assert_eq!(Given { flags, ..Given::default() }.problems(), [""; 0]);
}

#[test]
fn a_log_in_files_stands_in_the_folder_its_url_or_the_data_folder_names() {
    let places = |store: Option<&str>, tokens: Option<&str>, data: Option<&str>| {
        let [store, tokens, data] = [store, tokens, data].map(|word| word.map(str::to_owned));
        let settings = Given { flags: Words { store, tokens, data, ..Words::default() }, ..Given::default() };
        let settings = settings.read().settings().unwrap();
        (settings.store, settings.tokens)
    };
    let files = |dir: &str| StoreLocation::Sqlite(dir.into());
    assert_eq!(places(None, None, None), (files("./data"), files("./data")));
    assert_eq!(places(None, None, Some("d")), (files("d"), files("d")));
    assert_eq!(places(Some("sqlite:a"), None, Some("d")), (files("a"), files("a")));
    assert_eq!(places(Some("sqlite:///a"), Some("sqlite:"), Some("d")), (files("/a"), files("d")));
    assert_eq!(places(Some("sqlite:"), Some("memory:"), None), (files("./data"), StoreLocation::Memory));
    assert_eq!(places(Some("memory:"), None, Some("d")), (StoreLocation::Memory, StoreLocation::Memory));
}

#[test]
fn a_log_on_a_server_needs_a_url_that_can_be_read_and_a_schema() {
    for (file, said) in [
        ("store.kind = \"postgres\"", "store.kind: the URL of the database is missing"),
        ("store.url = \"postgres://h:x/d\"", "store.url: `port` in the URL of the database cannot be"),
        ("store.url = \"postgres://[h]/d\"", "store.url: the URL of the database cannot be understood"),
        ("store = { url = \"postgres://h/d\", schema = \"Ours\" }", "store.schema: found the text `Ours`"),
        ("store = { url = \"postgres://h/d\", schema = \"pg_a\" }", "store.url: `pg_a` cannot be our schema"),
        ("store = { url = \"postgres://h/d\", connections = 0 }", "store.connections: found the number 0"),
        ("store.kind = \"mongo\"", "store.kind: the URL of the database is missing"),
    ] {
        let problems = Given { file, ..Given::default() }.problems();
        let expected = format!("rental.toml:1: {said}");
        assert!(problems.len() == 1 && problems[0].starts_with(&expected), "{problems:?}");
    }
}

#[test]
fn stores_on_a_server_have_a_schema_each_and_more_segments() {
    let file =
        "store = { url = \"postgres://h/d\", schema = \"log\" }\ntokens = { url = \"postgres://h/e\" }";
    let settings = Given { file, ..Given::default() }.read().settings().unwrap();
    let schema = |place: &StoreLocation| match place {
        StoreLocation::Postgres(database) => database.schema.clone(),
        StoreLocation::Memory | StoreLocation::Sqlite(_) | StoreLocation::Mongo(_) => panic!("{place:?}"),
    };
    assert_eq!((schema(&settings.store), schema(&settings.tokens)), ("log".to_owned(), "rental".to_owned()));
    assert_eq!(settings.segments.of(&application::reactions::CATALOGUE), 4);
}

/// The log alone, whose tokens are elsewhere.
#[test]
fn a_log_on_a_replica_set_needs_a_url_that_asks_for_no_less_than_is_needed() {
    let read = |url: &str, database: &str| {
        let flags = Words { store: Some(url.into()), tokens: Some("sqlite:a".into()), ..Words::default() };
        let file = if database.is_empty() { "" } else { "store.database = \"other\"" };
        Given { file, flags, ..Given::default() }.read()
    };
    for (url, database, shown) in [
        ("mongodb://u:p@h:1/d?replicaSet=r", "", "mongodb://u:***@h:1/d?***"),
        ("mongodb://h/d?w=majority", "other", "database `other` of mongodb://h/d?***"),
    ] {
        assert_eq!(read(url, database).settings().unwrap().store.to_string(), shown);
    }
    for (url, said) in [
        ("mongodb+srv://h/d", "has to begin with `mongodb://`"),
        ("mongodb://h/d?w=1", "`w` in the URL of the database may only be `majority`"),
        ("mongodb://h/d?maxPoolSize=9", "has the parameter `maxPoolSize`, which is not known here"),
        ("mongodb://h/d.e", "the name of the database cannot be ours"),
    ] {
        let problems = read(url, "").into_parts().1;
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(told.len() == 1 && told[0].starts_with("--store: ") && told[0].contains(said), "{told:?}");
    }
}

#[test]
fn tokens_may_not_outlast_the_log_they_belong_to() {
    let flags = Words { store: Some("memory:".into()), tokens: Some("sqlite:a".into()), ..Words::default() };
    let said = Given { flags, ..Given::default() }.problems();
    assert!(said.len() == 1 && said[0].starts_with("--tokens: these would outlast the log"), "{said:?}");
}

#[test]
fn a_folder_that_is_none_is_refused() {
    for (key, value) in [("data.dir", ""), ("store.url", "sqlite::memory:"), ("store.url", "sqlite:")] {
        let file: &'static str = Box::leak(format!("{key} = \"{value}\"").into_boxed_str());
        let said = Given { file, ..Given::default() }.problems();
        assert_eq!(said.len(), usize::from(value != "sqlite:"), "{said:?}");
    }
}

#[test]
fn a_kind_and_a_url_of_one_source_have_to_agree_and_a_stronger_source_replaces_both() {
    let file = "[store]\nkind = \"memory\"\nurl = \"postgres://h/d\"";
    let said = Given { file, ..Given::default() }.problems();
    assert_eq!(
        said,
        [
            "rental.toml:2: store.kind: found the text `memory`, but rental.toml:3 is the URL of a postgres store; give one of them"
        ]
    );
    let flags = Words { store: Some("memory:".into()), ..Words::default() };
    let given = Given { file, flags, ..Given::default() };
    assert_eq!(given.problems(), [""; 0]);
    assert!(given.shown().contains("kind = \"memory\"  # --store"), "{}", given.shown());
}

#[test]
fn segments_are_those_of_the_processor_or_else_the_default() {
    use application::reactions::{BEST_SELLERS, LOANS};
    let file = "[processors]\ndefault.segments = 2\nloans.segments = 8";
    let environment = &[("RENTAL__PROCESSORS__BEST_SELLERS__SEGMENTS", "4")];
    let given =
        |environment| Given { file, environment, ..Given::default() }.read().settings().unwrap().segments;
    assert_eq!([&LOANS, &BEST_SELLERS].map(|name| given(&[]).of(name)), [8, 2]);
    assert_eq!([&LOANS, &BEST_SELLERS].map(|name| given(environment).of(name)), [8, 4]);
}

#[test]
fn a_new_handler_begins_where_its_setting_says_also_where_it_follows_partitions() {
    use application::ports::message_source::StartingPoint;
    use application::ports::token_store::ProcessorName;
    let file = "[processors]\ndefault.start = \"head\"\nkeep-points.start = \"2026-03-02T08:15:30Z\"";
    let starts = Given { file, ..Given::default() }.read().settings().unwrap().starts;
    let of = |name| starts.of(&ProcessorName::of(name));
    let time = StartingPoint::Time("2026-03-02T08:15:30Z".parse().unwrap());
    assert_eq!(
        [of("lend-books"), of("publish"), of("keep-points")],
        [StartingPoint::Head, StartingPoint::Head, time]
    );
    assert_eq!(of("keep-points:rental_rent:2"), time);
    assert_eq!([of("loans"), of("learn-titles:book_catalogue:0")], [StartingPoint::Beginning; 2]);
    let wrong = Given { file: "processors.default.start = \"yesterday\"", ..Given::default() }.problems();
    assert!(wrong[0].contains("it is `beginning`, `head`, or a time"), "{wrong:?}");
}

#[test]
fn the_usual_variable_of_the_log_counts_unless_the_setting_is_given() {
    let usual = &[("RUST_LOG", "warn")];
    assert!(
        Given { environment: usual, ..Given::default() }.shown().contains("level = \"warn\"  # RUST_LOG")
    );
    let both = &[("RUST_LOG", "warn"), ("RENTAL__LOG__LEVEL", "debug")];
    let given = Given { environment: both, ..Given::default() };
    assert!(given.shown().contains("level = \"debug\"  # RENTAL__LOG__LEVEL"), "{}", given.shown());
    assert_eq!(given.problems(), [""; 0]);
}

#[test]
fn a_usual_variable_that_others_understand_is_left_out_and_stops_nobody() {
    for level in ["hyper", "app=loud", "[", "", "info,other"] {
        let environment: &'static [_] = vec![("RUST_LOG", level)].leak();
        let given = Given { environment, ..Given::default() };
        let settings = given.read().settings().unwrap();
        assert_eq!(settings.log.level, "info", "{level}");
        let [note] = &settings.notes[..] else { panic!("{level}: {:?}", settings.notes) };
        let said = note.to_string();
        assert!(said.starts_with("RUST_LOG: left out: found "), "{said}");
        assert!(said.contains("RENTAL__LOG__LEVEL"), "{said}");
    }
    let own = &[("RUST_LOG", "["), ("RENTAL__LOG__LEVEL", "[")];
    assert_eq!(Given { environment: own, ..Given::default() }.problems().len(), 1);
}

#[test]
fn a_variable_with_single_underscores_is_told_how_it_is_written() {
    for (name, meant) in [
        ("RENTAL_HTTP_ADDRESS", "RENTAL__HTTP__ADDRESS"),
        ("RENTAL_STORE__URL", "RENTAL__STORE__URL"),
        ("RENTAL_SERVICES", "RENTAL__SERVICES"),
        ("rental_clock_zone", "RENTAL__CLOCK__ZONE"),
        ("RENTAL_HTTP_ALLOW_ANONYMOUS", "RENTAL__HTTP__ALLOW_ANONYMOUS"),
        ("RENTAL_PROCESSORS_BEST_SELLERS_SEGMENTS", "RENTAL__PROCESSORS__BEST_SELLERS__SEGMENTS"),
    ] {
        let environment: &'static [_] = vec![(name, "swordfish")].leak();
        let said = Given { environment, ..Given::default() }.problems();
        let told = "this counts for nothing: there are two underscores before each part";
        assert_eq!(said, [format!("{name}: {told}; write {meant}")]);
    }
    // A cluster makes such ones for each service of a name.
    let others = &[("RENTAL_PORT_8080_TCP", "tcp://10.0.0.1:8080"), ("RENTAL_SERVICE_HOST", "10.0.0.1")];
    assert_eq!(Given { environment: others, ..Given::default() }.problems(), [""; 0]);
}

#[test]
fn a_store_that_nobody_knows_is_told_by_its_scheme() {
    let said = Given { file: "store.url = \"nosuch:x\"", ..Given::default() }.problems();
    assert_eq!(said.len(), 1);
    let told = "rental.toml:1: store.url: found the scheme `nosuch:`, which is not one of a store; write `sqlite:FOLDER`";
    assert!(said[0].starts_with(told), "{said:?}");
}

#[test]
fn a_url_of_a_folder_takes_no_parameters_and_is_decoded() {
    let place = |url: &str| {
        let flags = Words { store: Some(url.into()), ..Words::default() };
        Given { flags, ..Given::default() }.read().settings().map(|settings| settings.store)
    };
    assert_eq!(place("sqlite:/a%20b").unwrap(), StoreLocation::Sqlite("/a b".into()));
    let said = place("sqlite:/a%20b?mode=ro").unwrap_err();
    assert!(said.len() == 1 && said[0].to_string().starts_with("--store: `mode` cannot be set"), "{said:?}");
}

/// T85.
#[test]
fn a_secret_is_neither_shown_nor_repeated_wherever_it_was_put() {
    let url = "postgres://user:swordfish@host/db";
    for key in [
        "STORE__URL",
        "STORE__KIND",
        "STORE__URL_FILE",
        "HTTP__ADDRESS",
        "LOG__LEVEL",
        "SERVICES",
        "PASSWORD",
    ] {
        let name: &'static str = format!("RENTAL__{key}").leak();
        let environment: &'static [_] = vec![(name, url)].leak();
        let given = Given { environment, ..Given::default() };
        let (shown, problems) = given.read().into_parts();
        let said =
            [render(&shown, Output::Toml), render(&shown, Output::Json), format!("{problems:?} {shown:?}")];
        assert!(!said.concat().contains("swordfish"), "{key}: {said:#?}");
        assert_eq!(problems.is_empty(), key == "STORE__URL", "{key}");
    }
    let given = Given {
        environment: &[("RENTAL__STORE__URL", "postgres://user:swordfish@host/db")],
        ..Given::default()
    };
    assert!(
        given.shown().contains("url = \"postgres://user:***@host/db\"  # RENTAL__STORE__URL\n"),
        "{}",
        given.shown()
    );
}

#[test]
fn a_secret_and_its_file_are_not_given_together() {
    let environment = &[("RENTAL__STORE__URL", "memory:"), ("RENTAL__STORE__URL_FILE", "/run/secrets/url")];
    let said = Given { environment, ..Given::default() }.problems();
    assert_eq!(
        said,
        ["RENTAL__STORE__URL: RENTAL__STORE__URL and RENTAL__STORE__URL_FILE both give it; give one of them"]
    );
}

#[test]
fn what_is_shown_can_be_read_again() {
    let flags = Words { listen: Some("[::1]:9".into()), grace: Some("90s".into()), ..Words::default() };
    let (shown, _) =
        Given { flags, file: "processors.loans.segments = 4", ..Given::default() }.read().into_parts();
    let content = file::parse(Path::new("again.toml"), &render(&shown, Output::Toml));
    let (again, problems) = Reading::with(content, &Words::default(), []).into_parts();
    assert_eq!(problems, []);
    let values =
        |all: &[Shown]| all.iter().map(|one| (one.key.clone(), one.value.clone())).collect::<Vec<_>>();
    assert_eq!(values(&again), values(&shown));
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}
