//! From settings to a drained process: open, bind, start, wait for a reason to stop, stop everything together.

use std::net::SocketAddr;
use std::time::Duration;

use application::ports::BoxError;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::timeout;

use crate::demo::{Demo, Visits};
use crate::failure::RunFailure;
use crate::open_files;
use crate::ports::{self, Open, Ports};
use crate::service::Service;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::tasks::Tasks;

/// Connections that the system keeps until they are accepted.
const BACKLOG: u32 = 1_024;

/// Serves until a signal comes or a task ends by itself, and drains then. A signal that comes before it serves ends it
/// at once.
///
/// # Errors
/// [`RunFailure`] when it could not start, when a task ended by itself, or when it did not stop in time.
pub(crate) async fn run(
    settings: Settings,
    demo: Option<Demo>,
    metrics: PrometheusHandle,
) -> Result<(), RunFailure> {
    let mut signals = Signals::catch()?;
    open_files::allow(settings.http.connections_max);
    // An address that is taken is found out before anything is made for a service that cannot be reached.
    let socket = bind(settings.listen)?;
    // Stores that are being opened are left as a kill leaves them, which the next start can use.
    let (ports, open) = tokio::select! {
        opened = ports::open_all(&settings) => opened?,
        signal = signals.next() => {
            ending_early(signal);
            return Ok(());
        }
    };
    let started = tokio::select! {
        started = start(ports, &settings, demo, socket, metrics) => started?,
        signal = signals.next() => {
            ending_early(signal);
            return close(&open, settings.grace).await;
        }
    };
    let mut running = Running::start(started, open);
    let reason = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "draining");
            Ok(())
        }
        failure = running.first_to_end() => {
            tracing::error!(cause = failure.causes(), "stopping, since {failure}");
            Err(failure)
        }
    };
    let drained = tokio::select! {
        drained = running.drain(settings.grace) => drained,
        signal = signals.next() => {
            tracing::warn!(signal, "ending at once");
            Err(RunFailure::Impatient)
        }
    };
    reason.and(drained)
}

/// A service that is assembled, and where it lets requests in.
async fn start(
    ports: Ports,
    settings: &Settings,
    demo: Option<Demo>,
    socket: TcpSocket,
    metrics: PrometheusHandle,
) -> Result<Started, RunFailure> {
    ports::warn_of_a_new_log(&ports).await?;
    ports::refuse_what_is_unsaid(&ports, settings).await?;
    let listener = listen(socket, settings.listen)?;
    let visits = match demo {
        Some(demo) => Some(demo.of(&ports, &listener).await?),
        None => None,
    };
    Ok(Started { service: Service::assemble(ports, settings, metrics).await?, listener, visits })
}

/// What is started, before it runs.
struct Started {
    service: Service,
    listener: TcpListener,
    /// Of a demonstration.
    visits: Option<Visits>,
}

fn ending_early(signal: &'static str) {
    tracing::info!(signal, "ending before the service has started");
}

async fn close(open: &Open, grace: Duration) -> Result<(), RunFailure> {
    let slow = |_elapsed| RunFailure::Slow { grace, running: "the stores".to_owned() };
    timeout(grace, open.close()).await.map_err(slow)
}

/// Takes the address; nobody is let in yet.
fn bind(address: SocketAddr) -> Result<TcpSocket, RunFailure> {
    let failed = |source| RunFailure::Listen { address, source };
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(failed)?;
    // Connections of a process that has ended do not hold the address for another minute.
    socket.set_reuseaddr(true).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    Ok(socket)
}

fn listen(socket: TcpSocket, address: SocketAddr) -> Result<TcpListener, RunFailure> {
    let failed = |source| RunFailure::Listen { address, source };
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tracing::info!(%address, "listening");
    Ok(listener)
}

/// The service with its tasks, in the two groups in which they are stopped.
struct Running {
    service: Service,
    /// What takes requests.
    front: Tasks,
    /// What follows the log and the clock.
    back: Tasks,
    /// What is closed when nothing uses it any more.
    open: Open,
}

impl Running {
    fn start(Started { mut service, listener, visits }: Started, open: Open) -> Self {
        let (mut front, mut back) = (Tasks::default(), Tasks::default());
        service.start_back(&mut back);
        service.start_front(&mut front, listener);
        if let Some(visits) = visits {
            front.start("demonstration", |stop| visits.go_on(stop));
        }
        Self { service, front, back, open }
    }

    async fn first_to_end(&mut self) -> RunFailure {
        tokio::select! {
            failure = self.front.first_to_end() => failure,
            failure = self.back.first_to_end() => failure,
        }
    }

    async fn drain(&mut self, grace: Duration) -> Result<(), RunFailure> {
        self.service.not_ready();
        if let Ok(kept) = timeout(grace, self.stop(grace / 2)).await {
            kept.map_err(RunFailure::Displaced)?;
            tracing::info!("everything has stopped");
            return Ok(());
        }
        let mut running = self.front.abort();
        running.extend(self.back.abort());
        running.push("the write path".to_owned());
        Err(RunFailure::Slow { grace, running: running.join(", ") })
    }

    /// From the outside in: no request is taken that nobody would work on, and claims are given back while the write
    /// path still finishes what was begun. Requests that wait for something get a part of the time only, since what
    /// they wait for goes on without them.
    ///
    /// # Errors
    /// Which file is not where it was opened, so that what was written last goes with this process.
    async fn stop(&mut self, for_requests: Duration) -> Result<(), BoxError> {
        if timeout(for_requests, self.front.stop()).await.is_err() {
            let cut_off = self.front.abort();
            tracing::warn!(?cut_off, "requests still waited and were cut off; their commands go on");
        }
        self.back.stop().await;
        self.service.close().await;
        let kept = self.service.storage().check().await;
        self.open.close().await;
        kept
    }
}
