//! The application assembled over its ports, and the tasks that keep it going.

use std::sync::Arc;
use std::time::Duration;

use adapters::http::{self, Api, HttpSettings};
use application::commands::{BookService, CardService, Commands, MemberService};
use application::control::{self, Actions, Control};
use application::monitoring::Monitor;
use application::operations::{self, ActionHandler};
use application::ports::message_source::StartingPoint;
use application::ports::token_store::{NodeId, ProcessorName};
use application::ports::{BoxError, ProcessorAdmin};
use application::processing::{
    self, Committer, Leases, LogSource, NewProcessor, Processor, ProcessorContext, ProcessorSettings,
    Processors, Reaction, ReactionKind, Supervisor,
};
use application::queries::{Queries, QueryPorts};
use application::reactions::{self, Followed, FollowedBy, Growth, Ticker, TickerPorts, TickerSettings};
use application::services::Services;
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::failure::RunFailure;
use crate::growth;
use crate::message_gauges::MessageGauges;
use crate::ports::{Ports, Views};
use crate::settings::Settings;
use crate::storage::Storage;
use crate::tasks::{Ended, Tasks};

/// How often the ticker looks for deadlines.
const TICK_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked how the service does.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often rows of ended generations are looked for, from the start on: a rebuild may have been cut off before it had
/// removed them.
const SWEEP_EVERY: Duration = Duration::from_secs(300);
/// How often recorded metrics are condensed, so that they do not grow while nobody asks for them.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Everything that serves, ready to be started.
pub(crate) struct Service {
    ports: Ports,
    services: Services,
    commands: Commands,
    operations: ActionHandler,
    processors: Processors,
    supervisor: Option<Supervisor>,
    /// Where messages go over a broker, whose topics may get more partitions.
    growth: Option<Growth>,
    metrics: PrometheusHandle,
    monitor: Monitor,
    queries: Queries,
    http: HttpSettings,
    draining: watch::Sender<bool>,
}

impl Service {
    /// Puts the application onto its ports, and makes its processors known in the token store.
    ///
    /// # Errors
    /// [`RunFailure::SetUp`] when two processors have one name, or the stores cannot be asked.
    pub(crate) async fn assemble(
        ports: Ports,
        settings: &Settings,
        metrics: PrometheusHandle,
    ) -> Result<Self, RunFailure> {
        let Ports { store, clock, ids, .. } = ports.clone();
        let services = settings.services;
        let commands = Commands::start(Arc::clone(&store), clock, ids, settings.commands.clone());
        let within = surroundings(&ports);
        let node = within.node;
        let operations = ActionHandler::new(commands.clone(), store, &within);
        let followed = reactions::over(ports.exchange.as_ref(), services, &commands, &within);
        let processors = processors(followed, &operations, &within, settings).await;
        let processors = processors.map_err(|source| RunFailure::SetUp { what: "the processors", source })?;
        operations.is_of(&processors);
        let supervisor = Some(Supervisor::of(processors.clone(), within.clone()));
        let growth = ports
            .exchange
            .clone()
            .map(|exchange| Growth::beyond(exchange, services, commands.clone(), within, processors.clone()));
        let queries = queries(&ports, &processors);
        let control = Control::new(processors.clone(), ports.views.tokens.clone());
        let monitor = Monitor::of(control, queries.clone(), services, Arc::clone(&ports.clock), node);
        let (http, draining) = (settings.http.clone(), watch::Sender::new(false));
        Ok(Self {
            ports,
            services,
            commands,
            operations,
            processors,
            supervisor,
            growth,
            metrics,
            monitor,
            queries,
            http,
            draining,
        })
    }

    /// Starts what follows the log and the clock.
    pub(crate) fn start_back(&mut self, tasks: &mut Tasks) {
        if let Some(supervisor) = self.supervisor.take() {
            tasks.start("processors", |stop| processing::supervise(supervisor, stop));
        }
        if let Some(growth) = self.growth.take() {
            let Ports { store, views, clock, .. } = self.ports.clone();
            let control = Control::new(self.processors.clone(), views.tokens);
            let gauges = MessageGauges { control, log: store, clock };
            tasks.start("message gauges", |stop| gauges.keep(stop));
            tasks.start("added partitions", |stop| growth::take_up(growth, stop));
        }
        if self.services.have_deadlines() {
            let ticker = self.ticker();
            tasks.start("ticker", |stop| tick(ticker, stop));
        }
        let metrics = self.metrics.clone();
        tasks.start("metrics", |stop| keep_up(metrics, stop));
        let admin = Arc::clone(&self.ports.views.tokens.admin);
        tasks.start("sweeper", |stop| sweep(admin, stop));
        let monitor = self.monitor.clone();
        tasks.start("monitor", |stop| look(monitor, stop));
        let storage = self.storage();
        tasks.start("storage", |stop| storage.watch(stop));
    }

    /// Starts what takes requests.
    pub(crate) fn start_front(&mut self, tasks: &mut Tasks, listener: TcpListener) {
        let (router, settings) = (self.router(), self.http.clone());
        tasks.start("http server", |stop| async move {
            http::serve(listener, router, &settings, stop.cancelled_owned()).await?;
            Ok(())
        });
    }

    /// Says from now on that no more requests should be sent here.
    pub(crate) fn not_ready(&self) {
        self.draining.send_replace(true);
    }

    /// Takes no more commands, and finishes those that were taken.
    pub(crate) async fn close(&self) {
        self.commands.close().await;
    }

