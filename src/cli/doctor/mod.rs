//! `roster doctor`: looks for what keeps a deployment or a connection from working, and tells how it is mended.

mod checks;
mod facts;
mod http;
#[cfg(test)]
mod tests;

use std::fs;

use ::http::Uri;
use clap::Args;
use identity_core::{directory::KeySource as _, id::Id, platform::SystemPlatform};
use identity_proto::v1::{
    Connection, GetOrganizationRequest, ListConnectionHealthRequest, ListConnectionsRequest,
    ListOrganizationsRequest, ListTokensRequest, TokenKind,
};
use time::{PrimitiveDateTime, macros::format_description};
use tonic::{Code, Status};

use self::{
    checks::{CHECKS, Finding, Grade, is_roster},
    facts::{Base, Examined, Facts, Refused},
    http::HttpClient,
};
use super::{
    InOrg,
    access_token::secret,
    duration::now,
    output::{Output, json_line, plain, write_out},
    session::{Session, Target, is_loopback},
};
use crate::{
    failure::Failure,
    serve::key_source::{NetworkKeySource, Reach},
};

pub(super) const EXAMPLE: &str = "Examples:
  roster doctor
  roster doctor --org acme
  roster doctor --org acme --connection okta --base-url https://id.example/scim/v2 --token - < secret.txt";

/// Connections that are looked at.
const MAX_CONNECTIONS: i32 = 100;
/// SCIM tokens of an organization among which those of its connections are counted.
const MAX_TOKENS: i32 = 1_000;

/// Parts of a deployment to look at.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    org: InOrg,
    /// Look at this connection alone, by its name or id
    #[arg(long, value_name = "CONNECTION")]
    connection: Option<String>,
    /// The base URL as the identity provider has it; without it, the one that the server tells
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Ask what identity providers ask first, with a SCIM token from standard input (`-`); nothing is changed
    #[arg(long, value_name = "-")]
    token: Option<String>,
}

impl DoctorArgs {
    /// Prints what was found; answers whether nothing is wrong.
    pub(super) async fn run(self, target: &Target, output: Output) -> Result<bool, Failure> {
        let token = self.token.clone().map(secret).transpose()?;
        let authorities = target
            .authority()
            .map(|file| fs::read(file).map_err(|cause| Failure::while_doing(file.display(), cause)));
        let client = HttpClient::new(authorities.transpose()?.as_deref())
            .map_err(|cause| Failure::Refused(format!("--ca: {cause}")))?;
        let mut facts = Facts {
            endpoint: target.url().to_owned(),
            ..Facts::default()
        };
        match Session::open(target).await {
            Ok(session) => self.ask_service(&session, &mut facts).await?,
            // Whoever gave no token hears that, as from every command.
            Err(failure @ Failure::Usage(_)) => return Err(failure),
            Err(failure) => facts.unreachable = Some(failure.to_string()),
        }
        self.ask_facade(&client, token.as_deref(), &mut facts).await;
        print(&facts, output)
    }

    /// Finds out what the service tells.
    async fn ask_service(&self, session: &Session, facts: &mut Facts) -> Result<(), Failure> {
        let org = &self.org.org;
        if org.is_empty() {
            // Root has to name one; others have theirs.
            let request = ListOrganizationsRequest {
                page_size: 1,
                ..ListOrganizationsRequest::default()
            };
            match session.organizations().list_organizations(request).await {
                Ok(_) => return Ok(()),
                Err(status) if status.code() == Code::PermissionDenied => {}
                Err(status) => return note(status, facts),
            }
        }
        let request = GetOrganizationRequest {
            organization: org.clone(),
        };
        match session.organizations().get_organization(request).await {
            Ok(found) => facts.organization = found.into_inner().organization,
            Err(status) => return note(status, facts),
        }
        match self.examine_connections(session, facts).await {
            Ok(()) => Ok(()),
            Err(status) => note(status, facts),
        }
    }

    async fn examine_connections(&self, session: &Session, facts: &mut Facts) -> Result<(), Status> {
        let organization = self.org.org.clone();
        let request = ListConnectionsRequest {
            organization: organization.clone(),
            page_size: MAX_CONNECTIONS,
            ..Default::default()
        };
        let connections = session.connections().list_connections(request).await?;
        let mut connections = connections.into_inner().connections;
        if let Some(name) = &self.connection {
            let is_named = |it: &Connection| it.id == *name || it.name.to_lowercase() == name.to_lowercase();
            connections.retain(is_named);
            if connections.is_empty() {
                return Err(Status::not_found(format!(
                    "no connection has the name or id {name:?}"
                )));
            }
        }
        let request = ListConnectionHealthRequest {
            organization: organization.clone(),
            page_size: MAX_CONNECTIONS,
            ..Default::default()
        };
        let health = session.connections().list_connection_health(request).await?;
        let health = health.into_inner().health;
        let request = ListTokensRequest {
            organization,
            kind: TokenKind::Scim.into(),
            page_size: MAX_TOKENS,
            ..ListTokensRequest::default()
        };
        let tokens = session.tokens().list_tokens(request).await.ok();
        let tokens = tokens.map(|listed| listed.into_inner().tokens);
        let key_source = NetworkKeySource::new(Reach::Everything);
        for connection in connections {
            if facts.told_base.is_empty() {
                facts.told_base.clone_from(&connection.scim_base_url);
            }
            let keys = match &connection.federation {
                Some(federation) => key_source.fetch(&federation.jwks_uri).await.err(),
                None => None,
            };
            let of_it = |tokens: &Vec<identity_proto::v1::Token>| {
                let mine = tokens.iter().filter(|token| token.connection_id == connection.id);
                mine.count()
            };
            facts.connections.push(Examined {
                health: health
                    .iter()
                    .find(|it| it.connection_id == connection.id)
                    .cloned()
                    .unwrap_or_default(),
                tokens: tokens.as_ref().map(of_it),
                keys: keys.map(|cause| cause.to_string()),
                connection,
            });
        }
        Ok(())
    }

