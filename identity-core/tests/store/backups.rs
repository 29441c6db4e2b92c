//! Backups: whole, of one moment, and restored into either database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use identity_core::{
    change::ChangeQuery,
    group::MemberKind,
    organization::Organization,
    platform::{Platform, SystemPlatform},
    store::{
        Options, Store, Write,
        backup::{self, BackupError, Manifest, Progress, Section},
    },
};

use crate::harness::{World, ask, cluster::cluster, on_every_database};

on_every_database![
    a_backup_has_every_table_and_column,
    a_backup_goes_to_either_database_and_is_the_same_from_there,
    rows_of_before_1970_and_texts_of_any_language_are_restored_as_they_were,
    each_changed_byte_and_each_cut_is_refused_before_anything_is_written,
    a_database_with_rows_is_refused_and_left_alone,
    an_interrupted_restore_leaves_a_database_that_a_restore_can_fill,
    a_backup_during_writes_is_of_one_revision,
    a_backup_replaces_no_file_and_is_its_owners_alone,
    a_database_of_another_schema_is_not_backed_up,
    an_organization_goes_alone_into_databases_that_have_others,
];

/// Tables whose rows belong to the database that they are in.
const NOT_IN_A_BACKUP: &str = "deployment_secrets.";

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The URLs of an empty database of each kind that is installed: a file that is not there yet, and tables without rows.
    async fn empty_databases(&self, name: &str) -> Vec<String> {
        let mut urls = vec![format!("sqlite:{}", self.path(name).display())];
        if let Some(cluster) = cluster().await {
            urls.push(cluster.database().await);
        }
        urls
    }
}

async fn create(world: &World, url: &str, path: &Path) -> Result<Manifest, BackupError> {
    backup::create(url, None, path, &**world, &mut |_| ()).await
}

async fn create_of(
    world: &World,
    url: &str,
    organization: &str,
    path: &Path,
) -> Result<Manifest, BackupError> {
    backup::create(url, Some(organization), path, &**world, &mut |_| ()).await
}

async fn restore(path: &Path, url: &str) -> Result<Manifest, BackupError> {
    backup::restore(path, url, &SystemPlatform, &mut |_| ()).await
}

fn sections(path: &Path) -> Vec<Section> {
    backup::verify(path, &mut |_| ()).unwrap().sections
}

/// Fills some tables, and answers the organization as it is then.
async fn fill(world: &World) -> Organization {
    let mut members = Vec::new();
    for n in 0..40 {
        let mut user = world.user(world.home(), &format!("user-{n}"));
        user.external_id = (n % 2 == 0).then(|| format!("ext-{n}"));
        user.profile.title = Some(format!("Title {n}"));
        world.add(&user).await.unwrap();
        members.push((user.id, MemberKind::User));
    }
    world.added_group("Everybody", &members).await;
    let deleted = world.added("gone").await;
    world.delete(&deleted).await;
    let other = world.organization("other");
    world.found(&other).await.unwrap();
    world
        .write_to(other.id, vec![Write::DeleteOrganization(other.id, world.now())])
        .await
        .unwrap();
    world.now_at_home().await
}

async fn organization_at(url: &str, world: &World) -> Organization {
    let store = Store::open(url, Options::default()).await.unwrap();
    assert_eq!(
        store.migrate().await.unwrap(),
        [""; 0],
        "the schema is this program's"
    );
    let home = world.home();
    let found = store
        .read(ask(move |reader| reader.organization(home)))
        .await
        .unwrap();
    store.close().await;
    found.unwrap()
}

async fn a_backup_has_every_table_and_column(world: World) {
    let files = Files::new();
    let manifest = create(&world, &world.url, &files.path("a")).await.unwrap();
    let json = serde_json::to_value(&manifest).unwrap();
    let mut described = Vec::new();
    for table in json["tables"].as_array().unwrap() {
        for column in table["columns"].as_array().unwrap() {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let (name, kind) = (text(&column["name"]), text(&column["kind"]));
            let kind = if column["nullable"] == true {
                format!("nullable<{kind}>")
            } else {
                kind
            };
            described.push(format!("{}.{name} {kind}", text(&table["name"])));
        }
    }
    let mut stored = world.columns().await;
    stored.retain(|column| !column.starts_with(NOT_IN_A_BACKUP));
    let mut stored: Vec<_> = stored.iter().map(|column| column.to_lowercase()).collect();
    stored.sort();
    described.sort();
    assert_eq!(
        described, stored,
        "a migration's tables and columns belong into backup/table.rs"
    );
}

