//! What the process says while its tests run.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex, OnceLock};

/// Everything that is said while the tests of this process run: the log at its most talkative, and the texts of panics.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Said {
    /// What was said and what will be, by all tests together.
    pub(crate) fn of_this_process() -> Self {
        static SAID: OnceLock<Said> = OnceLock::new();
        SAID.get_or_init(Self::listen).clone()
    }

    fn listen() -> Self {
        let said = Self::default();
        let log = said.clone();
        let everything =
            tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
        everything.with_ansi(false).with_writer(move || log.clone()).init();
        let (panics, before) = (said.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            writeln!(panics.clone(), "{panic}").unwrap();
            before(panic);
        }));
        said
    }

    /// All of it until now.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}
