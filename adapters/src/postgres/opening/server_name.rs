//! How a server and its database are named in texts.

use std::fmt;

use sqlx::postgres::PgConnectOptions;

/// A server and a database on it, `host:port/database`; without user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerName(String);

impl ServerName {
    pub(in crate::postgres) fn of(options: &PgConnectOptions) -> Self {
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        Self(match options.get_socket() {
            Some(socket) => format!("{}:{}/{database}", socket.display(), options.get_port()),
            // An address of many colons stands in brackets, so that its port can be told from it.
            None if options.get_host().contains(':') => {
                format!("[{}]:{}/{database}", options.get_host(), options.get_port())
            }
            None => format!("{}:{}/{database}", options.get_host(), options.get_port()),
        })
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
