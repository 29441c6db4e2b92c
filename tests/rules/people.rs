//! Names, addresses, attributes and roles of people (rules 37 to 54, 68 to 87).

use identity_proto::v1::{Connection, UpdateConnectionRequest};
use serde_json::json;

use super::{connection, path};
use crate::harness::{
    World, assert_refused, everywhere,
    grpc::{mask, named},
    scim::{encoded, text},
};

everywhere!(
    a_name_that_must_be_an_address_is_one,
    a_primary_address_that_must_be_the_name_follows_it,
    several_operations_make_one_work_address,
    an_address_ties_accounts_together_only_where_it_is_trusted_and_after_the_stable_id,
    only_the_attributes_of_the_table_are_kept_where_the_policy_says_so,
    there_are_six_roles_and_members_by_default,
    a_suspended_user_finds_everything_at_its_return,
    a_client_reads_whom_the_policy_lets_it_read,
);

async fn a_name_that_must_be_an_address_is_one(world: World) {
    world.set_policy(&[("user_name.format", "email")]).await;
    let scim = world.scim();
    assert_refused(
        &scim.post("/Users", &json!({"userName": "ada"})).await,
        400,
        Some("invalidValue"),
    );
    assert!(world.grpc().try_create(named("ada")).await.is_err());
    let ada = scim.create_user("ada@x.example").await;
    let rename = json!([{"op": "replace", "path": "userName", "value": "ada"}]);
    assert_refused(&scim.patch(&path(&ada), rename).await, 400, Some("invalidValue"));
    assert_eq!(
        world.grpc().user(&text(&ada["id"])).await.user_name,
        "ada@x.example"
    );
}

async fn a_primary_address_that_must_be_the_name_follows_it(world: World) {
    world
        .set_policy(&[("email.primary_rule", "must_equal_user_name")])
        .await;
    let scim = world.scim();
    let ada = scim.create_user("ada@x.example").await;
    let (id, path) = (text(&ada["id"]), path(&ada));
    let address = async || world.grpc().user(&id).await.emails[0].value.clone();
    assert_eq!(address().await, "ada@x.example");
    for (value, rename) in [
        (
            "ada1@x.example",
            json!([{"op": "Replace", "path": "userName", "value": "ada1@x.example"}]),
        ),
        (
            "ada2@x.example",
            json!([{"op": "replace", "value": {"userName": "ada2@x.example"}}]),
        ),
        (
            "ada3@x.example",
            json!([
                {"op": "replace", "path": "userName", "value": "ada3@x.example"},
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada3@x.example"},
            ]),
        ),
    ] {
        let renamed = scim.patch(&path, rename).await.expect(200);
        assert_eq!(
            renamed["emails"],
            json!([{"value": value, "type": "work", "primary": true}])
        );
        assert_eq!(address().await, value);
        assert_eq!(
            scim.find("/Users", &format!("emails.value eq \"{value}\"")).await,
            std::slice::from_ref(&id)
        );
    }
    // One attribute a request: the name moves the address along, so that what follows changes nothing.
    let name = json!([{"op": "replace", "path": "userName", "value": "ada4@x.example"}]);
    scim.patch(&path, name).await.expect(200);
    let mail =
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada4@x.example"}]);
    scim.patch(&path, mail).await.expect(200);
    let other = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x.example"}]);
    assert_refused(&scim.patch(&path, other).await, 400, Some("invalidValue"));
    // A replacement without addresses, and one that contradicts itself.
    scim.put(&path, &json!({"userName": "ada5@x.example"}))
        .await
        .expect(200);
    assert_eq!(address().await, "ada5@x.example");
    let wrong =
        json!({"userName": "ada6@x.example", "emails": [{"value": "ada5@x.example", "primary": true}]});
    assert_refused(&scim.put(&path, &wrong).await, 400, Some("invalidValue"));
    // By gRPC, too.
    let by_service = world.grpc().create_user("bob@x.example").await;
    let mut renamed = named("bob2@x.example");
    renamed.id = by_service.id;
    let renamed = world
        .grpc()
        .update_user(renamed, &["user_name"])
        .await
        .expect("a new name");
    assert_eq!(renamed.emails[0].value, "bob2@x.example");
}

async fn several_operations_make_one_work_address(world: World) {
    let scim = world.scim();
    let value = json!({"op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@x.example"});
    let primary = json!({"op": "Add", "path": "emails[type eq \"work\"].primary", "value": "True"});
    for (name, requests) in [
        ("one", vec![json!([value, primary])]),
        ("other", vec![json!([primary, value])]),
        ("two", vec![json!([value]), json!([primary])]),
    ] {
        let user = scim.create_user(name).await;
        for operations in requests {
            scim.patch(&path(&user), operations).await.expect(200);
        }
        let emails = world.grpc().user(&text(&user["id"])).await.emails;
        assert_eq!(emails.len(), 1, "{name}");
        assert!(emails[0].primary && emails[0].value == "a@x.example", "{name}");
    }
}

