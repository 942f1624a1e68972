//! Commands for a service that runs already: the result on standard output, what went wrong on standard error.

mod events;
mod failure;
mod file;
mod simulate;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use adapters::client::{Address, Client, ClientSettings};

use crate::cli::{EventsCommand, Remote};
use failure::{CHECK_FAILED, Failure};

/// Does what was asked and gives the code to end with.
pub(crate) fn run(remote: Remote) -> ExitCode {
    let ended = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(done(remote)),
        Err(error) => Err(Failure::Runtime(error)),
    };
    match ended {
        Ok(Found::Nothing) => ExitCode::SUCCESS,
        Ok(Found::Something) => ExitCode::from(CHECK_FAILED),
        Err(failure) => failure.exit(),
    }
}

/// What a command found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Something,
}

async fn done(remote: Remote) -> Result<Found, Failure> {
    match remote {
        Remote::Simulate(simulate) => simulate::run(simulate).await,
        Remote::Verify(verify) => verify::run(verify).await,
        Remote::Events(EventsCommand::Tail(tail)) => events::tail(tail).await,
        Remote::Events(EventsCommand::Show(show)) => events::show(show).await,
        Remote::Events(EventsCommand::Export(export)) => events::export(export).await,
    }
}

fn client(address: &Address, settings: &ClientSettings) -> Result<Client, Failure> {
    Ok(Client::new(address, settings)?)
}

/// Writes a result at once.
fn print(result: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(result.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
}
