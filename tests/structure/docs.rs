//! Links between the documents, whose targets are there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use regex::Regex;

/// Folders that hold no documents of ours.
const OTHERS: [&str; 4] = ["target", "roster-data", "node_modules", "v"];

#[test]
fn links_between_documents_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("an expression");
    let mut documents = BTreeMap::new();
    collect(Path::new(""), &mut documents);
    assert!(documents.len() > 30, "{}", documents.len());
    let mut broken = Vec::new();
    for (path, text) in &documents {
        let prose: Vec<_> = without_code(text).collect();
        for found in link.captures_iter(&prose.join("\n")) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = match file {
                "" => path.clone(),
                file => normal(&path.parent().expect("a folder").join(file)),
            };
            let leads = match documents.get(&to) {
                Some(document) => anchor.is_empty() || anchors(document).contains(anchor),
                None => Path::new(env!("CARGO_MANIFEST_DIR")).join(&to).exists(),
            };
            if !leads {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

fn collect(folder: &Path, documents: &mut BTreeMap<PathBuf, String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root.join(folder)).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(&name);
        if entry.path().is_dir() {
            if !name.starts_with('.') && !OTHERS.contains(&name.as_str()) {
                collect(&path, documents);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.insert(path, fs::read_to_string(entry.path()).expect("a document"));
        }
    }
}

/// The lines that are no example of code.
fn without_code(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The anchors of headings, as GitHub makes them, and of elements.
fn anchors(text: &str) -> BTreeSet<String> {
    let element = Regex::new("id=\"([^\"]+)\"").expect("an expression");
    let label = Regex::new(r"\[([^\]]*)\]\([^)]*\)").expect("an expression");
    let mut anchors = BTreeSet::new();
    for line in without_code(text) {
        anchors.extend(element.captures_iter(line).map(|found| found[1].to_owned()));
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let plain = label.replace_all(heading.trim(), "$1").to_lowercase();
        let kept = plain
            .chars()
            .filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
        let name: String = kept.map(|it| if it == ' ' { '-' } else { it }).collect();
        let mut unique = name.clone();
        for number in 1.. {
            if anchors.insert(unique) {
                break;
            }
            unique = format!("{name}-{number}");
        }
    }
    anchors
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts
}
