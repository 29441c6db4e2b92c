//! `roster serve --demo`: something to look at within a minute.

use std::{io, net::SocketAddr};

use identity_proto::v1::{
    CreateGroupRequest, CreateOrganizationRequest, CreateTokenRequest, CreateUserRequest, Group,
    ListOrganizationsRequest, Name, Organization, Token, TokenKind, TypedValue, User,
};
use tower::ServiceExt;

use super::core::Core;
use crate::{
    cli::session::{Session, Wire},
    failure::Failure,
    settings::{Database, Part, SettingError, Settings},
};

/// The organization's slug.
const SLUG: &str = "demo";
/// The first admin, made with the organization.
const ADMIN: &str = "ada.moreau@demo.example";
/// The people beside the admin: given name, family name, title, and the group that each belongs to.
const PEOPLE: [(&str, &str, &str, &str); 7] = [
    ("Bruno", "Keller", "Engineer", ENGINEERING),
    ("Chiara", "Rossi", "Engineer", ENGINEERING),
    ("Dayo", "Adeyemi", "Head of Engineering", ENGINEERING),
    ("Elif", "Yilmaz", "Analyst", ANALYTICS),
    ("Finn", "Larsen", "Analyst", ANALYTICS),
    ("Grace", "Okafor", "Head of Analytics", ANALYTICS),
    ("Hugo", "Martin", "Account Executive", ""),
];
const ENGINEERING: &str = "Engineering";
const ANALYTICS: &str = "Analytics";

/// Refuses a demo where its secrets could reach others or its people could meet real ones.
pub(super) fn check(settings: &Settings) -> Result<(), Failure> {
    let wrong = |rule| Err(SettingError::new("--demo", rule).into());
    let Part::Whole(core) = &settings.part else {
        return wrong("cannot be combined with --only");
    };
    if !matches!(core.database, Database::Sqlite(_)) {
        return wrong("works with SQLite alone");
    }
    let loopback = [settings.grpc_listen, settings.scim_listen]
        .iter()
        .all(|address| address.ip().is_loopback());
    if loopback && settings.tls.is_none() {
        Ok(())
    } else {
        wrong("works on loopback alone, without TLS")
    }
}

/// The URLs of the APIs.
pub(super) struct Addresses {
    /// gRPC.
    pub(super) grpc: SocketAddr,
    /// SCIM.
    pub(super) scim: SocketAddr,
    /// A link into the console, which holds for a minute.
    pub(super) console: String,
}

/// Makes the organization if the database is empty; answers what to tell the person who started it.
pub(super) async fn prepare(core: &Core, at: &Addresses) -> Result<String, Failure> {
    let wire = Wire::new(core.services.in_process().map_err(io::Error::other));
    let session = Session::over(wire, &core.root_token)?;
    let request = ListOrganizationsRequest {
        page_size: 100,
        ..ListOrganizationsRequest::default()
    };
    let there = session
        .organizations()
        .list_organizations(request)
        .await?
        .into_inner()
        .organizations;
    match there.iter().find(|organization| organization.slug == SLUG) {
        Some(demo) => Ok(already_there(demo, core, at)),
        None if there.is_empty() => Ok(first_steps(&make(&session).await?, at)),
        None => Ok("This database has organizations already, so --demo adds nothing to it.\n".into()),
    }
}

/// Makes the organization with its people and groups; answers the secret of a SCIM token.
async fn make(session: &Session) -> Result<String, Failure> {
    let organization = Organization {
        slug: SLUG.into(),
        name: "Demo".into(),
        ..Organization::default()
    };
    let request = CreateOrganizationRequest {
        organization: Some(organization),
        admin_email: ADMIN.into(),
        ..CreateOrganizationRequest::default()
    };
    session.organizations().create_organization(request).await?;
    for name in [ENGINEERING, ANALYTICS] {
        let mut member_ids = Vec::new();
        for person in PEOPLE.iter().filter(|person| person.3 == name) {
            member_ids.push(make_person(session, person).await?);
        }
        let group = Group {
            display_name: name.into(),
            ..Group::default()
        };
        let request = CreateGroupRequest {
            organization: SLUG.into(),
            group: Some(group),
            member_ids,
            ..Default::default()
        };
        session.groups().create_group(request).await?;
    }
    for person in PEOPLE.iter().filter(|person| person.3.is_empty()) {
        make_person(session, person).await?;
    }
    let token = Token {
        kind: TokenKind::Scim.into(),
        name: "demo".into(),
        ..Token::default()
    };
    let request = CreateTokenRequest {
        organization: SLUG.into(),
        token: Some(token),
        ..Default::default()
    };
    Ok(session.tokens().create_token(request).await?.into_inner().secret)
}

