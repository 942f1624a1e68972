//! The machine that a bench runs on, as far as its figures depend on it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::failure::BenchFailure;

/// How often the disk is asked.
const FSYNCS: usize = 300;
/// What is written each time: two pages, about what a small commit is.
const BYTES: usize = 8 * 1024;

/// What the system counts work in, on every system of today.
const TICK: Duration = Duration::from_millis(10);

/// The machine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    /// Cores that this process may use.
    pub(super) cores: usize,
    /// How long the disk takes; none for a store that does not wait for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fsync: Option<Fsync>,
}

/// How long it takes to write 8 KiB over what a file has and to wait until they are on the disk, in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fsync {
    pub(super) count: usize,
    pub(super) median_us: f64,
    pub(super) p99_us: f64,
}

/// What the process takes of the memory, in KiB, as the operating system counts it; 0 where it does not say.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resident {
    pub(super) now_kib: u64,
    pub(super) peak_kib: u64,
}

impl Machine {
    /// Looks at the machine, and at the disk that a folder lies on.
    pub(super) async fn look(folder: Option<&Path>) -> Result<Self, BenchFailure> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let Some(folder) = folder.map(Path::to_owned) else { return Ok(Self { cores, fsync: None }) };
        let measured = tokio::task::spawn_blocking({
            let folder = folder.clone();
            move || fsync(&folder)
        });
        let fsync = measured.await.map_err(io::Error::other).and_then(|fsync| fsync);
        let fsync = fsync.map_err(|source| BenchFailure::Disk { path: folder, source })?;
        Ok(Self { cores, fsync: Some(fsync) })
    }
}

impl Resident {
    pub(super) fn now() -> Self {
        // Other systems have no such file, and say nothing then.
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self { now_kib: kib(&status, "VmRSS:"), peak_kib: kib(&status, "VmHWM:") }
    }
}

/// How long all cores have worked for this process until now; none where the system does not say.
pub(super) fn worked() -> Option<Duration> {
    ticks(&fs::read_to_string("/proc/self/stat").ok()?).map(|ticks| TICK * ticks)
}

/// The ticks in the program and in the system for it: the 12th and 13th word behind the name, which may have blanks.
fn ticks(stat: &str) -> Option<u32> {
    let mut words = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system) = (words.next()?, words.next()?);
    user.parse::<u32>().ok()?.checked_add(system.parse().ok()?)
}

fn kib(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn fsync(folder: &Path) -> io::Result<Fsync> {
    let path = folder.join("fsync");
    let file = File::create(&path)?;
    let block = [0x5a; BYTES];
    file.write_all_at(&block, 0)?;
    file.sync_all()?;
    let mut micros = Vec::with_capacity(FSYNCS);
    for _ in 0..FSYNCS {
        let begun = Instant::now();
        file.write_all_at(&block, 0)?;
        file.sync_data()?;
        micros.push(begun.elapsed().as_nanos() as f64 / 1_000.0);
    }
    micros.sort_by(f64::total_cmp);
    fs::remove_file(path)?;
    Ok(Fsync { count: FSYNCS, median_us: micros[FSYNCS / 2], p99_us: micros[FSYNCS * 99 / 100] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_that_of_the_program_and_of_the_system_for_it() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 9 0 88 99 3";
        assert_eq!((ticks(stat), ticks("")), (Some(300), None));
    }

    #[test]
    fn memory_is_read_as_the_system_writes_it() {
        let status = "Name:\trental\nVmHWM:\t   66572 kB\nVmRSS:\t   51200 kB\n";
        assert_eq!((kib(status, "VmRSS:"), kib(status, "VmHWM:"), kib("", "VmRSS:")), (51_200, 66_572, 0));
    }
}
