//! Folders and files that the process may not write.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output};

use crate::server::{Server, command};
use crate::small_disk::SmallDisk;
use crate::store::{FaultStore, Files};

/// Somebody without rights, on the systems that have one.
const NOBODY: &str = "65534";

#[test]
fn a_folder_that_may_not_be_written_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    is_refused(&Files::of(folder), &["cannot be used; give this user the right to write there"]);
}

/// T117: rights are missing, and nothing is damaged.
#[test]
fn a_file_that_may_not_be_written_is_refused_and_left_as_it_is() {
    for file in ["rental.db", "views.db", "rental.lock"] {
        let files = made();
        let path = files.path().join(file);
        fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
        let before = fs::read(&path).unwrap();
        let named = format!("/{file}` with ");
        is_refused(
            &files,
            &[&named, "may not be read and written by this user", "with mode 444; give this user"],
        );
        assert_eq!(fs::read(&path).unwrap(), before, "{file}");
    }
}

/// T117: what stands beside a file, and a file that may not even be read.
#[test]
fn a_file_of_somebody_else_is_named_with_its_owner() {
    for file in ["rental.db", "rental.db-wal", "rental.lock"] {
        let files = made();
        let path = files.path().join(file);
        if !path.exists() {
            fs::write(&path, "").unwrap();
        }
        fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
        is_refused(
            &files,
            &[&format!("/{file}` with "), "it belongs to user ", "with mode 0; give this user"],
        );
    }
}

/// Whoever may not enter a folder cannot know what is in it.
#[test]
fn a_folder_that_may_not_be_entered_is_said_and_not_taken_for_one_without_a_log() {
    let files = made();
    fs::set_permissions(files.path(), Permissions::from_mode(0o600)).unwrap();
    let named = format!("`{}` with ", files.path().display());
    for line in LOOKS {
        let mut look = command(line);
        look.args(files.words());
        is_told(&look, &[&named, "it belongs to user ", "with mode 600; give this user the right"]);
    }
    fs::set_permissions(files.path(), Permissions::from_mode(0o700)).unwrap();
}

/// Rights have nothing to do with it.
#[test]
fn a_disk_that_can_only_be_read_is_said() {
    let Some(disk) = SmallDisk::of(16) else { return };
    let files = Files::within(disk.path());
    let server = files.start(&[]);
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
    disk.only_read();
    let to = tempfile::tempdir().unwrap();
    let copy = to.path().join("copy").display().to_string();
    for line in LOOKS.into_iter().chain([&["backup", "--to", &copy][..]]) {
        let mut look = command(line);
        let Output { status, stderr, .. } = look.args(files.words()).output().unwrap();
        let told = String::from_utf8_lossy(&stderr);
        assert_eq!(status.code(), Some(69), "{told}");
        assert!(told.contains("rental.db`") || told.contains("views.db`"), "{told}");
        assert!(told.contains("stands on a disk that can only be read; copy its folder"), "{told}");
        assert!(!told.contains("chmod"), "{told}");
    }
}

const LOOKS: [&[&str]; 3] = [&["verify"], &["events", "export", "--to", "-"], &["rebuild-views"]];

/// A folder with files that a process without rights has made, and may write.
fn made() -> Files {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let files = Files::of(folder);
    let server = Server::run(without_rights(&files.command(&[])));
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
    files
}

fn is_refused(files: &Files, said: &[&str]) {
    is_told(&files.command(&[]), said);
}

fn is_told(command: &Command, said: &[&str]) {
    let Output { status, stderr, .. } = without_rights(command).output().unwrap();
    let log = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(69), "{log}");
    for said in said {
        assert!(log.contains(said), "`{said}` is not said in:\n{log}");
    }
    for wrong in ["listening", "damaged", "move it away", "restore"] {
        assert!(!log.contains(wrong), "`{wrong}` is said in:\n{log}");
    }
}

/// The same command by somebody whom rights bind: they do not bind an administrator.
fn without_rights(start: &Command) -> Command {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return crate::store::through_a_shell(start, "true");
    }
    let mut bound = Command::new("setpriv");
    bound.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
    bound.arg(start.get_program()).args(start.get_args()).current_dir(Path::new("/"));
    bound
}
