//! A client of `roster.identity.v1` for services in Rust.
//!
//! [`Client`] is a line to the service: it connects when it is needed and again when it broke, sends the token and a deadline with every
//! call, and repeats what may be repeated. The generated clients sit on it, so everything in the API is at hand. [`Checks`] answers access
//! checks from memory while the change stream is up to date, and asks the service otherwise.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use identity_client::{Client, Freshness, Options, Question};
//!
//! let client = Client::new(&Options::new("http://127.0.0.1:50051", "rst_…"))?;
//! let checks = client.checks("");
//! let question = Question { user: "01890a5d-…", permission: "project.view", project: "01890a5d-…" };
//! if checks.check(&question, Freshness::Latest).await?.allowed {
//!     // …
//! }
//! # Ok(())
//! # }
//! ```

mod checks;
mod client;
mod line;
mod retry;

pub use checks::{Answer, Checks, Freshness, Question};
pub use client::{Client, Options, SetUpError};
pub use identity_proto::v1;
pub use line::Line;
pub use retry::new_request_id;
