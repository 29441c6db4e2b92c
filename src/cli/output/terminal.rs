//! The terminal: its width, its colours, and questions to the person at it.

use std::{
    env,
    io::{self, BufRead, IsTerminal, Write},
    pin::pin,
    time::Duration,
};

use tokio::time::sleep;

use super::{Look, Names, Wording, plain};
use crate::{cli::duration::now, failure::Failure};

/// The look that suits standard output.
pub(crate) fn look(names: Option<&Names>, ids: bool) -> Look<'_> {
    let is_terminal = io::stdout().is_terminal();
    let variable = |name| env::var(name).ok();
    Look {
        wording: Wording {
            names,
            now: is_terminal.then(now),
        },
        ids,
        width: comfy_table::Table::new().width(),
        styled: is_terminal && may_style(variable("NO_COLOR").as_deref(), variable("TERM").as_deref()),
    }
}

/// Answers whether a terminal may be sent colours: not with `NO_COLOR`, and not one that has none.
fn may_style(no_color: Option<&str>, term: Option<&str>) -> bool {
    no_color.is_none_or(str::is_empty) && term != Some("dumb")
}

/// Answers whether a person can be asked.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Time from which on a person is told that the work goes on.
const QUIET: u32 = 2;

/// Does the work, and tells a person at a terminal for how long it has gone on.
pub(crate) async fn waiting<T>(work: impl Future<Output = T>) -> T {
    if io::stderr().is_terminal() {
        tell_while(work, &mut io::stderr()).await
    } else {
        work.await
    }
}

async fn tell_while<T>(work: impl Future<Output = T>, out: &mut impl Write) -> T {
    let mut work = pin!(work);
    let mut passed: u32 = 0;
    loop {
        tokio::select! {
            done = &mut work => {
                if passed >= QUIET {
                    // Whether a remark reaches anybody decides nothing, here and below.
                    let _ = write!(out, "\r\u{1b}[K");
                }
                return done;
            }
            () = sleep(Duration::from_secs(1)) => {
                passed += 1;
                if passed >= QUIET {
                    let _ = write!(out, "\rwaiting for the service: {passed} s");
                    let _ = out.flush();
                }
            }
        }
    }
}

/// Asks the person at the terminal, and fails unless the answer is yes.
pub(crate) fn ask(question: &str) -> Result<(), Failure> {
    ask_on(question, &mut io::stdin().lock(), &mut io::stderr())
}

fn ask_on(question: &str, input: &mut impl BufRead, output: &mut impl Write) -> Result<(), Failure> {
    let failed = |cause| Failure::while_doing("cannot ask", cause);
    write!(output, "{} [y/N] ", plain(question)).map_err(failed)?;
    output.flush().map_err(failed)?;
    let mut answer = String::new();
    input.read_line(&mut answer).map_err(failed)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Refused("nothing was done".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn long_work_tells_that_it_goes_on_and_short_work_nothing() {
        let told = async |seconds: u64| {
            let mut out = Vec::new();
            let work = async {
                sleep(Duration::from_millis(seconds * 1_000 + 500)).await;
                7
            };
            assert_eq!(tell_while(work, &mut out).await, 7);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(told(1).await, "");
        let shown = told(3).await;
        assert!(
            shown.ends_with("waiting for the service: 3 s\r\u{1b}[K"),
            "{shown:?}"
        );
    }

    #[test]
    fn only_a_yes_is_one() {
        let answer = |text: &str| {
            let mut shown = Vec::new();
            let answer = ask_on("delete \u{1b}x?", &mut text.as_bytes(), &mut shown);
            assert_eq!(String::from_utf8(shown).unwrap(), "delete \u{fffd}x? [y/N] ");
            answer.is_ok()
        };
        assert!(answer("y\n") && answer("YES\n"));
        assert!(!answer("\n") && !answer("") && !answer("n\n") && !answer("yess\n"));
    }

    #[test]
    fn colours_are_left_out_where_they_are_not_wanted() {
        assert!(may_style(None, None) && may_style(Some(""), Some("xterm")));
        assert!(!may_style(Some("1"), Some("xterm")) && !may_style(None, Some("dumb")));
    }
}