async fn an_address_ties_accounts_together_only_where_it_is_trusted_and_after_the_stable_id(world: World) {
    world
        .set_policy(&[
            ("adopt", "on_match"),
            ("match.order", "external_id,email,user_name"),
        ])
        .await;
    let (scim, grpc) = (world.scim(), world.grpc());
    let is_kind = async |kind: &str| {
        let request = UpdateConnectionRequest {
            organization: world.organization().slug.clone(),
            connection: Some(Connection {
                id: connection(&world).await.id,
                idp_kind: kind.into(),
                ..Default::default()
            }),
            update_mask: Some(mask(&["idp_kind"])),
            ..Default::default()
        };
        grpc.connections()
            .update_connection(request)
            .await
            .expect("another kind");
    };
    let local = async |name: &str| {
        let mut user = named(name);
        user.emails = vec![identity_proto::v1::TypedValue {
            value: format!("{name}@x.example"),
            ..Default::default()
        }];
        grpc.try_create(user).await.expect("a user").id
    };
    let send = async |name: &str, email: &str, external_id: &str| {
        let body = json!({"userName": name, "externalId": external_id, "emails": [{"value": format!("{email}@x.example")}]});
        text(&scim.post("/Users", &body).await.expect(201)["id"])
    };
    let (ada, bob) = (local("ada").await, local("bob").await);
    is_kind("entra").await;
    assert_ne!(send("ada.l", "ada", "e-1").await, ada);
    is_kind("okta").await;
    assert_eq!(send("bob.b", "bob", "o-1").await, bob);
    // The stable id comes first: it names another one than the address does.
    let mut eve = named("eve");
    eve.external_id = "o-2".into();
    let eve = grpc.try_create(eve).await.expect("a user").id;
    local("mallory").await;
    assert_eq!(send("eve.e", "mallory", "o-2").await, eve);
}

async fn only_the_attributes_of_the_table_are_kept_where_the_policy_says_so(world: World) {
    world
        .set_policy(&[("attributes.profile", "standard"), ("attributes.custom", "off")])
        .await;
    let body = json!({
        "userName": "ada", "active": "True", "title": "Countess", "nickName": "A",
        "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2", "type": "home"}],
        "addresses": [{"type": "home", "locality": "Ockham"}, {"type": "work", "locality": "London"}],
    });
    let ada = world.scim().post("/Users", &body).await.expect(201);
    assert!(ada.get("nickName").is_none(), "{ada}");
    let stored = world.grpc().user(&text(&ada["id"])).await;
    let cities: Vec<_> = stored
        .addresses
        .iter()
        .map(|address| address.locality.as_str())
        .collect();
    let numbers: Vec<_> = stored
        .phone_numbers
        .iter()
        .map(|number| number.value.as_str())
        .collect();
    assert_eq!(
        (stored.title.as_str(), &cities[..], &numbers[..]),
        ("Countess", &["London"][..], &["1"][..])
    );
    assert_eq!((stored.nick_name.as_str(), stored.active), ("", Some(true)));
}

async fn there_are_six_roles_and_members_by_default(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = scim.create_user("ada").await;
    let (id, path) = (text(&ada["id"]), path(&ada));
    let role = async || grpc.user(&id).await.organization_role;
    assert_eq!(role().await, "member");
    // Somebody else stays an admin.
    scim.post(
        "/Users",
        &json!({"userName": "root", "roles": [{"value": "admin"}]}),
    )
    .await
    .expect(201);
    for name in [
        "viewer",
        "interactive_viewer",
        "editor",
        "developer",
        "admin",
        "member",
    ] {
        scim.put(&path, &json!({"userName": "ada", "roles": [{"value": name}]}))
            .await
            .expect(200);
        assert_eq!(role().await, name);
        // Nothing said of roles: they stay, by PUT and by PATCH, and with the value alone.
        scim.put(&path, &json!({"userName": "ada", "title": name}))
            .await
            .expect(200);
        let title = json!([{"op": "replace", "path": "title", "value": "Countess"}]);
        scim.patch(&path, title).await.expect(200);
        assert_eq!(role().await, name);
    }
}

async fn a_suspended_user_finds_everything_at_its_return(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let body = json!({"userName": "ada", "title": "Countess", "roles": [{"value": "editor"}]});
    let ada = scim.post("/Users", &body).await.expect(201);
    let (id, path) = (text(&ada["id"]), path(&ada));
    let team = text(&scim.create_group("Team", &[&id]).await["id"]);
    let set = |active: bool| json!([{"op": "replace", "path": "active", "value": active}]);
    scim.patch(&path, set(false)).await.expect(200);
    assert_eq!(grpc.user(&id).await.active, Some(false));
    scim.patch(&path, set(true)).await.expect(200);
    let back = grpc.user(&id).await;
    assert_eq!(
        (back.title.as_str(), back.organization_role.as_str()),
        ("Countess", "editor")
    );
    assert_eq!(grpc.member_ids(&team).await, [id].into());
}

async fn a_client_reads_whom_the_policy_lets_it_read(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let local = grpc.create_user("local").await.id;
    let gone = scim.create_user("gone").await;
    scim.delete(&path(&gone)).await.expect(204);
    let names = async || {
        let list = scim.get("/Users?sortBy=userName").await.expect(200);
        let users = list["Resources"].as_array().cloned().unwrap_or_default();
        users
            .iter()
            .map(|user| text(&user["userName"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["local"]);
    world.set_policy(&[("list.include_deleted", "true")]).await;
    assert_eq!(names().await, ["gone", "local"]);
    world.set_policy(&[("list.scope", "managed")]).await;
    assert_eq!(names().await, ["gone"]);
    assert_refused(&scim.get(&format!("/Users/{}", encoded(&local))).await, 404, None);
    assert_eq!(grpc.user(&local).await.user_name, "local");
}
