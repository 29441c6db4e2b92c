//! The dbt platform.

use identity_proto::v1::{
    AssignLicenseRequest, Connection, CreateMappingRuleRequest, ListConnectionsRequest, MappingRule,
    ReportLicensesRequest, UpdateConnectionRequest, license_service_client::LicenseServiceClient,
    mapping_rule, mapping_service_client::MappingServiceClient,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::{patch, rotate, set_active, tear_down, token, user};
use crate::harness::{World, assert_refused, assert_status, everywhere, grpc::mask, scim::text};

everywhere!(
    dbt_gets_what_its_document_says,
    dbt_takes_licenses_from_okta_alone_and_tells_what_the_switch_would_change,
);

const LICENSES: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";

fn person(license: Option<&str>) -> Value {
    let mut body = json!({
        "userName": "ada@x.example", "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@x.example", "primary": true, "type": "work"}],
    });
    if let Some(license) = license {
        body[LICENSES] = json!({ "licenseType": license });
    }
    body
}

/// The license that counts, as a service sees it.
async fn license(world: &World, user: &str) -> String {
    let user = world.grpc().user(user).await;
    user.license.unwrap_or_default().value
}

/// Maps the group of analysts to a license.
async fn map(world: &World, license: &str) -> Result<(), Status> {
    let rule = MappingRule {
        group: Some(mapping_rule::Group::GroupName("Analysts".into())),
        target: Some(mapping_rule::Target::License(license.into())),
        ..Default::default()
    };
    let request = CreateMappingRuleRequest {
        organization: world.organization().slug.clone(),
        rule: Some(rule),
        ..Default::default()
    };
    let mut mappings = MappingServiceClient::new(world.grpc().line());
    mappings.create_mapping_rule(request).await.map(drop)
}

async fn dbt_gets_what_its_document_says(world: World) {
    let world = world.with_preset("dbt").await;
    let (old, scim) = token(&world, None).await;
    scim.get("/Users?filter=userName%20eq%20%22x%22")
        .await
        .expect(200);

    // People and groups; what is managed is not changed manually, and nobody is invited beside it.
    let ada = scim.post("/Users", &person(None)).await.expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    let analysts = text(&scim.create_group("Analysts", &[&id]).await["id"]);
    let refused = world.grpc().delete_user(&id).await;
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    let refused = world
        .grpc()
        .try_create(crate::harness::grpc::named("eve@x.example"))
        .await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");

    // A rename by `userName` alone moves the e-mail address along.
    let rename = json!({"op": "Replace", "path": "userName", "value": "ada.l@x.example"});
    let renamed = patch(&scim, &path, rename).await.expect(200);
    assert_eq!(renamed["emails"][0]["value"], "ada.l@x.example");
    scim.put(&path, &person(None)).await.expect(200);

    // Licenses, by the preset alone: before the switch "existing license mappings will continue to work as expected", and what SCIM sends
    // may be tested; a mapping wins.
    let licensed = scim.put(&path, &person(Some("developer"))).await.expect(200);
    assert_eq!(licensed[LICENSES]["licenseType"], "developer");
    assert_eq!(license(&world, &id).await, "developer");
    map(&world, "read_only").await.expect("a mapping");
    assert_eq!(license(&world, &id).await, "read_only");
    // After it SCIM is the only source: mappings and manual configuration are ignored and disabled.
    world.set_policy(&[("license.source", "scim")]).await;
    assert_eq!(license(&world, &id).await, "developer");
    assert_status(
        map(&world, "it").await,
        Code::FailedPrecondition,
        "POLICY_FORBIDS",
    );
    let manual = AssignLicenseRequest {
        organization: world.organization().slug.clone(),
        user_id: id.clone(),
        license: "it".into(),
        ..Default::default()
    };
    let mut service = LicenseServiceClient::new(world.grpc().line());
    let refused = service.assign_license(manual).await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");
    // One of "it, analyst, developer and read_only" with its case, and of those of the plan.
    for wrong in ["gold", "Developer"] {
        assert_refused(
            &scim.put(&path, &person(Some(wrong))).await,
            400,
            Some("invalidValue"),
        );
    }
    world
        .set_policy(&[("plan.licenses", "it,developer,read_only")])
        .await;
    assert!(
        scim.put(&path, &person(Some("analyst")))
            .await
            .status
            .is_client_error()
    );
    assert_eq!(license(&world, &id).await, "developer");

    // Deactivation suspends, and the return finds everything.
    set_active(&scim, &path, "False").await;
    let back = set_active(&scim, &path, "True").await;
    assert_eq!(back["groups"][0]["value"], json!(analysts));

    // A deleted user is still listed for the import, and comes back under its id.
    scim.delete(&path).await.expect(204);
    assert_eq!(
        scim.find("/Users", "userName eq \"ada@x.example\"").await,
        std::slice::from_ref(&id)
    );
    assert_eq!(scim.get(&path).await.expect(200)["active"], false);
    assert_eq!(
        text(&scim.post("/Users", &person(None)).await.expect(201)["id"]),
        id
    );

    // Several tokens overlap: a new one is made, the provider changed, the old one ends.
    let (new, other) = token(&world, None).await;
    scim.get("/Users").await.expect(200);
    other.get("/Users").await.expect(200);
    let other = rotate(&world, &new.id, None).await.expect("a rotation");
    assert_ne!(old.id, new.id);
    assert_eq!(tear_down(&world).await.released_users, 1);
    assert_refused(&other.get("/Users").await, 401, None);
}

async fn dbt_takes_licenses_from_okta_alone_and_tells_what_the_switch_would_change(world: World) {
    let world = world.with_preset("dbt").await;
    let scim = world.scim();
    let ada = scim.post("/Users", &person(Some("developer"))).await.expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    let analysts = text(&scim.create_group("Analysts", &[&id]).await["id"]);
    map(&world, "read_only").await.expect("a mapping");
    assert_eq!(
        (license(&world, &id).await.as_str(), analysts.is_empty()),
        ("read_only", false)
    );

    // "Test that the SCIM attributes set the license" before the switch.
    let request = ReportLicensesRequest {
        organization: world.organization().slug.clone(),
        source: "scim".into(),
        ..Default::default()
    };
    let mut licenses = LicenseServiceClient::new(world.grpc().line());
    let report = licenses
        .report_licenses(request)
        .await
        .expect("a report")
        .into_inner();
    let changes: Vec<_> = report
        .changes
        .iter()
        .map(|it| (it.before.as_str(), it.after.as_str()))
        .collect();
    assert_eq!(changes, [("read_only", "developer")]);

    // "Currently, this is only supported for Okta": what another kind of provider sends has no effect.
    world.set_policy(&[("license.source", "scim")]).await;
    let list = ListConnectionsRequest {
        organization: world.organization().slug.clone(),
        ..Default::default()
    };
    let mut connections = world.grpc().connections();
    let connection = connections
        .list_connections(list)
        .await
        .expect("connections")
        .into_inner();
    let request = UpdateConnectionRequest {
        organization: world.organization().slug.clone(),
        connection: Some(Connection {
            id: connection.connections[0].id.clone(),
            idp_kind: "entra".into(),
            ..Default::default()
        }),
        update_mask: Some(mask(&["idp_kind"])),
        ..Default::default()
    };
    connections
        .update_connection(request)
        .await
        .expect("another kind");
    scim.put(&path, &person(Some("it"))).await.expect(200);
    assert_eq!(license(&world, &id).await, "developer");
}
