//! `roster serve`.
use crate::{failure::Failure, settings::Flags};
use clap::Args;
use std::path::PathBuf;
/// How to serve.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// x
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    flags: Flags,
    /// x
    #[arg(long)]
    config: Option<PathBuf>,
}
pub(crate) async fn run(_args: ServeArgs) -> Result<(), Failure> {
    Ok(())
}
