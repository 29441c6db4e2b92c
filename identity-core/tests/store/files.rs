//! SQLite's file: one process at a time, made where it is missing, whole after a restart.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use diesel::{
    Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection as _, sql_query, sql_types::Text,
};
use identity_core::store::{OpenError, Options, Store};

use crate::harness::World;

/// Tells the test program, run once more as another process, what to open.
const URL: &str = "ROSTER_TEST_OPEN";

async fn open(url: &str) -> Result<Store, OpenError> {
    Store::open(url, Options::default()).await
}

#[tokio::test]
#[ignore = "what the second process does, not a test"]
async fn second_process() {
    let Some(url) = std::env::var_os(URL) else { return };
    match open(url.to_str().unwrap()).await {
        Ok(_) => println!("\nopened"),
        Err(error) => println!("\nrefused: {error}"),
    }
}

fn in_another_process(url: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "files::second_process", "--nocapture"])
        .env(URL, url)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = |line: &&str| line.starts_with("opened") || line.starts_with("refused");
    text.lines().find(said).unwrap_or(&text).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_refused_until_the_first_has_ended() {
    let world = World::on_sqlite().await;
    let refused = in_another_process(&world.url);
    assert!(
        refused.contains("roster.db is open in another process"),
        "{refused}"
    );
    world.store.close().await;
    assert_eq!(in_another_process(&world.url), "opened");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_store_in_one_process_is_refused_too() {
    let world = World::on_sqlite().await;
    assert!(matches!(open(&world.url).await, Err(OpenError::InUse(_))));
}

/// Copies these files into a folder as the database and its log.
fn placed(database: &Path, log: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ro%st#er.db");
    std::fs::copy(database, &path).unwrap();
    std::fs::copy(log, beside(&path, "-wal")).unwrap();
    (folder, path)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_beside_a_file_that_it_does_not_belong_to_is_refused_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("roster.db");
    let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    drop(store);
    let backup = folder.path().join("backup.db");
    std::fs::copy(&path, &backup).unwrap();
    let mut later = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    later
        .batch_execute(
            "PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO filler SELECT i, hex(randomblob(200)) FROM n;
             PRAGMA wal_checkpoint(TRUNCATE);
             UPDATE filler SET text = hex(randomblob(300)) WHERE id % 7 = 0;",
        )
        .unwrap();
    let log = beside(&path, "-wal");

    let (_kept, restored) = placed(&backup, &log);
    let url = format!("sqlite:{}", restored.display());
    let before = [restored.clone(), beside(&restored, "-wal")].map(|it| std::fs::read(it).unwrap());
    let refused = open(&url).await.err().expect("a refusal");
    assert!(matches!(refused, OpenError::ForeignLog(_)), "{refused}");
    let after = [restored.clone(), beside(&restored, "-wal")].map(|it| std::fs::read(it).unwrap());
    assert!(before == after, "nothing is changed");
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&restored, ending));
    }
    open(&url).await.expect("the backup opens");

    // Its own log is taken, as after a crash.
    let (_kept, crashed) = placed(&path, &log);
    open(&format!("sqlite:{}", crashed.display()))
        .await
        .expect("it opens");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_directory_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/roster.db");
    let store = open(&format!("sqlite://{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    assert!(path.exists());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_files_are_their_owners_alone_also_in_a_folder_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().join("roster.db");
    let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_key_of_the_tables_is_random_and_stays() {
    let (world, other) = (World::on_sqlite().await, World::on_sqlite().await);
    let key = world.store.secret_key().await.unwrap();
    assert_eq!(key.len(), 64);
    assert_eq!(world.store.secret_key().await.unwrap(), key);
    assert_ne!(other.store.secret_key().await.unwrap(), key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opened_again_has_what_it_had() {
    let world = World::on_sqlite().await;
    let user = world.added("bjensen").await;
    world.store.close().await;
    let store = open(&world.url).await.unwrap();
    let home = world.home();
    let found = store
        .read(crate::harness::ask(move |reader| reader.user(home, user.id)))
        .await
        .unwrap();
    assert_eq!(found, Some(user));
}

/// The log is emptied after some seconds without a commit, whatever was written last: the migrations here are no units.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_leaves_the_log_when_nobody_writes() {
    let world = World::on_sqlite().await;
    let log = format!("{}-wal", world.url.trim_start_matches("sqlite:"));
    becomes_empty(&log).await;
    world.store.migrate_down(1).await.unwrap();
    world.store.migrate().await.unwrap();
    assert!(length(&log) > 0);
    becomes_empty(&log).await;
}

fn length(path: &str) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

async fn becomes_empty(path: &str) {
    let begun = Instant::now();
    while length(path) > 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "{} bytes", length(path));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn urls_that_name_no_database_are_refused() {
    for url in [
        "",
        "mysql://localhost/x",
        "sqlite:",
        "sqlite::memory:",
        "roster.db",
    ] {
        assert!(matches!(open(url).await, Err(OpenError::Url(_))), "{url}");
    }
}

/// The flags of `.cargo/config.toml` reach the bundled SQLite; without the first, point reads take more than twice the time.
#[test]
fn sqlite_is_built_with_our_flags() {
    #[derive(diesel::QueryableByName)]
    struct Flag {
        #[diesel(sql_type = Text)]
        compile_options: String,
    }
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    let flags: Vec<Flag> = sql_query("PRAGMA compile_options").load(&mut connection).unwrap();
    for wanted in ["ENABLE_QPSG", "THREADSAFE=2", "OMIT_SHARED_CACHE"] {
        assert!(
            flags.iter().any(|flag| flag.compile_options == wanted),
            "{wanted}"
        );
    }
}