    /// Finds out what comes of the base URL, as an identity provider would.
    async fn ask_facade(&self, client: &HttpClient, token: Option<&str>, facts: &mut Facts) {
        let url = self.base_url.clone().unwrap_or_else(|| facts.told_base.clone());
        if url.is_empty() {
            return;
        }
        let mut base = Base {
            url,
            ..Base::default()
        };
        let below = |path: &str| -> Option<Uri> {
            let url = base.url.trim_end_matches('/');
            format!("{url}{path}").parse().ok()
        };
        let asked = below("/ServiceProviderConfig").filter(|uri| uri.host().is_some());
        if let Some(asked) = asked {
            let answer = client.get(&asked, None).await;
            facts.clock_ahead = answer.as_ref().ok().and_then(|it| clock_ahead(it, now()));
            let is_ours = answer.as_ref().is_ok_and(is_roster);
            // A token goes to Roster alone, and to nobody on the way.
            let is_safe = asked.scheme_str() == Some("https") || is_loopback(&asked);
            base.answer = Some(answer);
            let origin = format!(
                "{}://{}/metrics",
                asked.scheme_str().unwrap_or("https"),
                asked.authority().map_or("", |it| it.as_str())
            );
            if let (true, Ok(metrics)) = (is_ours, origin.parse()) {
                base.metrics = client.get(&metrics, None).await.ok();
            }
            if let (true, Some(token)) = (is_ours && is_safe, token) {
                facts.sequence = ask_as_identity_provider(client, &below, token).await;
            }
        }
        facts.base = Some(base);
    }
}

/// Seconds by which the clock of whoever answered is ahead; `None`: it did not tell the time.
fn clock_ahead(answer: &self::http::HttpAnswer, now: i64) -> Option<i64> {
    let date = answer.headers.get(::http::header::DATE)?.to_str().ok()?;
    // As RFC 9110, section 5.6.7, has it, the zone is GMT.
    let form = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let time = PrimitiveDateTime::parse(date, form).ok()?;
    Some(time.assume_utc().unix_timestamp() - now)
}

/// Requests by which identity providers try a connection, which change nothing.
async fn ask_as_identity_provider(
    client: &HttpClient,
    below: &impl Fn(&str) -> Option<Uri>,
    token: &str,
) -> Vec<(&'static str, Result<self::http::HttpAnswer, self::http::NoAnswer>)> {
    // Nobody has this name: Entra ID makes up one like it, and Okta looks for one before it creates.
    let nobody = Id::generate(&SystemPlatform);
    let requests = [
        ("what the service supports", "/ServiceProviderConfig".to_owned()),
        ("the list of users", "/Users?startIndex=1&count=1".to_owned()),
        (
            "the search for a user",
            format!("/Users?filter=userName%20eq%20%22{nobody}%22"),
        ),
        ("the list of groups", "/Groups?startIndex=1&count=1".to_owned()),
    ];
    let mut answers = Vec::new();
    for (name, path) in requests {
        if let Some(url) = below(&path) {
            answers.push((name, client.get(&url, Some(token)).await));
        }
    }
    answers
}

/// Notes a refusal that says something of the set-up; any other is that of the command.
fn note(status: Status, facts: &mut Facts) -> Result<(), Failure> {
    match status.code() {
        Code::Unauthenticated => facts.refused = Some(Refused::Unknown),
        Code::PermissionDenied => facts.refused = Some(Refused::Insufficient),
        Code::Unavailable | Code::DeadlineExceeded => facts.unreachable = Some(super::hints::told(&status)),
        _ => return Err(status.into()),
    }
    Ok(())
}

/// Prints a line for each finding and one for its fix; answers whether nothing is wrong.
fn print(facts: &Facts, output: Output) -> Result<bool, Failure> {
    let found = CHECKS
        .iter()
        .flat_map(|(name, check)| check(facts).into_iter().map(move |finding| (*name, finding)));
    let found: Vec<_> = found.collect();
    let is_well = found.iter().all(|(_, finding)| finding.grade != Grade::Fault);
    let line = |(name, finding): &(&'static str, Finding)| match output {
        Output::Json | Output::Jsonl => {
            json_line(&serde_json::json!({
                "check": name,
                "grade": finding.grade.name(),
                "text": finding.text,
                "fix": finding.fix,
            })) + "\n"
        }
        Output::Table | Output::Csv | Output::Secret => {
            let fix = match finding.fix.as_str() {
                "" => String::new(),
                fix => format!("    fix: {}\n", plain(fix)),
            };
            format!("{} {name}: {}\n{fix}", finding.grade.mark(), plain(&finding.text))
        }
    };
    write_out(&found.iter().map(line).collect::<String>())?;
    Ok(is_well)
}
