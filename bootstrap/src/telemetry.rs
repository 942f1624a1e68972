//! What the process says about itself: a log on standard error, and metrics.

mod lines;

use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};

use adapters::http;
use metrics_exporter_prometheus::PrometheusHandle;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::failure::RunFailure;
use crate::settings::{Log, LogFormat, Settings};

pub(crate) use lines::Lines;

/// Starts the log, for panics too, and says in it what of the settings was left out. The lines that are on their way
/// are to be flushed before the process ends.
///
/// # Errors
/// [`RunFailure::Runtime`] when the system has no thread left.
pub(crate) fn start_log(settings: &Settings) -> Result<Lines, RunFailure> {
    let Settings { log: Log { level, format }, notes, .. } = settings;
    let lines = Lines::to(io::stderr()).map_err(RunFailure::Runtime)?;
    // The level was read without complaint when the settings were.
    let filter = EnvFilter::builder().parse_lossy(level);
    // Its own way to complain about a line is to write another one past us, and to panic when that fails.
    let log = fmt().with_env_filter(filter).with_writer(lines.clone()).log_internal_errors(false);
    match format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(log_panic));
    notes.iter().for_each(|note| tracing::warn!("{note}"));
    Ok(lines)
}

/// Records metrics from now on; the handle renders them for whoever asks.
///
/// # Errors
/// [`RunFailure::Metrics`] when something else records them already.
pub(crate) fn record_metrics() -> Result<PrometheusHandle, RunFailure> {
    let recorder = http::recorder().map_err(|error| RunFailure::Metrics(error.into()))?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|_taken| RunFailure::Metrics("metrics are recorded already".into()))?;
    lines::describe_dropped();
    Ok(handle)
}

/// A panic is a line of the log like any other, so that it is seen where the log is read and does not break its form.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let said = panic.payload_as_str().unwrap_or("something that is not text");
    tracing::error!(place, said, "panicked");
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Refuses every line, as a full disk does.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _line: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// T105: to panic while a panic is told would abort the process.
    #[test]
    fn a_panic_whose_line_cannot_be_written_is_a_panic_and_no_more() {
        let lines = Lines::to(Full).unwrap();
        let log = fmt().with_writer(lines.clone()).log_internal_errors(false).finish();
        let usual = panic::take_hook();
        panic::set_hook(Box::new(log_panic));
        let told = tracing::subscriber::with_default(log, || panic::catch_unwind(|| panic!("dropped it")));
        panic::set_hook(usual);
        lines.flush();
        assert!(told.is_err());
    }
}
