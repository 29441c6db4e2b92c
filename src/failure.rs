//! How the program fails: one line, and the exit code that says whose fault it is.

use std::{error::Error, fmt, process::ExitCode};

use tonic::Status;

use crate::{
    cli::{is_unsafe, told},
    settings::SettingError,
};

/// Exit code for what was refused or went wrong.
const REFUSED: u8 = 1;
/// Exit code for wrong usage and wrong settings.
const USAGE: u8 = 2;

/// Why a command ends without having done what it was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The service refused it, or something outside failed.
    Refused(String),
    /// The command line, a setting or a file that it names is wrong.
    Usage(String),
}

impl Failure {
    /// A failure outside the program: what was being done, and the cause.
    pub(crate) fn while_doing(what: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::Refused(format!("{what}: {cause}"))
    }

    /// The code that the program ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused(_) => REFUSED,
            Self::Usage(_) => USAGE,
        })
    }
}

/// One line, whatever the message holds: a service's text must not forge a second line or steer the terminal.
impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(text) | Self::Usage(text)) = self;
        out.write_str(&one_line(text))
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Refused(told(&status))
    }
}

impl From<SettingError> for Failure {
    fn from(wrong: SettingError) -> Self {
        Self::Usage(wrong.to_string())
    }
}

/// An error with its causes, for the operator; a cause that its error quotes already is left out.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let message = cause.to_string();
        if !text.ends_with(&message) {
            text = format!("{text}: {message}");
        }
        next = cause.source();
    }
    text
}

/// The text with every character that breaks the line or steers a terminal replaced by a space.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if is_unsafe(c) { ' ' } else { c })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let failure = Failure::Refused("first\nerror: second\u{1b}[31m".into());
        assert_eq!(failure.to_string(), "first error: second [31m");
    }

    #[test]
    fn causes_are_told_once() {
        #[derive(Debug)]
        struct Outer(io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "cannot open: {}", self.0)
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        let inner = io::Error::other(Outer(io::Error::other("no disk")));
        assert_eq!(causes(&Outer(inner)), "cannot open: cannot open: no disk");
    }

    #[test]
    fn a_status_gives_its_message_and_else_its_code() {
        let message = Failure::from(Status::not_found("user \"x\" does not exist"));
        assert_eq!(message.to_string(), "user \"x\" does not exist");
        let silent = Failure::from(Status::not_found(""));
        assert_eq!(silent.to_string(), "some requested entity was not found");
    }
}
