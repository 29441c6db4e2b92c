//! The console in a real browser: Debian's Chromium, driven by Playwright.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use super::Console;
use crate::harness::{Setup, everywhere, scim::user_body};

everywhere!(a_browser_finds_its_way_and_nothing_is_in_anybodys_way,);

/// The packages, pinned: the driver without a browser of its own, and the checker of accessibility.
const PACKAGES: [&str; 2] = ["playwright-core@1.56.1", "axe-core@4.10.3"];
const CHROMIUM: &str = "/usr/bin/chromium";

async fn a_browser_finds_its_way_and_nothing_is_in_anybodys_way(setup: Setup) {
    assert!(
        fs::exists(CHROMIUM).unwrap_or(false),
        "not installed: chromium; tests/run installs it"
    );
    let console = Console::start(setup).await;
    let scim = console.world.scim();
    scim.create_user("ada@acme.example").await;
    // The identity provider's people are its own, so the browser changes somebody else.
    console.world.grpc().create_user("bruno@acme.example").await;
    let zoe = user_body("zoe@acme.example");
    assert_eq!(scim.post("/Users", &zoe).await.status, 201);
    assert_eq!(scim.post("/Users", &zoe).await.status, 409);
    let script = with_playwright().join("browser.mjs");
    let mut node = Command::new("node");
    node.arg(script)
        .arg(format!("{}{}", console.server.console_url(), console.link()))
        .arg(&console.world.organization().slug)
        .env("CHROMIUM", CHROMIUM);
    if std::env::var_os("ROSTER_WRITE_DOCS").is_some() {
        node.env("PICTURES", concat!(env!("CARGO_MANIFEST_DIR"), "/docs/console"));
    }
    let output = tokio::task::spawn_blocking(move || node.output().expect("node")).await;
    let output = output.expect("a run");
    let told =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

/// A folder with the packages and the script, made at the first use.
fn with_playwright() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("playwright");
        fs::create_dir_all(&place).expect("a folder");
        if !place.join("node_modules/axe-core").exists() {
            let install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
            let mut npm = Command::new("npm");
            let installed = npm.args(install).arg(&place).args(PACKAGES).status();
            assert!(installed.expect("npm").success(), "npm install {PACKAGES:?}");
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/console/browser.mjs");
        fs::copy(script, place.join("browser.mjs")).expect("the script");
        place
    });
    made.clone()
}
