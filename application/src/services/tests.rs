//! Nothing is of no service, and nothing is of two.

use std::collections::BTreeSet;

use super::{ServiceName, Services};
use crate::codec::tests::samples;
use crate::messages::Handler;
use crate::reactions::{CATALOGUE, HANDLERS, LEARN_TITLES, LOANS, PUBLISH, projections};

#[test]
fn every_processor_works_for_one_service() {
    let views = projections().into_iter().map(|(name, _)| name);
    for name in views.chain(HANDLERS.map(|(name, _)| name)).chain([LEARN_TITLES]) {
        let having = ServiceName::ALL
            .into_iter()
            .filter(|service| service.has().processors().any(|own| own == name.as_str()));
        assert_eq!(having.count(), 1, "{name}");
    }
    let listed: usize = ServiceName::ALL.iter().map(|service| service.has().processors().count()).sum();
    assert_eq!(listed, projections().len() + Handler::ALL.len() + 1);
}

#[test]
fn the_events_of_every_aggregate_are_of_a_service() {
    let services: BTreeSet<_> = samples::events().iter().filter_map(|event| event.service()).collect();
    assert_eq!(services, BTreeSet::from(ServiceName::ALL));
}

#[test]
fn services_are_found_by_their_names_and_by_what_is_asked_of_them() {
    for service in ServiceName::ALL {
        assert_eq!(ServiceName::named(service.name()), Some(service));
        assert_eq!(service.source(), format!("/{service}"));
        for resource in service.has().resources {
            assert_eq!(ServiceName::of_resource(resource), Some(service));
        }
    }
    assert_eq!((ServiceName::named("weather"), ServiceName::of_resource("events")), (None, None));
}

#[test]
fn titles_are_learned_where_books_are_of_another_process() {
    let of = |names: &[ServiceName]| Services::of(names.iter().copied()).unwrap();
    assert!(of(&[ServiceName::Rental]).learn(&LEARN_TITLES));
    assert!(of(&[ServiceName::Rental, ServiceName::Member]).learn(&LEARN_TITLES));
    for not in [of(&[ServiceName::Rental, ServiceName::Book]), of(&[ServiceName::Member]), Services::ALL] {
        assert!(!not.learn(&LEARN_TITLES), "{not}");
    }
}

#[test]
fn the_services_of_a_store_are_known_by_its_processors() {
    let part = ["publish", "catalogue", "lend-books:rental_rent:0", "count-rentals:rental_rent:0"];
    let found = Services::behind(part);
    assert_eq!(found.to_string(), "book,best-seller");
    assert!(found.have(&CATALOGUE) && !found.have(&LOANS));
    // Without a broker, and where nothing has run yet, all are expected.
    for whole in [vec!["catalogue", "lend-books"], vec![], vec![PUBLISH.as_str()]] {
        assert_eq!(Services::behind(whole), Services::ALL);
    }
    assert_eq!(Services::of([]), None);
}
