//! The source files of the project.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A source file.
pub(super) struct Source {
    /// Its path below the project's folder.
    pub(super) path: String,
    /// Content of the file.
    pub(super) text: String,
}

impl Source {
    /// The lines of code, without comments.
    pub(super) fn code(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//"))
    }

    /// Tells whether code names this, as a word of its own.
    pub(super) fn names(&self, word: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        self.code().any(|line| {
            line.match_indices(word).any(|(at, _)| {
                !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part)
            })
        })
    }
}

/// All Rust files below a folder of the project that people write.
pub(super) fn below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no sources in {folder}");
    let read = |path: PathBuf| Source {
        text: fs::read_to_string(&path).expect("a readable file"),
        path: path
            .strip_prefix(root)
            .expect("below the project")
            .to_string_lossy()
            .into_owned(),
    };
    found.into_iter().map(read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("generated") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
