//! Serving connections until it is time to stop.

mod refused;
mod watched;
mod write_timeout;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::task::TaskTracker;

use super::HttpSettings;
use super::peer::Peer;
use refused::Refused;
use watched::Watched;
use write_timeout::WriteTimeout;

/// Most bytes that the head of a request may have.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long accepting rests after it failed, which it does when no file descriptors are left.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// Serves within the limits of `settings` until `shutdown` resolves; then takes no more connections, finishes the
/// requests under way, and returns.
///
/// # Errors
/// When the listener does not say where it listens. A connection that fails concerns nobody else, and accepting is
/// tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &HttpSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let connections = Connections {
        router,
        listening: listener.local_addr()?,
        head_limit: settings.head_limit,
        write_limit: settings.write_limit,
        places: Arc::new(Semaphore::new(settings.connections_max.min(Semaphore::MAX_PERMITS))),
        draining: GracefulShutdown::new(),
        tasks: TaskTracker::new(),
    };
    tokio::pin!(shutdown);
    let mut refused = Refused::default();
    loop {
        select! {
            () = &mut shutdown => break,
            accepted = connections.accept(&listener) => match accepted {
                Ok((connection, place)) => connections.start(connection, place),
                Err(error) => {
                    refused.count(&error);
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
        }
    }
    drop(listener);
    connections.tasks.close();
    connections.draining.shutdown().await;
    connections.tasks.wait().await;
    Ok(())
}

struct Connections {
    router: Router,
    listening: SocketAddr,
    head_limit: Duration,
    write_limit: Duration,
    places: Arc<Semaphore>,
    draining: GracefulShutdown,
    tasks: TaskTracker,
}

impl Connections {
    async fn accept(&self, listener: &TcpListener) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
        let (connection, _from) = listener.accept().await?;
        Ok((connection, place))
    }

    fn start(&self, connection: TcpStream, place: OwnedSemaphorePermit) {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let (closed, seen) = watch::channel(false);
        let peer = Peer::new(self.listening, seen);
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            router.call(request)
        });
        let connection = WriteTimeout::new(Watched::new(connection, closed), self.write_limit);
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head_limit)
            .max_buf_size(HEAD_BYTES_MAX)
            // A client may close its side as soon as it has asked, and gets its answer all the same.
            .half_close(true)
            .serve_connection(TokioIo::new(connection), service);
        let serving = self.draining.watch(serving);
        self.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }
}
