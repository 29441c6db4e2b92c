//! Asks the same question again and again, and says when the answer changes.
//!
//! `cargo run -p identity-client --example checks -- ENDPOINT TOKEN USER PERMISSION [PROJECT]`

use std::{env, error::Error, io::Write as _, time::Duration};

use identity_client::{Client, Freshness, Options, Question};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, token, user, permission, rest @ ..] = arguments.as_slice() else {
        return Err("give ENDPOINT TOKEN USER PERMISSION, and perhaps PROJECT".into());
    };
    let client = Client::new(&Options::new(endpoint, token))?;
    let checks = client.checks("");
    let question = Question {
        user,
        permission,
        project: rest.first().map_or("", String::as_str),
    };
    let mut last = None;
    loop {
        let answer = checks.check(&question, Freshness::Latest).await?;
        if last != Some(answer.allowed) {
            let word = if answer.allowed { "yes" } else { "no" };
            writeln!(std::io::stdout(), "{word}, as of revision {}", answer.revision)?;
            last = Some(answer.allowed);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
