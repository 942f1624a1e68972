//! Every route.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::{Extension, Router};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::current_log::KnownLog;
use super::edge::{AdmissionControl, Bodies, Edge, Hosts, TurnedAway, pass};
use super::elsewhere::served_here;
use super::health::RecentChecks;
use super::origins::{Origins, from_own_pages};
use super::problem::{METHOD_NOT_ALLOWED, NOT_FOUND, Problem};
use super::streams::Streams;
use super::{
    Api, audit, best_sellers, books, dead_letters, docs, events, health, loans, members, overview, processes,
    processors, rental_cards,
};

/// All routes over one library.
pub fn router(api: Api) -> Router {
    let settings = &api.settings;
    let turns = AdmissionControl::new(settings.running_max, settings.waiting_max, settings.request_limit);
    let bodies = Bodies::new(settings.bodies_max, settings.bodies_bytes, settings.body_limit);
    let hosts = Hosts::new(&settings.origins);
    let (ids, turned_away) = (Arc::clone(&api.ids), TurnedAway::default());
    let times = api.monitor.times().clone();
    let edge = Edge { ids, hosts, bodies, turns, turned_away, times };
    let streams = Streams::new(settings, api.draining.clone());
    let log = KnownLog::of(api.queries.clone());
    let (origins, services) = (Origins::new(&settings.origins), api.services);
    let asked_for = desk().merge(operator()).layer(from_fn_with_state(services, served_here));
    let (routes, document) = OpenApiRouter::with_openapi(docs::described())
        .merge(asked_for.layer(from_fn_with_state(origins, from_own_pages)))
        .merge(health())
        .with_state(api)
        .split_for_parts();
    routes
        .merge(docs::pages(docs::completed(document)))
        .layer(Extension(streams))
        .layer(Extension(RecentChecks::default()))
        .layer(Extension(log))
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(edge, pass))
}

/// What people at the desk see and do.
fn desk() -> OpenApiRouter<Api> {
    members::routes()
        .merge(books::routes())
        .merge(rental_cards::routes())
        .merge(loans::routes())
        .merge(processes::routes())
        .merge(best_sellers::routes())
}

/// What operators see and do.
fn operator() -> OpenApiRouter<Api> {
    events::routes()
        .merge(events::causation::routes())
        .merge(events::deliveries::routes())
        .merge(events::states::routes())
        .merge(processors::routes())
        .merge(processors::acting::routes())
        .merge(dead_letters::routes())
        .merge(dead_letters::acting::routes())
        .merge(audit::routes())
        .merge(overview::routes())
        .merge(processes::resolving::routes())
        .merge(super::console::routes())
}

/// What probes and readers of a problem's `type` ask for.
fn health() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(docs::problem))
}

async fn nothing_here() -> Problem {
    Problem::new(&NOT_FOUND, "there is nothing at this address; /docs lists what there is")
}

async fn other_method() -> Problem {
    Problem::new(
        &METHOD_NOT_ALLOWED,
        "this address does not take this method; the header Allow names those it takes",
    )
}
