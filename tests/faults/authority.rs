//! Somebody who says by certificates who somebody is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// For one test, and for two days at most.
pub(crate) struct Authority {
    folder: TempDir,
}

/// What a server shows, and what proves that it is its own.
pub(crate) struct Certificate {
    /// The certificate, PEM.
    pub(crate) certificate: String,
    /// Its key, PEM.
    pub(crate) key: String,
}

impl Authority {
    /// Nobody has heard of this one before.
    pub(crate) fn made() -> Self {
        let new = Self { folder: tempfile::tempdir().unwrap() };
        new.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem");
        new
    }

    /// Where its own certificate is.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for a name, such as `IP:127.0.0.1` or `DNS:db.example`.
    pub(crate) fn vouch_for(&self, name: &str) -> Certificate {
        fs::write(self.folder.path().join("names"), format!("subjectAltName={name}\n")).unwrap();
        self.openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout server.key -out server.csr");
        self.openssl("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem");
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap();
        Certificate { certificate: read("server.pem"), key: read("server.key") }
    }

    /// A folder with its own certificate, `ca.pem`, and with what a server of this name shows, and the key to that,
    /// `server.pem`.
    pub(crate) fn folder_for(&self, name: &str) -> &Path {
        let Certificate { certificate, key } = self.vouch_for(name);
        fs::write(self.folder.path().join("server.pem"), certificate + &key).unwrap();
        self.folder.path()
    }

    /// It comes with Debian's packages of Postgres.
    fn openssl(&self, words: &str) {
        let mut openssl = Command::new("openssl");
        let done = openssl.args(words.split(' ')).current_dir(self.folder.path()).output().unwrap();
        assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
    }
}
