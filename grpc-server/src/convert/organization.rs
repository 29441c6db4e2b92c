//! Organizations.

use identity_core::{
    directory::input::{NewOrganization, OrganizationUpdate},
    error::{Error, Result},
    organization::{Facts, Organization, OrganizationStatus},
};
use identity_proto::v1::{
    self, CreateOrganizationRequest, OrganizationStatus as StatusMessage, UpdateOrganizationRequest,
};

use super::{etag, filled, mask::Fields, required, time};

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Name,
    Status,
    Plan,
    Seats,
    SsoEnabled,
    RbacEnabled,
    VerifiedDomains,
}

const FIELDS: Fields<Field> = Fields {
    settable: &[
        ("name", Field::Name),
        ("status", Field::Status),
        ("plan", Field::Plan),
        ("seats", Field::Seats),
        ("sso_enabled", Field::SsoEnabled),
        ("rbac_enabled", Field::RbacEnabled),
        ("verified_domains", Field::VerifiedDomains),
    ],
    read_only: &[
        "id",
        "slug",
        "revision",
        "user_count",
        "group_count",
        "active_user_count",
        "etag",
        "create_time",
        "update_time",
        "delete_time",
    ],
};

pub(crate) fn to_message(organization: Organization) -> v1::Organization {
    let status = match organization.status {
        OrganizationStatus::Active => StatusMessage::Active,
        OrganizationStatus::Suspended => StatusMessage::Suspended,
    };
    v1::Organization {
        id: organization.id.to_string(),
        slug: organization.slug,
        name: organization.name,
        status: status.into(),
        plan: organization.facts.plan,
        seats: organization.facts.seats,
        sso_enabled: organization.facts.sso_enabled,
        rbac_enabled: organization.facts.rbac_enabled,
        revision: organization.revision,
        user_count: organization.user_count,
        group_count: organization.group_count,
        etag: etag(organization.version),
        create_time: Some(time::to_message(organization.created_at)),
        update_time: Some(time::to_message(organization.updated_at)),
        active_user_count: organization.active_user_count,
        verified_domains: organization.facts.verified_domains,
        delete_time: organization.deleted_at.map(time::to_message),
    }
}

pub(crate) fn create(request: CreateOrganizationRequest) -> Result<NewOrganization> {
    let organization = required(request.organization, "organization")?;
    Ok(NewOrganization {
        slug: organization.slug,
        name: organization.name,
        facts: Facts {
            plan: organization.plan,
            seats: organization.seats,
            sso_enabled: organization.sso_enabled,
            rbac_enabled: organization.rbac_enabled,
            verified_domains: organization.verified_domains,
        },
        preset: request.preset,
        admin_email: request.admin_email,
        request_id: request.request_id,
    })
}

pub(crate) fn update(request: UpdateOrganizationRequest) -> Result<OrganizationUpdate> {
    let organization = required(request.organization, "organization")?;
    let status = status(organization.status)?;
    if organization.slug.is_empty() {
        filled(&organization.id, "organization.id")?;
    }
    let fields = FIELDS.given(request.update_mask, &organization)?;
    let mut update = OrganizationUpdate {
        organization: if organization.id.is_empty() {
            organization.slug
        } else {
            organization.id
        },
        etag: organization.etag,
        ..OrganizationUpdate::default()
    };
    for field in fields {
        match field {
            Field::Name => update.name = Some(organization.name.clone()),
            Field::Status => update.status = status,
            Field::Plan => update.plan = Some(organization.plan.clone()),
            Field::Seats => update.seats = Some(organization.seats),
            Field::SsoEnabled => update.sso_enabled = Some(organization.sso_enabled),
            Field::RbacEnabled => update.rbac_enabled = Some(organization.rbac_enabled),
            Field::VerifiedDomains => update.verified_domains = Some(organization.verified_domains.clone()),
        }
    }
    Ok(update)
}

fn status(status: i32) -> Result<Option<OrganizationStatus>> {
    match StatusMessage::try_from(status) {
        Ok(StatusMessage::Unspecified) => Ok(None),
        Ok(StatusMessage::Active) => Ok(Some(OrganizationStatus::Active)),
        Ok(StatusMessage::Suspended) => Ok(Some(OrganizationStatus::Suspended)),
        Err(_) => Err(Error::invalid("status", "must be a known status")),
    }
}

#[cfg(test)]
mod tests {
    use identity_core::organization::OrganizationStatus;
    use identity_proto::v1::{self, UpdateOrganizationRequest};
    use prost_types::FieldMask;

    use super::update;

    fn request(organization: v1::Organization, path: &str) -> UpdateOrganizationRequest {
        let paths = vec![path.to_owned()];
        UpdateOrganizationRequest {
            organization: Some(organization),
            update_mask: Some(FieldMask { paths }),
            ..Default::default()
        }
    }

    #[test]
    fn an_update_changes_what_its_mask_names() {
        let organization = v1::Organization {
            slug: "acme".into(),
            name: "Acme".into(),
            seats: 5,
            ..Default::default()
        };
        let named = update(request(organization.clone(), "seats")).unwrap();
        assert_eq!(
            (named.organization.as_str(), named.seats, named.name),
            ("acme", Some(5), None)
        );
        let all = update(request(organization, "*")).unwrap();
        assert_eq!(
            (all.name.as_deref(), all.plan.as_deref(), all.status),
            (Some("Acme"), Some(""), None)
        );
    }

    #[test]
    fn an_update_goes_by_the_id_before_the_slug() {
        let organization = v1::Organization {
            id: "7".into(),
            slug: "acme".into(),
            status: 2,
            ..Default::default()
        };
        let update = update(request(organization, "status")).unwrap();
        assert_eq!(update.organization, "7");
        assert_eq!(update.status, Some(OrganizationStatus::Suspended));
    }

    #[test]
    fn the_slug_cannot_be_changed() {
        let organization = v1::Organization {
            id: "7".into(),
            ..Default::default()
        };
        assert!(update(request(organization, "slug")).is_err());
    }
}
