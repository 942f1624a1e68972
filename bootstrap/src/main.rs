//! The library rental service as one binary: settings, ports, tasks, and all of them stopped together.

mod bench;
mod cli;
mod counted;
mod demo;
mod failure;
mod growth;
mod message_gauges;
mod open_files;
mod ports;
mod run;
mod runtime;
mod service;
mod settings;
mod signals;
mod storage;
mod tasks;
mod telemetry;
mod tools;

use std::process::ExitCode;

use cli::Asked;
use demo::Demo;
use failure::RunFailure;
use mimalloc::MiMalloc;

/// Events are made in one thread and freed in another all day, which costs the system's allocator a fifth of a command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let (settings, demo) = match cli::asked() {
        Ok(Asked::Serve(settings, demo)) => (settings, demo),
        Ok(Asked::Tool(task)) => return tools::run(*task),
        Ok(Asked::Bench(settings, bench)) => return bench::run(*settings, &bench),
        Err(early) => return early.exit(),
    };
    served(*settings, demo)
}

/// Serves, and ends when everything is said.
fn served(settings: settings::Settings, demo: Option<Demo>) -> ExitCode {
    let log = match telemetry::start_log(&settings) {
        Ok(log) => log,
        Err(failure) => return failure.exit_without_log(),
    };
    let file = settings.file.as_ref().map(tracing::field::debug);
    tracing::info!(file, "settings are read");
    let code = serve(settings, demo).map_or_else(|failure| failure.exit(), |()| ExitCode::SUCCESS);
    log.flush();
    code
}

fn serve(settings: settings::Settings, demo: Option<Demo>) -> Result<(), RunFailure> {
    let metrics = telemetry::record_metrics()?;
    let runtime = settings.workers.start().map_err(RunFailure::runtime)?;
    let ended = runtime.block_on(run::run(settings, demo, metrics));
    // What still runs after the grace period, or after a second signal, is left behind: a task that does not end must
    // not keep the process.
    runtime.shutdown_background();
    ended
}
