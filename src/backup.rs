//! `roster backup`: copies of a database, without a server.

use std::{
    io::{self, IsTerminal as _, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use identity_core::{
    platform::SystemPlatform,
    store::backup::{self, BackupError, Manifest, Progress, Section},
};
use serde_json::json;

use crate::{
    cli::{count, json_line, write_out},
    failure::{Failure, causes},
    settings::{self, Database, Flags, Sources},
};

const CREATE: &str = "Examples:
  roster backup create roster-2026-11-30.backup
  roster backup create /backups/roster.backup --database-url postgres://roster@db.example/roster
  roster backup create acme.backup --org acme";
const VERIFY: &str = "Examples:\n  roster backup verify roster-2026-11-30.backup";
const SHOW: &str = "Examples:\n  roster backup show roster-2026-11-30.backup | jq .revision";
const RESTORE: &str = "Examples:
  roster backup restore roster-2026-11-30.backup --database-url sqlite:drill/roster.db
  roster backup restore roster-2026-11-30.backup --database-url postgres://roster@db.example/roster
  roster backup restore acme.backup --database-url postgres://roster@db.example/roster";

const MARK_RESTORED: &str =
    "Examples:\n  roster backup mark-restored --database-url postgres://roster@db.example/roster";

/// Commands on backups.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Write all that the database holds at one moment, or all of one organization, into a new file, while it is served or not
    #[command(after_help = CREATE)]
    Create {
        /// The organization, by slug or id; without it the whole database
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
        #[command(flatten)]
        args: FileAndDatabase,
    },
    /// Check every byte of a backup, and print the checksum of each table
    #[command(after_help = VERIFY)]
    Verify(BackupFile),
    /// Print the manifest: a line of JSON for the backup, and one for each organization
    #[command(after_help = SHOW)]
    Show(BackupFile),
    /// Fill an empty database from a backup of either kind of database, or add the organization of a backup of one to a database
    ///
    /// The server must be stopped, unless an organization is added to PostgreSQL.
    #[command(after_help = RESTORE)]
    Restore(FileAndDatabase),
    /// Tell a database that it was set back by other means, such as a copied file, `pg_restore` or a standby that was behind
    #[command(after_help = MARK_RESTORED)]
    MarkRestored(DatabaseArgs),
}

/// A backup.
#[derive(Args, Debug)]
pub(crate) struct BackupFile {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// A backup and a database.
#[derive(Args, Debug)]
pub(crate) struct FileAndDatabase {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// A database.
#[derive(Args, Debug)]
pub(crate) struct DatabaseArgs {
    #[arg(long, value_name = "URL", visible_alias = "database", help = crate::migrate::DATABASE_HELP)]
    database_url: Option<String>,
    /// A file of settings, TOML; flags and variables win
    #[arg(long, value_name = "FILE", env = "ROSTER_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
}

impl DatabaseArgs {
    fn read(self) -> Result<Database, Failure> {
        let mut flags = Flags::default();
        flags.0.extend(self.database_url.map(|url| ("database-url", url)));
        let sources = Sources::read(flags, self.config.as_deref())?;
        Ok(settings::database(&sources)?)
    }
}

/// Runs the command; its progress goes to standard error, if that is a terminal.
pub(crate) async fn run(command: BackupCommand) -> Result<(), Failure> {
    match command {
        BackupCommand::Create { org, args } => {
            create(&args.database.read()?, org.as_deref(), &args.file).await
        }
        BackupCommand::Verify(args) => {
            let verified = backup::verify(&args.file, &mut tell).map_err(|cause| refused(&cause))?;
            for Section { table, rows, sha256 } in &verified.sections {
                write_out(&format!("{sha256}  {table} {rows}\n"))?;
            }
            report("verified", &args.file, &verified.manifest)
        }
        BackupCommand::Show(args) => show(&args.file),
        BackupCommand::Restore(args) => restore(&args.database.read()?, &args.file).await,
        BackupCommand::MarkRestored(args) => mark_restored(&args.read()?).await,
    }
}

async fn create(database: &Database, organization: Option<&str>, file: &Path) -> Result<(), Failure> {
    let made = backup::create(&database.url(), organization, file, &SystemPlatform, &mut tell).await;
    let made = made.map_err(|cause| Failure::while_doing(database.shown(), causes(&cause)))?;
    report("created", file, &made)
}

async fn restore(database: &Database, file: &Path) -> Result<(), Failure> {
    let restored = backup::restore(file, &database.url(), &SystemPlatform, &mut tell).await;
    let restored = restored.map_err(|cause| Failure::while_doing(database.shown(), causes(&cause)))?;
    report("restored", file, &restored)
}

async fn mark_restored(database: &Database) -> Result<(), Failure> {
    let marked = backup::mark_restored(&database.url(), &SystemPlatform).await;
    marked.map_err(|cause| Failure::while_doing(database.shown(), causes(&cause)))?;
    write_out("marked: consumers of Watch with a token of before begin anew\n")
}

fn show(file: &Path) -> Result<(), Failure> {
    let mut written = Ok(());
    backup::show(file, &mut |line| {
        if written.is_ok() {
            written = write_out(&format!("{}\n", json_line(&json!(line))));
        }
    })
    .map_err(|cause| refused(&cause))?;
    written
}

fn report(verb: &str, file: &Path, manifest: &Manifest) -> Result<(), Failure> {
    write_out(&format!(
        "{verb} {}: {}, {}, schema {}, from {} at {}\n",
        file.display(),
        count(manifest.organizations, "organization"),
        count(manifest.rows(), "row"),
        manifest.schema,
        manifest.engine,
        manifest.created_at,
    ))
}

fn refused(cause: &BackupError) -> Failure {
    Failure::Refused(causes(cause))
}

/// Tells the progress; if it cannot be written, the work goes on.
fn tell(progress: Progress<'_>) {
    // What nobody watches, such as cron, would mail it.
    if !io::stderr().is_terminal() {
        return;
    }
    let Progress {
        step,
        table,
        rows,
        of,
    } = progress;
    let _ = writeln!(io::stderr(), "{step} {table}: {rows} of {of} rows");
}
