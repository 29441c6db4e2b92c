//! People name things by their names; the service wants ids.

use identity_proto::v1::{
    GetConnectionRequest, GetServiceAccountRequest, ListGroupsRequest, ListUsersRequest,
};
use uuid::Uuid;

use super::{list::equals, session::Session};
use crate::failure::Failure;

/// Two are enough to know that a name is not unique.
const ENOUGH: i32 = 2;

impl Session {
    /// The id of the user with this id or user name.
    pub(super) async fn user_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        // `me` is the person whose token calls, for the server to know.
        if is_id(name) || name == "me" {
            return Ok(name.to_owned());
        }
        let request = ListUsersRequest {
            organization: org.to_owned(),
            page_size: ENOUGH,
            filter: Some(equals("user_name", name)),
            ..ListUsersRequest::default()
        };
        let found = self.users().list_users(request).await?.into_inner().users;
        the_one("user", name, found.into_iter().map(|user| user.id).collect())
    }

    /// The ids of these users, in this order.
    pub(super) async fn user_ids(&self, org: &str, names: &[String]) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            ids.push(self.user_id(org, name).await?);
        }
        Ok(ids)
    }

    /// The id of the group with this id or display name.
    pub(super) async fn group_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let request = ListGroupsRequest {
            organization: org.to_owned(),
            page_size: ENOUGH,
            filter: Some(equals("display_name", name)),
            ..ListGroupsRequest::default()
        };
        let found = self.groups().list_groups(request).await?.into_inner().groups;
        the_one("group", name, found.into_iter().map(|group| group.id).collect())
    }

    /// The id of the connection with this id or name.
    pub(super) async fn connection_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let request = GetConnectionRequest {
            organization: org.to_owned(),
            id: name.to_owned(),
        };
        let found = self.connections().get_connection(request).await?.into_inner();
        Ok(found.connection.unwrap_or_default().id)
    }

    /// The id of the service account with this id or name.
    pub(super) async fn service_account_id(&self, org: &str, name: &str) -> Result<String, Failure> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let request = GetServiceAccountRequest {
            organization: org.to_owned(),
            id: name.to_owned(),
        };
        let mut client = self.service_accounts();
        let found = client.get_service_account(request).await?.into_inner();
        Ok(found.service_account.unwrap_or_default().id)
    }
}

/// Tells whether a name is an id.
pub(super) fn is_id(name: &str) -> bool {
    Uuid::parse_str(name).is_ok()
}

fn the_one(what: &str, name: &str, mut ids: Vec<String>) -> Result<String, Failure> {
    match (ids.len(), ids.pop()) {
        (1, Some(id)) => Ok(id),
        (0, _) => Err(Failure::Refused(format!("{what} {name:?} does not exist"))),
        _ => Err(Failure::Refused(format!(
            "several {what}s are called {name:?}; give the id"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_exactly_one_thing() {
        let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(the_one("group", "x", ids(&["1"])), Ok("1".into()));
        assert!(
            the_one("group", "x", ids(&[]))
                .unwrap_err()
                .to_string()
                .contains("does not exist")
        );
        assert!(
            the_one("group", "x", ids(&["1", "2"]))
                .unwrap_err()
                .to_string()
                .contains("give the id")
        );
    }
}
