//! Holds the committed code of the API to the proto files. It is committed so that a build needs no compiler of proto files: without it
//! a first build compiles 40 crates less.
//!
//! After a change of a proto file: `UPDATE_EXPECT=1 cargo test --package identity-proto`.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use prost::Message as _;

const CODE: &str = "roster.identity.v1.rs";
const DESCRIPTORS: &str = "identity.fds.bin";

#[test]
fn the_committed_code_is_that_of_the_proto_files() -> Result<(), Box<dyn Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = Path::new(env!("CARGO_TARGET_TMPDIR"));
    generate(package, made)?;
    let committed = package.join("src/generated");
    for name in [CODE, DESCRIPTORS] {
        let new = fs::read(made.join(name))?;
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(committed.join(name), &new)?;
        }
        let is_same = fs::read(committed.join(name))? == new;
        assert!(
            is_same,
            "{name}: run UPDATE_EXPECT=1 cargo test --package identity-proto"
        );
    }
    Ok(())
}

/// Compiles the proto files without an installed protoc, and keeps the descriptor set for reflection.
fn generate(package: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> = fs::read_dir(package.join("roster/identity/v1"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let descriptors = protox::compile(&files, [package])?;
    fs::write(to.join(DESCRIPTORS), descriptors.encode_to_vec())?;
    // Message names let a program turn any message into its JSON form through the descriptor set.
    let mut config = prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .out_dir(to)
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
