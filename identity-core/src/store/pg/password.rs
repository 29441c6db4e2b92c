//! Passwords that the URL does not hold, where PostgreSQL's own programs look for them: `PGPASSWORD`, and a password file (`passfile` of the
//! URL, `PGPASSFILE`, or `~/.pgpass`).

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use tokio_postgres::{Config, config::Host};

use crate::store::OpenError;

/// Size of a password file beyond which it is none.
const MAX_BYTES: u64 = 1 << 20;

/// Gives a host its password, unless the URL did. A file that the URL does not name may be absent.
pub(super) fn complete(config: &mut Config, passfile: Option<&Path>) -> Result<(), OpenError> {
    if config.get_password().is_some() {
        return Ok(());
    }
    if let Some(password) = given("PGPASSWORD") {
        config.password(password);
        return Ok(());
    }
    let home = || Some(PathBuf::from(given("HOME")?).join(".pgpass"));
    let usual = || given("PGPASSFILE").map(PathBuf::from).or_else(home);
    let path = match passfile {
        Some(path) => path.to_owned(),
        None => match usual().filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(()),
        },
    };
    if let Some(password) = find(&read(&path)?, config) {
        config.password(password);
    }
    Ok(())
}

fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|text| !text.is_empty())
}

fn read(path: &Path) -> Result<String, OpenError> {
    let wrong = |why: String| {
        OpenError::url(format_args!(
            "needs the passwords of {}, which {why}",
            path.display()
        ))
    };
    let metadata = fs::metadata(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(wrong("others may read; chmod 600 it".into()));
    }
    if metadata.len() > MAX_BYTES {
        return Err(wrong("is too large".into()));
    }
    fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))
}

/// Finds the password of a host in a file with lines `host:port:database:user:password`, each of the first four a `*` for any.
fn find(file: &str, config: &Config) -> Option<String> {
    let host = match config.get_hosts().first()? {
        Host::Tcp(name) => name.as_str(),
        #[cfg(unix)]
        Host::Unix(_) => "localhost",
    };
    let port = config.get_ports().first().unwrap_or(&5432).to_string();
    let user = config.get_user().unwrap_or_default();
    let wanted = [host, &port, config.get_dbname().unwrap_or(user), user];
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let fields = fields(line);
            let (password, keys) = fields.split_last()?;
            let fits = keys.len() == wanted.len()
                && keys
                    .iter()
                    .zip(wanted)
                    .all(|(key, wanted)| key == "*" || key == wanted);
            fits.then(|| password.clone())
        })
}

/// Splits a line at its colons, of which a backslash makes plain ones.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            ':' => {
                fields.push(String::new());
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(field) = fields.last_mut() {
            field.push(literal);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, url: &str) -> Option<String> {
        find(file, &url.parse().expect("a URL"))
    }

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let file =
            "# passwords\nother:5432:*:*:a\ndb.example:5433:*:roster:b\n*:*:roster:*:c\\:\\\\d\n*:*:*:*:e";
        assert_eq!(
            found(file, "postgres://roster@db.example:5433/x").as_deref(),
            Some("b")
        );
        assert_eq!(
            found(file, "postgres://me@db.example/roster").as_deref(),
            Some("c:\\d")
        );
        assert_eq!(found(file, "postgres://me@db.example/x").as_deref(), Some("e"));
        assert_eq!(found("db:5432:x:me", "postgres://me@db/x"), None);
    }

    #[test]
    fn a_password_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pass");
        let complete = |mode| {
            fs::write(&path, "*:*:*:*:hunter2").expect("write");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
            let mut config: Config = "postgres://me@db/x".parse().expect("a URL");
            complete(&mut config, Some(&path)).map(|()| config.get_password().map(<[u8]>::to_vec))
        };
        assert_eq!(complete(0o600).expect("a password"), Some(b"hunter2".to_vec()));
        let refused = complete(0o640).expect_err("a refusal").to_string();
        assert!(
            refused.contains("chmod 600") && !refused.contains("hunter2"),
            "{refused}"
        );
    }
}
