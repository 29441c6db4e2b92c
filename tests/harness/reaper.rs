//! Ends what a test run leaves behind, also when the run itself is killed: a small shell waits for the pipe to this
//! process to close. Shared servers live as long as the run, and nothing in Rust runs at its very end.

use std::{
    io::Write,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock},
};

/// Reads `SIGNAL PID` lines; at the end sends each signal, if the process is still one of this run, and removes the folder.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
while read -r signal pid; do all="$all $signal $pid"; done
set -- $all
while [ $# -gt 0 ]; do
  if grep -qF "$folder" "/proc/$2/cmdline" 2>/dev/null; then
    kill -s "$1" "$2"
    while kill -0 "$2" 2>/dev/null; do sleep 0.05; done
  fi
  shift 2
done
rm -rf "$folder"
"#;

static PIPE: OnceLock<Mutex<ChildStdin>> = OnceLock::new();

/// Removes the folder when this process has ended.
#[expect(clippy::zombie_processes, reason = "the shell outlives this process")]
pub(super) fn remove_at_end(folder: &Path) {
    let mut shell = Command::new("sh")
        .args(["-c", SCRIPT])
        .env("folder", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start the shell that cleans up");
    let pipe = shell.stdin.take().expect("its standard input is a pipe");
    assert!(PIPE.set(Mutex::new(pipe)).is_ok(), "one folder a run");
}

/// Sends this process a signal when this one has ended.
pub(super) fn end_at_end(signal: &str, pid: u32) {
    let mut pipe = PIPE.get().expect("the folder exists").lock().expect("lock");
    writeln!(pipe, "{signal} {pid}").expect("tell the shell");
}
