//! `roster migrate`: the database's schema, without a server.

use std::path::PathBuf;

use clap::Args;
use identity_core::store::{OpenError, Options, Store};

use crate::{
    cli::{ask, is_interactive, write_out},
    failure::{Failure, causes},
    settings::{self, Flags, Sources},
};

/// Help of the option for the database, which is read with the other settings and not by the command line.
pub(crate) const DATABASE_HELP: &str = "The database: sqlite:PATH or postgres://… [env: ROSTER_DATABASE_URL]";

/// Arguments of `roster migrate`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  roster migrate --database-url postgres://roster@db.example/roster\n  roster migrate --down 1"
)]
pub(crate) struct MigrateArgs {
    #[arg(long, value_name = "URL", help = DATABASE_HELP)]
    database_url: Option<String>,
    /// A file of settings, TOML; flags and variables win
    #[arg(long, value_name = "FILE", env = "ROSTER_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// Take this many migrations back, newest first; what they hold is lost
    #[arg(long, value_name = "N")]
    down: Option<usize>,
}

/// Migrates, and says what was done. Before it takes migrations back it asks at a terminal, unless `yes` is set.
pub(crate) async fn run(args: MigrateArgs, yes: bool) -> Result<(), Failure> {
    let mut flags = Flags::default();
    flags.0.extend(args.database_url.map(|url| ("database-url", url)));
    let sources = Sources::read(flags, args.config.as_deref())?;
    let database = settings::database(&sources)?;
    if let Some(folder) = database.folder() {
        settings::make_folder(folder)?;
    }
    if let Some(count) = args.down.filter(|_| !yes && is_interactive()) {
        let database = database.shown();
        ask(&format!(
            "Take {count} migrations of {database} back, and lose what they hold?"
        ))?;
    }
    let failed = |cause: OpenError| Failure::while_doing(database.shown(), causes(&cause));
    let store = Store::open(&database.url(), Options::default())
        .await
        .map_err(failed)?;
    let (verb, outcome) = match args.down {
        Some(count) => ("undone", store.migrate_down(count).await),
        None => ("done", store.migrate().await),
    };
    store.close().await;
    let names = outcome.map_err(failed)?;
    if names.is_empty() {
        return write_out("nothing to do\n");
    }
    names
        .iter()
        .try_for_each(|name| write_out(&format!("{verb}: {name}\n")))
}
