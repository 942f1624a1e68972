//! Under which names the service is asked for. A page of another site may let its own name lead to this machine, and
//! would then be of the same origin as the service to the browser that shows it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{Version, header};

use super::super::peer::Peer;
use super::super::problem::{FOREIGN_HOST, INVALID_HOST, Problem};

const DETAIL_MISSING: &str =
    "HTTP/1.1 asks for the header Host once, with a name or an address, such as `localhost:8080`";
const DETAIL_FOREIGN: &str = "the service listens to its own machine only and is not known under the name in Host; ask for \
    `localhost`, or name the origin of its pages in `http.origins`";

/// The names, beside those of the own machine, under which the service is asked for.
#[derive(Clone)]
pub(in super::super) struct Hosts(Arc<[String]>);

impl Hosts {
    /// The hosts of these origins.
    pub(in super::super) fn new(origins: &[String]) -> Self {
        let hosts = origins.iter().filter_map(|origin| {
            let (_scheme, authority) = origin.split_once("://")?;
            // An origin that has no host is refused with the settings.
            authority.parse::<Authority>().ok().map(|authority| named(&authority))
        });
        Self(hosts.collect())
    }

    /// Refuses a request that does not say for which host it is, and on the own machine one that is for another. What
    /// is served to other machines has names that only its operator knows.
    pub(super) fn admit(&self, request: &Request) -> Result<(), Problem> {
        let asked = asked_for(request).ok_or_else(|| Problem::new(&INVALID_HOST, DETAIL_MISSING))?;
        // What came over no connection is treated like what came from this machine.
        let local = Peer::of(request.extensions()).is_none_or(|peer| is_local(peer.listening().ip()));
        if !local || asked.iter().all(|host| self.knows(host)) {
            return Ok(());
        }
        Err(Problem::new(&FOREIGN_HOST, DETAIL_FOREIGN))
    }

    fn knows(&self, host: &str) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        host == "localhost" || bare.parse().is_ok_and(is_local) || self.0.iter().any(|known| known == host)
    }
}

/// The hosts that a request is for: that of its header, and that of its target when the target names one. HTTP/1.0 may
/// leave out both; none when it says something else than the standard allows.
fn asked_for(request: &Request) -> Option<Vec<String>> {
    let mut given = request.headers().get_all(header::HOST).iter();
    let host = match (given.next(), given.next()) {
        (Some(host), None) => Some(host.to_str().ok()?.parse::<Authority>().ok()?),
        (None, None) if request.version() < Version::HTTP_11 => None,
        (_, _) => return None,
    };
    let hosts = host.iter().chain(request.uri().authority());
    hosts.map(|host| is_host(host).then(|| named(host))).collect()
}

/// Whether it is a name or an address, and a port at most.
fn is_host(authority: &Authority) -> bool {
    let after = authority.as_str().strip_prefix(authority.host());
    after.is_some_and(|port| matches!(port, "" | ":") || authority.port_u16().is_some())
}

/// The name without its port, as names are compared. A port tells nothing: whoever forwards one leads here under
/// another.
fn named(authority: &Authority) -> String {
    let host = authority.host();
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tokio::sync::watch;

    use super::*;

    const LOCAL: &str = "127.0.0.1:8080";

    fn admitted(listening: &str, request: axum::http::request::Builder) -> Result<(), u16> {
        let mut request = request.body(Body::empty()).unwrap();
        let peer = Peer::new(listening.parse().unwrap(), watch::channel(false).1);
        request.extensions_mut().insert(peer);
        let hosts = Hosts::new(&["https://Desk.example:8443".to_owned(), "http://lib.example".to_owned()]);
        hosts.admit(&request).map_err(|problem| problem.kind().status)
    }

    fn asking(host: &str) -> axum::http::request::Builder {
        Request::builder().header(header::HOST, host)
    }

    /// T108.
    #[test]
    fn on_the_own_machine_only_its_own_and_named_hosts_are_served() {
        for own in [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "127.0.0.1:9000",
            "127.0.0.2",
            "[::1]:8080",
            "[::ffff:127.0.0.1]",
            "desk.example",
            "desk.example:8443",
            "lib.example:80",
        ] {
            assert_eq!(admitted(LOCAL, asking(own)), Ok(()), "{own}");
            assert_eq!(admitted("[::1]:8080", asking(own)), Ok(()), "{own}");
        }
        for foreign in [
            "evil.example",
            "localhost.evil.example",
            "evil-localhost",
            "127.0.0.1.evil.example",
            "0.0.0.0:8080",
            "192.168.1.1",
            "[::]",
            "desk.example.evil",
        ] {
            assert_eq!(admitted(LOCAL, asking(foreign)), Err(421), "{foreign}");
        }
    }

    #[test]
    fn what_listens_to_other_machines_is_asked_for_under_any_name() {
        for listening in ["0.0.0.0:8080", "192.168.1.1:8080", "[::]:8080"] {
            assert_eq!(admitted(listening, asking("library.example")), Ok(()), "{listening}");
        }
    }

    #[test]
    fn a_host_is_said_once_and_can_be_read() {
        for wrong in ["", "a b", "me@localhost", "localhost:x", "http://localhost", "localhost/"] {
            assert_eq!(admitted(LOCAL, asking(wrong)), Err(400), "{wrong}");
            assert_eq!(admitted("0.0.0.0:80", asking(wrong)), Err(400), "{wrong}");
        }
        assert_eq!(admitted(LOCAL, asking("localhost").header(header::HOST, "localhost")), Err(400));
        assert_eq!(admitted(LOCAL, Request::builder()), Err(400));
        assert_eq!(admitted(LOCAL, Request::builder().version(Version::HTTP_10)), Ok(()));
    }

    #[test]
    fn a_target_that_names_a_host_counts_beside_the_header() {
        let target = |uri: &str| asking("localhost").uri(uri);
        assert_eq!(admitted(LOCAL, target("http://127.0.0.1:8080/livez")), Ok(()));
        assert_eq!(admitted(LOCAL, target("http://evil.example/livez")), Err(421));
    }
}
