//! The life of a person whose every value is found nowhere else.

use std::time::Duration;

use identity_core::{
    caller::Scope,
    directory::input::{
        MemberChange, NewProvisioningRequest, NewToken, RequestsOfToken, UserField, UserInput,
    },
    id::Id,
    platform::{Platform, Timestamp},
    provisioning_log::{Content, Statements, Target},
    user::Profile,
};
use serde_json::json;

use crate::{
    harness::{ORGANIZATION, World, change, named, scim_token},
    personal_tokens::personal_token,
};

/// All values of the person, in all the time.
pub(super) const VALUES: &[&str] = &[
    "Erika.Mustermann@acme.example",
    "Erika.Änderson@acme.example",
    "erika-external-1",
    "erika-external-2",
    "Erika-Given",
    "Erika-Middle",
    "Mustermännin",
    "Dr.-Erika",
    "Erika-III",
    "Erika the Formatted",
    "Erika M. Displayed",
    "Rikchen",
    "https://erika.example/home",
    "Erika-Headwoman",
    "erika-contractor",
    "erika@home.example",
    "+49-170-3742529",
    "erika-im-handle",
    "https://erika.example/photo",
    "Erikastraße 17",
    "Erikahausen",
    "Erika-Entitlement",
    "erika-employee-4711",
    "erika-cost-center",
    "erika-subject-at-issuer",
    "erikas-laptop",
    "erika-request-id",
    "erikaUnknownAttribute",
    "erika.refused@acme.example",
];

/// Values that no export holds: use of a request id, and a name that only a refused request had.
pub(super) const ELSEWHERE: &[&str] = &["erika-request-id", "erika.refused@acme.example", "erikas-laptop"];

/// A person who was deleted.
pub(super) struct Person {
    pub(super) id: Id,
    /// The secret of a token.
    pub(super) secret: String,
}

const DAY: Duration = Duration::from_hours(24);
/// Others who fill the pages of the tables, so that they are split.
const OTHERS: usize = 60;

fn profile() -> Profile {
    let profile = json!({
        "name": {
            "formatted": "Erika the Formatted", "family_name": "Mustermännin", "given_name": "Erika-Given",
            "middle_name": "Erika-Middle", "honorific_prefix": "Dr.-Erika", "honorific_suffix": "Erika-III",
        },
        "display_name": "Erika M. Displayed",
        "nick_name": "Rikchen",
        "profile_url": "https://erika.example/home",
        "title": "Erika-Headwoman",
        "user_type": "erika-contractor",
        "emails": [{ "value": "Erika.Mustermann@acme.example", "type": "work", "primary": true },
                   { "value": "erika@home.example", "type": "home" }],
        "phone_numbers": [{ "value": "+49-170-3742529", "type": "mobile" }],
        "ims": [{ "value": "erika-im-handle" }],
        "photos": [{ "value": "https://erika.example/photo" }],
        "addresses": [{ "street_address": "Erikastraße 17", "locality": "Erikahausen" }],
        "entitlements": [{ "value": "Erika-Entitlement" }],
        "roles": [{ "value": "editor" }],
        "enterprise": { "employee_number": "erika-employee-4711", "cost_center": "erika-cost-center" },
    });
    serde_json::from_value(profile).unwrap()
}

impl Person {
    /// She is made by an identity provider, changed, refused, has tokens, and is deleted in the end, as the policy says.
    pub(super) async fn live(world: &World) -> Self {
        let scim = world.scim().await;
        others(world, 0).await;
        let input = UserInput {
            user_name: "Erika.Mustermann@acme.example".into(),
            external_id: "erika-external-1".into(),
            profile: profile(),
            ignored_attributes: vec!["erikaUnknownAttribute".into()],
            ..UserInput::default()
        };
        let made = world
            .directory
            .create_user(&scim, ORGANIZATION, input, "erika-request-id");
        let id = made.await.unwrap().user.id;
        others(world, 1).await;

        let renamed = UserInput {
            external_id: "erika-external-2".into(),
            ..named("Erika.Änderson@acme.example")
        };
        let fields = [UserField::UserName, UserField::ExternalId];
        world
            .update_as(&scim, change(id, &fields, renamed))
            .await
            .unwrap();
        let team = world.create_group_as(&scim, "Team", &[id]).await.unwrap();
        let by_name = [MemberChange::Add(vec!["erika.änderson@acme.example".into()])];
        world.change_members_as(&scim, team.id, &by_name).await.unwrap();
        let identity = ("https://issuer.example", "erika-subject-at-issuer");
        world
            .directory
            .create_user_identity(world.root(), ORGANIZATION, &id.to_string(), identity)
            .await
            .unwrap();

        let token = NewToken {
            name: "erikas-laptop".into(),
            expires_at: Some(Timestamp(world.clock.now().0 + 3 * 24 * 3_600 * 1_000_000)),
            ..personal_token(id, &[Scope::UsersRead])
        };
        let (_, secret) = world.token(token).await;
        world.directory.note_expiring_tokens().await.unwrap();
        record(world, id).await;

        world.set_active(&scim, id, false).await.unwrap();
        world.set_active(&scim, id, true).await.unwrap();
        world.delete_as(&scim, id).await.unwrap();
        world.pass(DAY);
        // Nobody else manages her from now on.
        let connections = world
            .directory
            .list_connections(world.root(), ORGANIZATION, <_>::default());
        for connection in connections.await.unwrap().items {
            let update = identity_core::directory::input::ConnectionUpdate {
                id: connection.id.to_string(),
                status: Some(identity_core::connection::ConnectionStatus::Disabled),
                ..Default::default()
            };
            world
                .directory
                .update_connection(world.root(), ORGANIZATION, update)
                .await
                .unwrap();
        }
        Self { id, secret }
    }
}

async fn others(world: &World, round: usize) {
    for number in 0..OTHERS {
        let mut input = named(&format!("{number}-other-{round}@acme.example"));
        input.profile.emails = vec![identity_core::user::TypedValue {
            value: format!("{}-other-{round}@acme.example", (number * 37) % OTHERS),
            ..Default::default()
        }];
        world.create(input).await.unwrap();
    }
}

/// Requests that name her by each kind of name.
async fn record(world: &World, id: Id) {
    let (_, token) = world.token(scim_token("second")).await;
    let request = |target: Target| NewProvisioningRequest {
        age: Duration::ZERO,
        content: Content {
            resource_type: "User".into(),
            detail: format!("user {:?} is there", target.name.clone().unwrap_or_default()),
            target,
            ..Content::default()
        },
    };
    let named = |name: &str| Target {
        name: Some(name.to_owned()),
        ..Target::default()
    };
    let requests = vec![
        request(named("erika.mustermann@ACME.example")),
        request(named("erika@home.example")),
        request(Target {
            external_id: Some("erika-external-1".into()),
            ..Target::default()
        }),
        request(Target {
            id: Some(id.to_string()),
            ..named("erika.refused@acme.example")
        }),
        request(named("somebody.else@acme.example")),
        NewProvisioningRequest {
            age: Duration::ZERO,
            content: Content {
                resource_type: "Group".into(),
                target: named("Team"),
                statements: Statements {
                    ignored: vec![format!(
                        "{:?} is neither a user nor a group",
                        "erika.änderson@acme.example"
                    )],
                    ..Statements::default()
                },
                ..Content::default()
            },
        },
    ];
    let recorded = world
        .directory
        .record_provisioning_requests(vec![RequestsOfToken { token, requests }]);
    recorded.await.unwrap();
}
