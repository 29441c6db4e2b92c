//! `roster completions` and `roster man`: what a shell and a reader of manuals want to know of the commands.

use std::{fs, io, path::PathBuf};

use clap::Args;
use clap_complete::Shell;

use super::command;
use crate::failure::Failure;

pub(super) const COMPLETIONS_EXAMPLE: &str = "Examples:
  roster completions bash > ~/.local/share/bash-completion/completions/roster
  roster completions zsh > ~/.zfunc/_roster";
pub(super) const MAN_EXAMPLE: &str = "Example:
  roster man ~/.local/share/man/man1 && man roster-user-list";

/// The shell.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The place of manual pages.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The folder, which is made if it is absent
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "roster", &mut script);
        super::write_out(&String::from_utf8_lossy(&script))
    }
}

impl ManArgs {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let written =
            fs::create_dir_all(&self.folder).and_then(|()| clap_mangen::generate_to(command(), &self.folder));
        written.map_err(|cause: io::Error| Failure::while_doing(self.folder.display(), cause))
    }
}
