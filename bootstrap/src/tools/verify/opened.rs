//! Logs and topics that were opened to be checked.

use std::sync::Arc;

use adapters::client::{ClientSettings, HttpEvidence};
use adapters::memory::MemoryTokenStore;
use adapters::system_clock::SystemClock;
use application::ports::{EventStore, TokenPorts, Topics};
use application::verify::{CheckedLog, Evidence, Report, Stores, verify_logs};

use super::super::client;
use super::super::failure::ToolFailure;
use super::super::opened::outlast_a_process;
use super::place;
use crate::cli::{CheckedLibrary, Library};
use crate::ports::{self, Looked, Open};
use crate::settings::Settings;

/// All that is checked together.
#[derive(Default)]
pub(super) struct OpenedLibrary {
    logs: Vec<Opened>,
    topics: Option<(Arc<dyn Topics>, Open)>,
}

/// One log.
struct Opened {
    name: String,
    shown: ShownBy,
    /// What is said of it beforehand.
    unjudged: Option<String>,
}

enum ShownBy {
    Service(HttpEvidence),
    Stores { store: Arc<dyn EventStore>, tokens: TokenPorts, open: Open },
}

impl OpenedLibrary {
    /// Opens everything, or nothing.
    pub(super) async fn of(library: &CheckedLibrary) -> Result<Self, ToolFailure> {
        let mut opened = Self::default();
        match opened.fill(library).await {
            Ok(()) => Ok(opened),
            Err(failure) => {
                opened.close().await;
                Err(failure)
            }
        }
    }

    async fn fill(&mut self, CheckedLibrary { logs, topics }: &CheckedLibrary) -> Result<(), ToolFailure> {
        for log in logs {
            self.logs.push(Opened::of(log).await?);
        }
        if let Some(settings) = topics {
            self.topics = ports::look_at_topics(settings).await?;
        }
        Ok(())
    }

    /// What a check finds.
    pub(super) async fn report(&self) -> Result<Report, ToolFailure> {
        let shown: Vec<Box<dyn Evidence + '_>> = self.logs.iter().map(|log| log.shown.evidence()).collect();
        let logs = self
            .logs
            .iter()
            .zip(&shown)
            .map(|(log, shown)| CheckedLog { name: &log.name, evidence: &**shown });
        let logs: Vec<_> = logs.collect();
        let topics = self.topics.as_ref().map(|(topics, _)| &**topics);
        let mut report = verify_logs(&logs, topics).await?;
        let before = self.logs.iter().filter_map(|log| log.unjudged.clone());
        report.unjudged.splice(0..0, before);
        Ok(report)
    }

    /// Lets go of everything.
    pub(super) async fn close(self) {
        if let Some((_, open)) = self.topics {
            open.close().await;
        }
        for log in self.logs {
            if let ShownBy::Stores { open, .. } = log.shown {
                open.close().await;
            }
        }
    }
}

impl ShownBy {
    fn evidence(&self) -> Box<dyn Evidence + '_> {
        match self {
            Self::Service(evidence) => Box::new(evidence.clone()),
            Self::Stores { store, tokens, .. } => Box::new(Stores { store: &**store, tokens }),
        }
    }
}

impl Opened {
    async fn of(log: &Library) -> Result<Self, ToolFailure> {
        let name = place(log);
        match log {
            Library::Running(address) => {
                let client = client(address, &ClientSettings::default())?;
                Ok(Self { name, shown: ShownBy::Service(HttpEvidence::of(client)), unjudged: None })
            }
            Library::Stores(settings) => Self::in_stores(name, settings).await,
        }
    }

    async fn in_stores(name: String, settings: &Settings) -> Result<Self, ToolFailure> {
        outlast_a_process(settings)?;
        let Looked { store, tokens, open } = ports::look(settings).await?;
        let unjudged = tokens.is_none().then(|| {
            format!("tokens and views: there are none in {} yet, a service makes them", settings.tokens)
        });
        let none = || {
            TokenPorts::of(&Arc::new(MemoryTokenStore::new(Arc::new(SystemClock::new(
                settings.zone.clone(),
            )))))
        };
        let tokens = tokens.unwrap_or_else(none);
        Ok(Self { name, shown: ShownBy::Stores { store, tokens, open }, unjudged })
    }
}
