//! `roster`: an identity service. The program puts the parts together and is the command line.

mod backup;
mod cli;
mod failure;
mod migrate;
mod serve;
mod settings;
mod telemetry;
#[cfg(test)]
mod test_folder;

use std::{future::Future, io::Write, process::ExitCode};

use mimalloc::MiMalloc;
use tokio::runtime::Builder;

use crate::{
    cli::{Cli, Command},
    failure::Failure,
};

/// The system's allocator keeps what a burst of large requests took: 1.9 GB after five of 128 MiB each, where this one gives it back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Two providers may be in the dependency tree, so one is chosen before anything speaks TLS.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match cli::read().and_then(|(cli, organization)| run(cli, &organization)) {
        Ok(code) => code,
        Err(failure) => {
            // If even this cannot be written, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            failure.exit_code()
        }
    }
}

fn run(cli: Cli, organization: &str) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Serve(args) => block_on(Builder::new_multi_thread(), serve::run(args)),
        Command::Migrate(args) => block_on(Builder::new_current_thread(), migrate::run(args, cli.client.yes)),
        Command::Backup(command) => block_on(Builder::new_current_thread(), backup::run(command)),
        Command::Context(command) => command.run(cli.client.endpoint()),
        Command::Completions(args) => args.run(),
        Command::Man(args) => args.run(),
        Command::Client(command) => {
            let work = cli::run(*command, &cli.client, organization);
            return block_on(Builder::new_current_thread(), work);
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

fn block_on<T>(mut builder: Builder, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|cause| Failure::while_doing("cannot start", cause))?;
    let outcome = runtime.block_on(work);
    // Nothing that still runs, such as a lookup of a name, may hold up the end.
    runtime.shutdown_background();
    outcome
}
