//! Which services a process runs.

use application::services::{ServiceName, Services};

use super::PublisherKind;
use super::entry::Given;
use super::parsers::words;
use super::reader::Reader;

const KEY: &str = "services";

/// The services that are asked for; all of them when they cannot be understood, which is noted.
pub(super) fn read(reader: &mut Reader) -> Services {
    let all = ServiceName::ALL.map(|service| service.name().to_owned()).to_vec();
    let named = reader.read(KEY, all, |given| words(given).and_then(known));
    let services = Services::of(named.iter().filter_map(|name| ServiceName::named(name)));
    services.unwrap_or(Services::ALL)
}

/// Services that are processes of their own hear of one another over a broker that all of them reach.
pub(super) fn check(reader: &mut Reader, services: Services, publisher: PublisherKind) {
    let way = match publisher {
        PublisherKind::Kafka => return,
        PublisherKind::Local => "with publisher.kind = \"local\" it would follow its own log only",
        PublisherKind::Memory => "with publisher.kind = \"memory\" it would have a broker for itself alone",
    };
    if services != Services::ALL {
        let what = format!(
            "a process with {services} alone has to hear what the other services say, and {way}; say publisher.kind = \
             \"kafka\" (`--publisher kafka://HOST:PORT`), or leave this out to run all services in one process"
        );
        reader.refuse(KEY, what);
    }
}

fn known(named: Vec<String>) -> Result<Vec<String>, String> {
    let allowed = ServiceName::ALL.map(ServiceName::name).join(", ");
    let is_empty = named.iter().all(String::is_empty);
    if is_empty {
        return Err(format!(
            "no service is named; name some of {allowed}, or leave this out for all of them"
        ));
    }
    match named.iter().find(|name| ServiceName::named(name).is_none()) {
        None => Ok(named),
        Some(stranger) => {
            let stranger = Given::Word(stranger.clone());
            Err(format!("found {}, which is not a service; there are {allowed}", stranger.found()))
        }
    }
}
