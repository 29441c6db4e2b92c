//! Exports of users.

use identity_core::directory::UserExport;
use identity_proto::v1::ExportUserResponse;

use super::{change, grant, identity, profile, provisioning_log, token, user};

pub(crate) fn to_message(export: UserExport) -> ExportUserResponse {
    let former = export.former_access;
    ExportUserResponse {
        user: export.user.map(user::to_message),
        identities: export.identities.into_iter().map(identity::to_message).collect(),
        tokens: export.tokens.into_iter().map(token::to_message).collect(),
        grants: export.grants.into_iter().map(grant::to_message).collect(),
        former_roles: profile::values_message(former.roles),
        former_group_ids: former.groups.iter().map(|it| it.group.to_string()).collect(),
        changes: export.changes.into_iter().map(change::to_message).collect(),
        provisioning_requests: export
            .requests
            .into_iter()
            .map(provisioning_log::to_message)
            .collect(),
        next_page_token: export.next_page_token,
    }
}
