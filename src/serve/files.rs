//! The file limit of the process, which connections count against.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files and sockets that are not connections of clients: the database, the listeners, the log, keys that are fetched.
const RESERVED: u64 = 128;
/// Connections of a listener under a file limit so low that the reserve would leave none.
const FEWEST: usize = 16;

/// Raises the file limit as far as the system allows; answers how many connections each of so many listeners may hold.
pub(super) fn make_room(listeners: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = Rlimit {
            current: maximum,
            maximum,
        };
        if let Err(cause) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%cause, "the file limit cannot be raised");
        }
    }
    match getrlimit(Resource::Nofile).current {
        Some(files) => share(files, listeners),
        None => usize::MAX,
    }
}

fn share(files: u64, listeners: usize) -> usize {
    let free = usize::try_from(files.saturating_sub(RESERVED)).unwrap_or(usize::MAX);
    (free / listeners.max(1)).max(FEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_share_what_the_reserve_leaves() {
        assert_eq!(share(1_048_576, 2), 524_224);
        assert_eq!(share(256, 2), 64);
        assert_eq!(share(100, 1), FEWEST);
    }
}