async fn a_backup_goes_to_either_database_and_is_the_same_from_there(world: World) {
    let files = Files::new();
    let home = fill(&world).await;
    let first = files.path("first");
    let manifest = create(&world, &world.url, &first).await.unwrap();
    assert_eq!((manifest.organizations, manifest.tables[1].rows), (2, 41));
    let mut lines = Vec::new();
    backup::show(&first, &mut |line| {
        lines.push(serde_json::to_value(line).unwrap());
    })
    .unwrap();
    let at_home = lines.iter().find(|line| line["slug"] == "acme").unwrap();
    assert_eq!(
        (&at_home["revision"], &at_home["users"]),
        (&home.revision.into(), &home.user_count.into())
    );
    let rows: u64 = lines[1..].iter().map(|line| line["rows"].as_u64().unwrap()).sum();
    assert_eq!(rows, manifest.rows());

    for (n, url) in files.empty_databases("other.db").await.into_iter().enumerate() {
        assert_eq!(restore(&first, &url).await.unwrap(), manifest);
        assert_eq!(organization_at(&url, &world).await, home);
        let second = files.path(&format!("second-{n}"));
        create(&world, &url, &second).await.unwrap();
        assert_eq!(sections(&second), sections(&first), "{url}");
        // And back.
        for (m, url) in files
            .empty_databases(&format!("back-{n}.db"))
            .await
            .into_iter()
            .enumerate()
        {
            restore(&second, &url).await.unwrap();
            let third = files.path(&format!("third-{n}-{m}"));
            create(&world, &url, &third).await.unwrap();
            assert_eq!(sections(&third), sections(&first), "{url}");
        }
    }
}

async fn rows_of_before_1970_and_texts_of_any_language_are_restored_as_they_were(world: World) {
    let files = Files::new();
    let mut user = world.user(world.home(), "Ünïcödé 名前 \u{1F600}");
    user.created_at.0 = -1;
    user.profile.title = Some("\"quoted\" \\ \u{1} and\ttabbed".into());
    world.add(&user).await.unwrap();
    let path = files.path("a");
    create(&world, &world.url, &path).await.unwrap();
    for url in files.empty_databases("other.db").await {
        restore(&path, &url).await.unwrap();
        let store = Store::open(&url, Options::default()).await.unwrap();
        let (home, id) = (world.home(), user.id);
        let found = store
            .read(ask(move |reader| reader.user(home, id)))
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(&user), "{url}");
        store.close().await;
    }
}

async fn each_changed_byte_and_each_cut_is_refused_before_anything_is_written(world: World) {
    let files = Files::new();
    fill(&world).await;
    let whole = files.path("whole");
    create(&world, &world.url, &whole).await.unwrap();
    let bytes = fs::read(&whole).unwrap();
    let damaged = files.path("damaged");
    let target = files.path("target.db");
    let url = format!("sqlite:{}", target.display());
    // Every byte of the beginning and the end, and some between.
    let places =
        (0..bytes.len()).filter(|place| *place < 100 || bytes.len() - place < 120 || place % 97 == 0);
    for place in places {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        let longer = || bytes.iter().chain(&bytes[..=place]).copied().collect();
        for content in [changed, bytes[..place].to_vec(), longer()] {
            fs::write(&damaged, content).unwrap();
            let refused = restore(&damaged, &url).await.unwrap_err();
            assert!(
                matches!(
                    refused,
                    BackupError::Damaged(_) | BackupError::NotABackup(_) | BackupError::Format(_)
                ),
                "{place}: {refused:?}"
            );
        }
    }
    assert!(!target.exists(), "the database was touched");
}

async fn a_database_with_rows_is_refused_and_left_alone(world: World) {
    let files = Files::new();
    let home = fill(&world).await;
    let path = files.path("a");
    create(&world, &world.url, &path).await.unwrap();
    world.store.close().await;
    let refused = restore(&path, &world.url).await.unwrap_err();
    assert!(
        refused.to_string().contains("organizations has rows"),
        "{refused}"
    );
    assert_eq!(organization_at(&world.url, &world).await, home);
}

/// Tells the test program, run once more as another process, what to restore to where.
const RESTORE: &str = "ROSTER_TEST_RESTORE";

#[tokio::test]
#[ignore = "what the second process does, not a test"]
async fn second_process() {
    let Ok(file_and_url) = std::env::var(RESTORE) else {
        return;
    };
    let (file, url) = file_and_url.split_once(' ').unwrap();
    let mut abort = |progress: Progress<'_>| {
        // Rows are written, and the transaction is not at its end.
        if (progress.step, progress.table) == ("restored", "changes") {
            std::process::abort();
        }
    };
    backup::restore(Path::new(file), url, &SystemPlatform, &mut abort)
        .await
        .unwrap();
}