async fn make_person(session: &Session, person: &(&str, &str, &str, &str)) -> Result<String, Failure> {
    let (given, family, title, _) = person;
    let address = format!("{}.{}@demo.example", given.to_lowercase(), family.to_lowercase());
    let email = TypedValue {
        value: address.clone(),
        r#type: "work".into(),
        primary: true,
        ..TypedValue::default()
    };
    let name = Name {
        given_name: (*given).into(),
        family_name: (*family).into(),
        ..Name::default()
    };
    let user = User {
        user_name: address,
        display_name: format!("{given} {family}"),
        title: (*title).into(),
        name: Some(name),
        emails: vec![email],
        ..User::default()
    };
    let request = CreateUserRequest {
        organization: SLUG.into(),
        user: Some(user),
        ..Default::default()
    };
    let made = session.users().create_user(request).await?.into_inner();
    Ok(made.user.unwrap_or_default().id)
}

/// Returns the commands to paste first. The token is valid for both APIs, as the facade is a client like any
/// other.
fn first_steps(token: &str, at: &Addresses) -> String {
    let (scim, grpc, console) = (at.scim, at.grpc, &at.console);
    format!(
        "
The organization {SLUG} is ready, with some people and two groups.

Look at it in a browser, within a minute (later: roster console):
  {console}

SCIM base URL:  http://{scim}/scim/v2
SCIM token:     {token}

Its people, as an identity provider sees them:
  curl -s -H 'Authorization: Bearer {token}' 'http://{scim}/scim/v2/Users'

One more person:
  curl -s -H 'Authorization: Bearer {token}' -H 'Content-Type: application/scim+json' 'http://{scim}/scim/v2/Users' \\
    -d '{{\"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:User\"], \"userName\": \"iris.novak@demo.example\"}}'

Its people, as a service sees them:
  grpcurl -plaintext -H 'authorization: Bearer {token}' {grpc} roster.identity.v1.UserService/ListUsers
"
    )
}

fn already_there(demo: &Organization, core: &Core, at: &Addresses) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "roster".into());
    let (scim, grpc, users, groups) = (at.scim, at.grpc, demo.user_count, demo.group_count);
    let console = &at.console;
    let root_token = &core.root_token_location;
    format!(
        "
The organization {SLUG} is there already, with {users} users and {groups} groups.

Look at it in a browser, within a minute (later: roster console):
  {console}

SCIM base URL:  http://{scim}/scim/v2
SCIM tokens are shown once, when they are made. This makes a new one:
  ROSTER_ENDPOINT=http://{grpc} ROSTER_TOKEN=\"{root_token}\" {program} scim-token create --org {SLUG} --name another
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Sources;

    #[test]
    fn a_demo_is_for_loopback_and_sqlite_alone() {
        let check = |environment: &[(&str, &str)]| {
            let settings = Settings::parse(&Sources::of(&[], environment, "")).unwrap();
            super::check(&settings).map_err(|failure| failure.to_string())
        };
        let root = ("ROSTER_ROOT_TOKEN", "a-root-token-of-some-length");
        let plain = ("ROSTER_INSECURE_PLAINTEXT", "true");
        assert_eq!(check(&[]), Ok(()));
        assert!(
            check(&[root, ("ROSTER_DATABASE_URL", "postgres://h/d")])
                .unwrap_err()
                .contains("SQLite")
        );
        assert!(
            check(&[plain, ("ROSTER_GRPC_LISTEN", "0.0.0.0:1")])
                .unwrap_err()
                .contains("loopback")
        );
        assert!(check(&[("ROSTER_ONLY", "core")]).unwrap_err().contains("--only"));
    }

    #[test]
    fn the_first_steps_can_be_pasted() {
        let at = Addresses {
            grpc: ([127, 0, 0, 1], 50051).into(),
            scim: ([127, 0, 0, 1], 8080).into(),
            console: "http://127.0.0.1:9/sign-in?code=x".into(),
        };
        let text = first_steps("rst_x", &at);
        assert!(
            text.contains("curl -s -H 'Authorization: Bearer rst_x' 'http://127.0.0.1:8080/scim/v2/Users'")
        );
        assert!(text.contains("Bearer rst_x' 127.0.0.1:50051 roster.identity.v1.UserService/ListUsers"));
    }
}
