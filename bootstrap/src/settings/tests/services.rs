//! Which services a process runs, and what that takes.

use application::services::ServiceName;

use super::*;

#[test]
fn a_part_of_the_services_takes_a_broker_that_the_others_reach() {
    let given = |services: &str, publisher: Option<&str>| {
        let (services, publisher) = (Some(services.to_owned()), publisher.map(str::to_owned));
        Given { flags: Words { services, publisher, ..Words::default() }, ..Given::default() }
    };
    for (publisher, why) in [(None, "follow its own log only"), (Some("memory"), "a broker for itself alone")]
    {
        let said = given("rental,book", publisher).problems();
        let said = said.iter().find(|said| said.starts_with("--services: a process with rental,book alone"));
        let said = said.expect("it is refused");
        assert!(said.contains(why) && said.contains("--publisher kafka://HOST:PORT"), "{said}");
    }
    let settings = given("book, rental", Some("kafka://localhost:9092")).read().settings().unwrap();
    assert_eq!(settings.services, Services::of([ServiceName::Rental, ServiceName::Book]).unwrap());
}

#[test]
fn what_is_no_service_is_refused_with_those_there_are() {
    let allowed = "rental, book, member, best-seller";
    for (file, found) in [
        ("services = [\"rental\", \"weather\"]", "found `weather`, which is not a service"),
        ("services = []", "no service is named"),
        ("services = [\"\"]", "no service is named"),
        ("services = [\"rental\", \"\"]", "found ``, which is not a service"),
        ("services = [\"Rental\"]", "found `Rental`, which is not a service"),
    ] {
        let said = Given { file, ..Given::default() }.problems();
        assert!(said.len() == 1 && said[0].starts_with("rental.toml:1: services: "), "{said:?}");
        assert!(said[0].contains(found) && said[0].contains(allowed), "{said:?}");
    }
    let said = Given { environment: &[("RENTAL__SERVICES", "")], ..Given::default() }.problems();
    assert!(said[0].contains("no service is named"), "{said:?}");
}

#[test]
fn all_services_are_one_process_unless_something_else_is_said() {
    let all = &[("RENTAL__SERVICES", "best-seller, member,book,rental")];
    for environment in [&[][..], all] {
        let settings = Given { environment, ..Given::default() }.read().settings().unwrap();
        assert_eq!(settings.services, Services::ALL);
    }
}
