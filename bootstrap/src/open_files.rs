//! How many files the process may have open, which every connection counts as one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open beside connections: databases with what stands beside them, the log, what the runtime needs.
const BESIDE: u64 = 128;

/// Takes as many as this user may, and says in the log when that is too few for so many connections.
pub(crate) fn allow(connections_max: usize) {
    let Some(open_files_max) = raised() else { return };
    if let Some(enough_for) = too_few(open_files_max, connections_max) {
        tracing::warn!(
            open_files_max,
            connections_max,
            "the process may not open as many files as http.connections_max says: from about {enough_for} connections on, \
             others wait and stores may fail; raise the limit (`ulimit -n`, `LimitNOFILE=`), or lower the setting"
        );
    }
}

/// How many connections there are files for, if they are fewer.
fn too_few(open_files_max: u64, connections_max: usize) -> Option<u64> {
    let enough_for = open_files_max.saturating_sub(BESIDE);
    (enough_for < connections_max as u64).then_some(enough_for)
}

/// The limit, once it is what this user may have at most; none when there is none.
fn raised() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files stays as it is");
            limit.current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_needed_beside_connections() {
        assert_eq!(too_few(1_024, 20_000), Some(896));
        assert_eq!(too_few(1_024, 896), None);
        assert_eq!(too_few(64, 1), Some(0));
    }
}
