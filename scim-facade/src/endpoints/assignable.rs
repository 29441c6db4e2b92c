//! `/Roles` and `/Entitlements`: what a client may put into the lists of the same names, as resources. They are few and come from what the
//! organization has set up, so filters and pages are made here.

use axum::extract::Path;
use http::StatusCode;
use identity_proto::v1::ListAssignableRolesRequest;
use serde_json::{Value, json};

use super::list::{ListQuery, Paging, Position};
use crate::{
    answer::Answer,
    attributes::{Assignable, Dialect},
    error::{Result, ScimError, ScimType},
    filter::{ElementFilter, parse_filter},
    scim_request::ScimRequest,
    work::Work,
};

/// Roles that one call of the core answers with.
const PAGE: i32 = 1000;
/// Roles that are looked at; an organization with more has them listed by its services.
const MAX_ROLES: usize = 100_000;

/// `GET /Roles`.
pub(crate) async fn roles(scim_request: ScimRequest) -> Result<Answer> {
    let resources = all_roles(&scim_request).await?;
    list(&scim_request, Assignable::Role, resources).await
}

/// `GET /Roles/{id}`.
pub(crate) async fn role(Path(id): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    one(all_roles(&scim_request).await?, &id, "role")
}

/// `GET /Entitlements`.
pub(crate) async fn entitlements(scim_request: ScimRequest) -> Result<Answer> {
    let resources = all_entitlements(&scim_request).await?;
    list(&scim_request, Assignable::Entitlement, resources).await
}

/// `GET /Entitlements/{id}`.
pub(crate) async fn entitlement(Path(id): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    one(all_entitlements(&scim_request).await?, &id, "entitlement")
}

/// One resource in the making.
struct Item {
    value: String,
    display: String,
    kind: String,
    supported: bool,
}

impl Item {
    fn rendered(self, assignable: Assignable, dialect: Dialect, base: &str) -> Value {
        let location = format!("{base}{}/{}", assignable.endpoint(), self.value);
        let mut rendered = json!({
            "schemas": [assignable.urn(dialect)],
            "id": self.value,
            "value": self.value,
            "display": self.display,
            "type": self.kind,
            "supported": self.supported,
            "meta": { "resourceType": assignable.name(), "location": location },
        });
        if dialect == Dialect::Okta {
            rendered["displayName"] = self.display.into();
        }
        rendered
    }
}

async fn all_roles(scim_request: &ScimRequest) -> Result<Vec<Value>> {
    let context = scim_request.session.context().await?;
    let mut rendered = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListAssignableRolesRequest {
            page_size: PAGE,
            page_token,
            ..Default::default()
        };
        let page = scim_request.session.call.list_assignable_roles(request).await?;
        rendered.extend(page.roles.into_iter().map(|role| {
            let item = Item {
                value: role.value,
                display: role.display,
                kind: role.r#type,
                supported: context.roles_have_effect,
            };
            item.rendered(Assignable::Role, context.tables.dialect, &scim_request.base)
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() || rendered.len() >= MAX_ROLES {
            return Ok(rendered);
        }
    }
}

async fn all_entitlements(scim_request: &ScimRequest) -> Result<Vec<Value>> {
    let context = scim_request.session.context().await?;
    let rendered = context.licenses.iter().map(|license| {
        let item = Item {
            value: license.clone(),
            display: license.clone(),
            kind: "License".to_owned(),
            supported: true,
        };
        item.rendered(
            Assignable::Entitlement,
            context.tables.dialect,
            &scim_request.base,
        )
    });
    Ok(rendered.collect())
}

async fn list(scim_request: &ScimRequest, assignable: Assignable, resources: Vec<Value>) -> Result<Answer> {
    let query = ListQuery::read(&scim_request.query)?;
    let dialect = scim_request.session.context().await?.tables.dialect;
    let found = matching(
        resources,
        query.filter,
        assignable,
        dialect,
        &scim_request.session.work,
    )?;
    let start = match &query.paging {
        Paging::Index(start) => usize::try_from(start - 1).unwrap_or(usize::MAX),
        // A cursor of ours is the number of what came before.
        Paging::Cursor(cursor) if cursor.is_empty() => 0,
        Paging::Cursor(cursor) => cursor
            .parse()
            .map_err(|_| ScimError::new(ScimType::InvalidCursor, "cursor: is none of this list"))?,
    };
    let count = usize::try_from(query.count).unwrap_or(0);
    let end = start.saturating_add(count);
    let position = Position {
        total: i64::try_from(found.len()).unwrap_or(i64::MAX),
        next_cursor: if end < found.len() {
            end.to_string()
        } else {
            String::new()
        },
    };
    query.answer(position, found.into_iter().skip(start).take(count).collect())
}

fn matching(
    mut resources: Vec<Value>,
    filter: Option<&str>,
    assignable: Assignable,
    dialect: Dialect,
    work: &Work,
) -> Result<Vec<Value>> {
    let Some(text) = filter else {
        return Ok(resources);
    };
    let refused = |why: String| ScimError::new(ScimType::InvalidFilter, format!("filter: {why}"));
    let expression = parse_filter(text).map_err(|error| refused(error.to_string()))?;
    let condition = ElementFilter::compile(&expression, &assignable.element(dialect)).map_err(refused)?;
    resources.retain(|resource| condition.matches(resource, work));
    work.check().map(|()| resources)
}

fn one(resources: Vec<Value>, id: &str, what: &str) -> Result<Answer> {
    match resources.into_iter().find(|resource| resource["id"] == id) {
        Some(resource) => Answer::json(StatusCode::OK, &resource),
        None => Err(ScimError::plain(
            StatusCode::NOT_FOUND,
            format!("there is no such {what}"),
        )),
    }
}
