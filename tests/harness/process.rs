//! One process of the program.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write as _},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use regex::Regex;

use super::run_folder;

/// Runs `roster` to its end, which it must find by itself.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new("timeout")
        .arg(END)
        .arg(run_folder::program())
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(run_folder::path())
        .output()
        .expect("run the program")
}

/// The same with a text on standard input.
pub(crate) fn run_with_input(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new("timeout")
        .arg(END)
        .arg(run_folder::program())
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(run_folder::path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start the program");
    let written = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    written.expect("write to the program");
    child.wait_with_output().expect("run the program")
}

/// Seconds after which a program that should have ended is ended.
const END: &str = "60";

/// A running `roster`. It is killed when dropped.
pub(crate) struct Roster {
    child: Child,
    output: Arc<Mutex<String>>,
    listening: Mutex<Listening>,
}

/// Where the listeners are, as far as the program has said.
struct Listening {
    receiver: Receiver<(String, SocketAddr)>,
    known: HashMap<String, SocketAddr>,
}

impl Roster {
    /// Starts `roster` with these arguments and environment variables.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::spawn(Command::new(run_folder::program()).args(arguments), variables)
    }

    /// The same with no more than so many files and connections.
    pub(crate) fn start_with_files(files: u32, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script])
            .arg(run_folder::program())
            .args(arguments);
        Self::spawn(&mut shell, variables)
    }

    fn spawn(command: &mut Command, variables: &[(&str, &str)]) -> Self {
        let mut child = command
            .env_clear()
            .envs(variables.iter().copied())
            .current_dir(run_folder::path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start the program");
        let output = Arc::default();
        let (sender, receiver) = channel();
        follow(child.stdout.take(), &output, sender.clone());
        follow(child.stderr.take(), &output, sender);
        Self {
            child,
            output,
            listening: Mutex::new(Listening {
                receiver,
                known: HashMap::new(),
            }),
        }
    }

    /// The memory of its own that it has in use, without files: KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("a status");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .expect("a size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Where the listener of this name (`grpc`, `scim`, `management`) listens. Waits until the program says so.
    pub(crate) fn address(&self, listener: &str) -> SocketAddr {
        let mut listening = self.listening.lock().expect("lock");
        while !listening.known.contains_key(listener) {
            let (name, address) = listening.receiver.recv().unwrap_or_else(|_| {
                panic!(
                    "the program ended before it listened for {listener}:\n{}",
                    self.output()
                )
            });
            listening.known.entry(name).or_insert(address);
        }
        listening.known[listener]
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it has written so far, to standard output and standard error.
    pub(crate) fn output(&self) -> String {
        self.output.lock().expect("lock").clone()
    }

    /// Ends it as a crash would (SIGKILL).
    pub(crate) fn kill(&mut self) {
        // Only a process that has ended and been waited for cannot be killed, and that is as wanted.
        let _ = self.child.kill();
        self.child.wait().expect("wait for the program");
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid])
            .status();
        assert!(sent.expect("run sh").success(), "no process {pid}");
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("wait for the program")
    }
}

impl Drop for Roster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Collects what the program writes and passes on where it listens.
fn follow(
    stream: Option<impl Read + Send + 'static>,
    output: &Arc<Mutex<String>>,
    sender: Sender<(String, SocketAddr)>,
) {
    let lines = BufReader::new(stream.expect("a pipe")).lines();
    let output = Arc::clone(output);
    let address =
        Regex::new(r"(grpc|scim|management|console).*?(127\.0\.0\.1:\d+)").expect("a regular expression");
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            output.lock().expect("lock").push_str(&(line.clone() + "\n"));
            for found in address.captures_iter(&line.to_lowercase()) {
                let at = found[2].parse().expect("an address");
                // Nobody listens any more once the server runs.
                let _ = sender.send((found[1].to_owned(), at));
            }
        }
    });
}
