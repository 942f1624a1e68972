//! Commands that look at a library and end: the result on standard output, what went wrong on standard error.

mod backup;
mod events;
mod failure;
mod file;
mod import;
mod interruption;
mod migrate;
mod opened;
mod operating;
mod progress;
mod rebuild_views;
mod simulate;
mod topics;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use adapters::client::{Address, Client, ClientSettings};

use crate::cli::Task;
use failure::{CHECK_FAILED, ToolFailure};

/// Does what was asked and gives the code to end with.
pub(crate) fn run(task: Task) -> ExitCode {
    let ended = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(done(task)),
        Err(error) => Err(ToolFailure::Runtime(error)),
    };
    match ended {
        Ok(FoundLog::Nothing) => ExitCode::SUCCESS,
        Ok(FoundLog::Something) => ExitCode::from(CHECK_FAILED),
        Err(failure) => failure.exit(),
    }
}

/// What a command found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FoundLog {
    Nothing,
    Something,
}

async fn done(task: Task) -> Result<FoundLog, ToolFailure> {
    match task {
        Task::Simulate(simulate, places) => simulate::run(simulate, places).await,
        Task::Verify(verify, library) => verify::run(verify, &library).await,
        Task::Tail(tail, library) => events::tail(tail, library).await,
        Task::Show(show, library) => events::show(show, library).await,
        Task::Export(export, library) => events::export(export, library).await,
        Task::Import(import, settings) => import::run(import, *settings).await,
        Task::Migrate(settings) => migrate::run(&settings).await,
        Task::Backup(backup, settings) => backup::run(&backup, *settings).await,
        Task::Operate(call) => operating::run(call).await,
        Task::Topics(command, settings) => topics::run(command, &settings).await,
        Task::RebuildViews(rebuild, settings) => rebuild_views::run(&rebuild, &settings).await,
    }
}

fn client(address: &Address, settings: &ClientSettings) -> Result<Client, ToolFailure> {
    Ok(Client::new(address, settings)?)
}

/// Writes a result at once.
fn print(result: &str) -> Result<(), ToolFailure> {
    let mut out = io::stdout().lock();
    out.write_all(result.as_bytes()).and_then(|()| out.flush()).map_err(ToolFailure::Output)
}
