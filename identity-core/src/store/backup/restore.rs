//! Restoring of a backup.

use std::path::Path;

use super::{
    Counter, OnProgress,
    create::names,
    error::BackupError,
    manifest::{Manifest, ManifestLine},
    reader::{Reader, Verification, verified},
    row::take_value,
    session::{Session, Target, open_target},
    table::{Described, Kind, TABLES, Table},
};
use crate::{
    id::Id,
    platform::Platform,
    store::{INCARNATION, migrations, schema::organizations},
};

/// Fills an empty database of either engine from a backup, or adds the organization of a backup of one to a database. The whole file is verified before the database is touched, and the rows are
/// written in one transaction: an interrupted restore leaves the database as it was.
///
/// A database that was filled becomes another incarnation, as its revisions are given out a second time if some came after the backup. One
/// that has an organization more does not: nobody follows that one there yet.
pub async fn restore(
    path: &Path,
    url: &str,
    platform: &dyn Platform,
    on_progress: &mut OnProgress<'_>,
) -> Result<Manifest, BackupError> {
    let (mut reader, Verification { manifest, sha256, .. }) = verified(path, on_progress)?;
    let wanted = migrations::known()?.pop().unwrap_or_default();
    if manifest.schema != wanted || !manifest.has_our_tables() {
        return Err(BackupError::BackupSchema {
            found: manifest.schema,
            wanted,
            version: manifest.version,
        });
    }
    let mut target = open_target(url).await?;
    let is_whole = manifest.organization.is_none();
    if is_whole {
        refuse_rows(&mut *target).await?;
    }
    target.migrate().await?;
    target.begin(if is_whole { TABLES } else { &[] }).await?;
    if is_whole {
        // Somebody may have written in between.
        refuse_rows(&mut *target).await?;
    } else {
        refuse_organizations(&mut *target, &mut reader).await?;
    }
    insert(&mut *target, &manifest, &mut reader, on_progress).await?;
    // The file may have been changed since it was verified.
    if reader.finish()? != sha256 {
        return Err(BackupError::damaged("it was changed while it was restored"));
    }
    if is_whole {
        renew_incarnation(&mut *target, platform).await?;
    }
    target.commit().await?;
    Ok(manifest)
}

/// Refuses a database with an organization that has id or slug of one of the backup.
async fn refuse_organizations(
    session: &mut (impl Session + ?Sized),
    reader: &mut Reader,
) -> Result<(), BackupError> {
    let mut wanted = Vec::new();
    reader.rewind()?;
    reader.manifest(&mut |line| {
        if let ManifestLine::Organization(organization) = line {
            wanted.push((organization.id, organization.slug.clone()));
        }
    })?;
    let table = <organizations::table as Described>::TABLE;
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    let mut each = |row: &[u8]| {
        let (id, slug) = names(&table, row)?;
        if wanted.iter().any(|it| it.0 == id || it.1 == slug) {
            return Err(BackupError::OrganizationExists(slug));
        }
        Ok(())
    };
    session.rows(&table.select(""), &kinds, &mut each).await
}

/// Gives a database that was set back by other means (`pg_restore`, a copied file, a standby that was behind) a new incarnation, too.
pub async fn mark_restored(url: &str, platform: &dyn Platform) -> Result<(), BackupError> {
    let mut target = open_target(url).await?;
    renew_incarnation(&mut *target, platform).await
}

async fn renew_incarnation(target: &mut dyn Target, platform: &dyn Platform) -> Result<(), BackupError> {
    let incarnation = Id::generate(platform);
    let renew = format!(
        "INSERT INTO deployment_secrets (name, value) VALUES ('{INCARNATION}', '{incarnation}') \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    );
    target.execute(&renew).await
}

async fn insert(
    target: &mut dyn Target,
    manifest: &Manifest,
    reader: &mut Reader,
    on_progress: &mut OnProgress<'_>,
) -> Result<(), BackupError> {
    reader.rewind()?;
    reader.manifest(&mut |_| ())?;
    for (table, described) in TABLES.iter().zip(&manifest.tables) {
        let mut counter = Counter::new("restored", table.name, described.rows);
        reader.begin(table.name)?;
        let mut each = || counter.count(on_progress);
        target.insert(table, reader, &mut each).await?;
    }
    Ok(())
}

/// Refuses a database in which one of our tables has rows.
async fn refuse_rows(session: &mut (impl Session + ?Sized)) -> Result<(), BackupError> {
    let mut present: Vec<&Table> = Vec::new();
    let names = session.table_names();
    let mut each = |mut row: &[u8]| {
        let name = take_value(&mut row)?.unwrap_or_default();
        present.extend(TABLES.iter().filter(|table| table.name.as_bytes() == name));
        Ok(())
    };
    session.rows(names, &[Kind::Text], &mut each).await?;
    for table in present {
        let mut rows = 0;
        let mut each = |_: &[u8]| {
            rows += 1;
            Ok(())
        };
        let select = format!("SELECT true FROM \"{}\" LIMIT 1", table.name);
        session.rows(&select, &[Kind::Bool], &mut each).await?;
        if rows > 0 {
            return Err(BackupError::NotEmpty(table.name.into()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        platform::SystemPlatform,
        store::backup::{
            file::{FORMAT, MANIFEST},
            manifest::line,
            writer::Writer,
        },
    };

    #[tokio::test]
    async fn a_backup_of_another_schema_is_refused_and_names_the_version_that_wrote_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("older.backup");
        let mut writer = Writer::create(&path).unwrap();
        writer.begin(MANIFEST).unwrap();
        let older = Manifest {
            format: FORMAT,
            schema: "00000000000001".into(),
            created_at: "2026-01-01T00:00:00Z".into(),
            engine: "sqlite".into(),
            version: "0.0.1".into(),
            organization: None,
            organizations: 0,
            tables: Vec::new(),
        };
        writer.row(&line(&older).unwrap()).unwrap();
        writer.end().unwrap();
        writer.finish().unwrap();

        let target = folder.path().join("roster.db");
        let url = format!("sqlite:{}", target.display());
        let refused = restore(&path, &url, &SystemPlatform, &mut |_| ()).await;
        let refused = refused.expect_err("a refusal");
        assert!(matches!(refused, BackupError::BackupSchema { .. }), "{refused}");
        assert!(refused.to_string().contains("Roster 0.0.1"), "{refused}");
        assert!(!target.exists());
    }
}
