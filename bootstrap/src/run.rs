//! From settings to a drained process: open, bind, start, wait for a reason to stop, stop everything together.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::ports::{self, Access, Open};
use crate::service::Service;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::tasks::Tasks;

/// Serves until a signal comes or a task ends by itself, and drains then.
///
/// # Errors
/// [`Failure`] when it could not start, when a task ended by itself, or when it did not stop in time.
pub(crate) async fn run(settings: Settings, metrics: PrometheusHandle) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    let (ports, open) = ports::open(&settings, Access::Serve).await?;
    let listener = listen(&settings).await?;
    let service = Service::assemble(ports, &settings, metrics).await?;
    let mut running = Running::start(service, listener, open);
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
            Err(Failure::Impatient)
        }
    };
    reason.and(drained)
}

async fn listen(settings: &Settings) -> Result<TcpListener, Failure> {
    let address = settings.listen;
    let failed = |source| Failure::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
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
    fn start(mut service: Service, listener: TcpListener, open: Open) -> Self {
        let (mut front, mut back) = (Tasks::default(), Tasks::default());
        service.start_back(&mut back);
        service.start_front(&mut front, listener);
        Self { service, front, back, open }
    }

    async fn first_to_end(&mut self) -> Failure {
        tokio::select! {
            failure = self.front.first_to_end() => failure,
            failure = self.back.first_to_end() => failure,
        }
    }

    async fn drain(&mut self, grace: Duration) -> Result<(), Failure> {
        self.service.not_ready();
        if timeout(grace, self.stop(grace / 2)).await.is_ok() {
            tracing::info!("everything has stopped");
            return Ok(());
        }
        let mut running = self.front.abort();
        running.extend(self.back.abort());
        running.push("the write path".to_owned());
        Err(Failure::Slow { grace, running: running.join(", ") })
    }

    /// From the outside in: no request is taken that nobody would work on, and claims are given back while the write path
    /// still finishes what was begun. Requests that wait for something get a part of the time only, since what they wait
    /// for goes on without them.
    async fn stop(&mut self, for_requests: Duration) {
        if timeout(for_requests, self.front.stop()).await.is_err() {
            let cut_off = self.front.abort();
            tracing::warn!(?cut_off, "requests still waited and were cut off; their commands go on");
        }
        self.back.stop().await;
        self.service.close().await;
        self.open.close().await;
    }
}