    /// Where everything is kept.
    pub(crate) fn storage(&self) -> Storage {
        Storage { store: Arc::clone(&self.ports.store), tokens: Arc::clone(&self.ports.views.tokens.store) }
    }

    fn router(&self) -> Router {
        let Ports { views, clock, ids, .. } = self.ports.clone();
        let Views { tokens, titles, .. } = views;
        let (commands, processors) = (self.commands.clone(), self.processors.clone());
        let queries = self.queries.clone();
        http::router(Api {
            services: self.services,
            cards: CardService::new(commands.clone(), Arc::clone(&clock), Arc::clone(&ids))
                .among(self.services, titles),
            members: MemberService::new(commands.clone()),
            books: BookService::new(commands.clone()),
            actions: Actions::new(
                commands.clone(),
                queries.clone(),
                processors.clone(),
                self.operations.clone(),
            ),
            queries,
            monitor: self.monitor.clone(),
            operators: Control::new(processors, tokens),
            clock,
            ids,
            metrics: self.metrics.clone(),
            draining: self.draining.subscribe(),
            settings: self.http.clone(),
        })
    }

    fn ticker(&self) -> Ticker {
        let Ports { store, views, clock, .. } = self.ports.clone();
        let Views { tokens, processes, loans, .. } = views;
        let ports = TickerPorts { store, admin: tokens.admin, processes, loans, clock };
        // With given dates, today says nothing about what is overdue.
        Ticker::new(
            self.commands.clone(),
            ports,
            TickerSettings { mark_overdue: !self.http.allow_given_dates },
        )
        .telling(self.monitor.deadlines().clone())
    }
}

async fn processors(
    followed: Followed,
    operations: &ActionHandler,
    within: &ProcessorContext,
    settings: &Settings,
) -> Result<Processors, BoxError> {
    // Nothing was handled with a token store that is new: then all of the log is still to be done.
    let is_in_use = !within.tokens.admin.processors().await?.is_empty();
    let new = |name: &ProcessorName, reaction: &Reaction| {
        let segments = if reaction.can_be_divided() { settings.segments.of(name) } else { 1 };
        let begins_anywhere = is_in_use && reaction.kind() != ReactionKind::Projection;
        let start = if begins_anywhere { settings.starts.of(name) } else { StartingPoint::Beginning };
        NewProcessor { name: name.clone(), segments, start }
    };
    let mut all = Vec::new();
    for by in followed {
        all.extend(registered(by, new).await?);
    }
    // After all others: what operators said of them before has to hold in a token store that is new.
    operations::enrol(operations, within).await?;
    let applying = (within.clone(), vec![operations::applying(operations)]);
    all.extend(registered(applying, new).await?);
    Ok(Processors::new(Arc::clone(&within.tokens.admin), all)?)
}

async fn registered(
    (within, reactions): FollowedBy,
    new: impl Fn(&ProcessorName, &Reaction) -> NewProcessor,
) -> Result<Vec<Processor>, BoxError> {
    let wanted: Vec<_> = reactions.iter().map(|(name, reaction)| new(name, reaction)).collect();
    let known = processing::register(&within, &wanted).await?;
    let of = |name: &ProcessorName| known.get(name).cloned().unwrap_or_default();
    Ok(reactions::processors_of(reactions, &within, of))
}

fn surroundings(ports: &Ports) -> ProcessorContext {
    let Ports { store, views, clock, ids, exclusive, .. } = ports.clone();
    let tokens = views.tokens;
    let committer = Committer::to(Arc::clone(&tokens.store), Arc::clone(&clock));
    let node = NodeId::new(ids.next());
    let settings = ProcessorSettings { exclusive, ..ProcessorSettings::default() };
    ProcessorContext {
        source: Arc::new(LogSource::new(store)),
        tokens,
        clock,
        ids,
        node,
        leases: Leases::default(),
        committer,
        settings,
    }
}

fn queries(ports: &Ports, processors: &Processors) -> Queries {
    let Ports { store, views, .. } = ports.clone();
    let Views { tokens, catalogue, loans, best_sellers, processes, .. } = views;
    let asked = QueryPorts { store, tokens, catalogue, loans, best_sellers, processes };
    Queries::new(asked, processors.clone())
}

/// Looks each second how the service does; a store that is away is looked at again a second later.
async fn look(monitor: Monitor, stop: CancellationToken) -> Ended {
    let mut every = interval(LOOK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        match stop.run_until_cancelled(monitor.look()).await {
            None => break,
            Some(Ok(_sample)) => {}
            Some(Err(error)) => {
                tracing::debug!(
                    cause = processing::cause_of(&error),
                    "how the service does could not be seen"
                )
            }
        }
    }
    Ok(())
}

async fn tick(mut ticker: Ticker, stop: CancellationToken) -> Ended {
    let mut every = interval(TICK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        ticker.tick().await;
    }
    Ok(())
}

async fn sweep(admin: Arc<dyn ProcessorAdmin>, stop: CancellationToken) -> Ended {
    let mut every = interval(SWEEP_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        match stop.run_until_cancelled(control::sweep_all(&*admin)).await {
            None | Some(Ok(0)) => {}
            Some(Ok(rows)) => tracing::info!(rows, "rows of ended generations are removed"),
            Some(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "rows of ended generations stay for now");
            }
        }
    }
    Ok(())
}

async fn keep_up(metrics: PrometheusHandle, stop: CancellationToken) -> Ended {
    let mut every = interval(UPKEEP_EVERY);
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        metrics.run_upkeep();
    }
    Ok(())
}
