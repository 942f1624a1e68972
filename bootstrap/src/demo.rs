//! Members who come and go by themselves, for whoever wants to look at a library that lives.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use adapters::client::simulation::{Demonstration, demonstrate};
use adapters::client::{Client, ClientSettings};
use application::ports::event_store::Position;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::failure::RunFailure;
use crate::ports::Ports;
use crate::tasks::Ended;

/// That there shall be such members.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demo;

/// Their visits, to the address on which everybody is served.
pub(crate) struct Visits {
    client: Client,
    plan: Demonstration,
}

impl Demo {
    /// Looks whether the library is new, before anything is written.
    ///
    /// # Errors
    /// [`RunFailure::SetUp`] when the log or the address cannot be asked.
    pub(crate) async fn of(self, ports: &Ports, listener: &TcpListener) -> Result<Visits, RunFailure> {
        let failed = |source| RunFailure::SetUp { what: "the demonstration", source };
        let head = ports.store.head().await.map_err(|error| failed(error.into()))?;
        let address = listener.local_addr().map_err(|error| failed(error.into()))?;
        let address = format!("http://{}", reachable(address)).parse();
        let address = address.map_err(|error: adapters::client::AddressError| failed(error.into()))?;
        let client =
            Client::new(&address, &ClientSettings::default()).map_err(|error| failed(error.into()))?;
        let (ids, clock) = (Arc::clone(&ports.ids), Arc::clone(&ports.clock));
        let plan =
            Demonstration { run: ids.next(), today: clock.today(), is_new: head.position == Position::START };
        Ok(Visits { client, plan })
    }
}

impl Visits {
    /// Goes on until it is told to stop.
    pub(crate) async fn go_on(self, stop: CancellationToken) -> Ended {
        demonstrate(&self.client, &self.plan, stop.cancelled_owned()).await;
        Ok(())
    }
}

/// An address that listens everywhere is reached on the loopback interface.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
