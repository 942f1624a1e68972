//! A disk of a few MiB, and a balloon that takes what room there is.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::dice::asked;

/// A file system in memory that is mounted on a folder of its own.
pub(crate) struct SmallDisk {
    folder: TempDir,
    /// What mounting took before its command: nothing for an administrator.
    by: &'static [&'static str],
}

impl SmallDisk {
    /// One of so many MiB. Mounting takes an administrator: without one there is none, and a line says so, unless
    /// `REQUIRE_SERVERS` names `small-disk`.
    pub(crate) fn of(mebibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={mebibytes}m,mode=0777");
        let mount = ["mount", "-t", "tmpfs", "-o", &options, "tmpfs"];
        for by in [&[][..], &["sudo", "-n"]] {
            if runs(by, &mount, folder.path()) {
                return Some(Self { folder, by });
            }
        }
        let required: String = asked("REQUIRE_SERVERS").unwrap_or_default();
        assert!(!required.split(',').any(|name| name.trim() == "small-disk"), "no small disk can be mounted");
        let test = std::thread::current();
        // Past the harness, which would keep the line to itself. Whoever closed the output does not want to know.
        let _ = writeln!(
            std::io::stderr().lock(),
            "{} did not run: this user may not mount a small disk",
            test.name().unwrap_or("a test")
        );
        None
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    pub(crate) fn blow_up(&self) {
        let mut balloon = OpenOptions::new().create(true).append(true).open(self.balloon()).unwrap();
        for size in [65_536, 4_096, 1] {
            // The end of the room is the end of this.
            while balloon.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    /// Gives it back.
    pub(crate) fn let_out(&self) {
        fs::remove_file(self.balloon()).unwrap();
    }

    /// Takes the right to write from everybody.
    pub(crate) fn only_read(&self) {
        assert!(runs(self.by, &["mount", "-o", "remount,ro"], self.path()), "it could not be mounted again");
    }

    fn balloon(&self) -> PathBuf {
        self.path().join("balloon")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        assert!(runs(self.by, &["umount", "-l"], self.folder.path()) || std::thread::panicking());
    }
}

fn runs(by: &[&str], command: &[&str], folder: &Path) -> bool {
    let mut words = by.iter().chain(command);
    let mut command = Command::new(words.next().unwrap());
    let ran = command.args(words).arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
    ran.is_ok_and(|status| status.success())
}
