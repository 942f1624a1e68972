//! Routes of services that are another process: whoever asks here hears which one to ask.

use application::services::{ServiceName, Services};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::{NOT_SERVED_HERE, Problem};

/// The service that a route is of; none for those that every process has.
pub(super) fn service_of(route: &str) -> Option<ServiceName> {
    let resource = route.strip_prefix("/v1/")?.split('/').next()?;
    ServiceName::of_resource(resource)
}

/// Lets a request through to a route that is served here.
pub(super) async fn served_here(
    State(services): State<Services>,
    route: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    match service_of(route.as_str()) {
        Some(service) if !services.contains(service) => not_served(service, services).into_response(),
        Some(_) | None => next.run(request).await,
    }
}

fn not_served(service: ServiceName, services: Services) -> Problem {
    let detail = format!(
        "the service {service} answers this, and this process has {services}; ask {service} where it runs"
    );
    Problem::new(&NOT_SERVED_HERE, detail).with("service", service.name())
}