async fn an_interrupted_restore_leaves_a_database_that_a_restore_can_fill(world: World) {
    let files = Files::new();
    let home = fill(&world).await;
    let path = files.path("a");
    create(&world, &world.url, &path).await.unwrap();
    for url in files.empty_databases("other.db").await {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "backups::second_process", "--nocapture"])
            .env(RESTORE, format!("{} {url}", path.display()))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), None, "it was not killed: {output:?}");
        restore(&path, &url).await.unwrap();
        assert_eq!(organization_at(&url, &world).await, home);
    }
}

async fn a_backup_during_writes_is_of_one_revision(world: World) {
    let files = Files::new();
    let path = files.path("a");
    let home = world.home();
    let writing = async {
        for n in 0..400 {
            world.added(&format!("user-{n}")).await;
        }
    };
    let copying = async {
        // Some are written before.
        while world.now_at_home().await.revision < 50 {
            tokio::task::yield_now().await;
        }
        create(&world, &world.url, &path).await.unwrap();
    };
    tokio::join!(writing, copying);
    for url in files.empty_databases("other.db").await {
        restore(&path, &url).await.unwrap();
        let organization = organization_at(&url, &world).await;
        let store = Store::open(&url, Options::default()).await.unwrap();
        let all = ask(move |reader| {
            Box::pin(async move { reader.changes(home, &ChangeQuery::default(), None, 10_000).await })
        });
        let log = store.read(all).await.unwrap();
        let revisions: Vec<_> = log.iter().map(|change| change.revision).collect();
        assert!(revisions.into_iter().eq(1..=organization.revision));
        assert!(organization.revision >= 50);
        store.close().await;
    }
}

async fn a_backup_replaces_no_file_and_is_its_owners_alone(world: World) {
    let files = Files::new();
    let path = files.path("a");
    // What a killed program left is replaced.
    fs::write(files.path("a.partial"), "half of a longer backup").unwrap();
    create(&world, &world.url, &path).await.unwrap();
    sections(&path);
    let names: Vec<_> = fs::read_dir(files.0.path())
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(names, ["a"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let refused = create(&world, &world.url, &path).await.unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
}

async fn a_database_of_another_schema_is_not_backed_up(world: World) {
    let files = Files::new();
    let path = files.path("a");
    world.store.migrate_down(1).await.unwrap();
    let refused = create(&world, &world.url, &path).await.unwrap_err();
    assert!(matches!(refused, BackupError::DatabaseSchema { .. }), "{refused}");
    world.store.migrate_down(100).await.unwrap();
    let refused = create(&world, &world.url, &path).await.unwrap_err();
    assert!(refused.to_string().contains("schema none"), "{refused}");
    assert_eq!(
        fs::read_dir(files.0.path()).unwrap().count(),
        0,
        "no file is left"
    );
}

async fn an_organization_goes_alone_into_databases_that_have_others(world: World) {
    let files = Files::new();
    let home = fill(&world).await;
    let second = world.organization("second");
    world.found(&second).await.unwrap();
    let unknown = create_of(&world, &world.url, "nobody", &files.path("none")).await;
    assert!(
        matches!(unknown, Err(BackupError::NoOrganization(_))),
        "{unknown:?}"
    );
    let (first, other) = (files.path("first"), files.path("other"));
    let manifest = create_of(&world, &world.url, &home.slug, &first).await.unwrap();
    assert_eq!(
        (manifest.organization, manifest.organizations),
        (Some(home.id), 1)
    );
    create_of(&world, &world.url, &second.id.to_string(), &other)
        .await
        .unwrap();
    for (number, url) in files.empty_databases("target.db").await.into_iter().enumerate() {
        restore(&other, &url).await.unwrap();
        restore(&first, &url).await.unwrap();
        assert_eq!(organization_at(&url, &world).await, home);
        let again = files.path(&format!("again-{number}"));
        create_of(&world, &url, &home.slug, &again).await.unwrap();
        assert_eq!(sections(&again), sections(&first), "{url}");
        let refused = restore(&first, &url).await;
        assert!(
            matches!(&refused, Err(BackupError::OrganizationExists(slug)) if *slug == home.slug),
            "{refused:?}"
        );
        let whole = files.path(&format!("whole-{number}"));
        let whole = create(&world, &url, &whole).await.unwrap();
        let rows = |path: &Path| sections(path).iter().map(|it| it.rows).sum::<u64>();
        assert_eq!(whole.rows(), rows(&first) + rows(&other), "nothing else is there");
    }
}
