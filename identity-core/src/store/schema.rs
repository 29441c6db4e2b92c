//! The tables, once for both databases. `tests/store` compares them with what the migrations make.

use super::backup::table::table;

table! {
    organizations (id) {
        id -> Guid,
        slug -> Text,
        name -> Text,
        status -> Text,
        plan -> Text,
        seats -> BigInt,
        sso_enabled -> Bool,
        rbac_enabled -> Bool,
        version -> BigInt,
        revision -> BigInt,
        user_count -> BigInt,
        group_count -> BigInt,
        policy -> Text,
        policy_version -> BigInt,
        policy_updated_at -> Moment,
        created_at -> Moment,
        updated_at -> Moment,
        has_other_grants -> Bool,
        has_ceilings -> Bool,
        active_user_count -> BigInt,
        break_glass_count -> BigInt,
        verified_domains -> Text,
        deleted_at -> Nullable<Moment>,
    }
}

table! {
    users (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        version -> BigInt,
        user_name -> Text,
        user_name_key -> Text,
        external_id -> Nullable<Text>,
        display_name -> Nullable<Text>,
        display_name_key -> Nullable<Text>,
        active -> Bool,
        organization_role -> Nullable<Text>,
        managed_by -> Nullable<Guid>,
        predecessor_id -> Nullable<Guid>,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
        profile -> Text,
        keys -> Document,
        break_glass -> Bool,
    }
}

table! {
    user_emails (organization_id, user_id, position) {
        organization_id -> Guid,
        user_id -> Guid,
        position -> Integer,
        value_key -> Text,
        type_key -> Nullable<Text>,
        is_primary -> Bool,
    }
}

table! {
    role_grants (organization_id, principal_id, project_id, role, source) {
        organization_id -> Guid,
        principal_id -> Guid,
        principal_kind -> Text,
        project_id -> Guid,
        role -> Text,
        source -> Text,
        connection_id -> Nullable<Guid>,
        expires_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

table! {
    projects (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        version -> BigInt,
        name -> Text,
        name_key -> Text,
        kind -> Text,
        status -> Text,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
    }
}

table! {
    roles (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        version -> BigInt,
        name -> Text,
        name_key -> Text,
        kind -> Text,
        group_id -> Nullable<Guid>,
        permissions -> Text,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
    }
}

table! {
    groups (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        version -> BigInt,
        display_name -> Text,
        display_name_key -> Text,
        unique_name_key -> Nullable<Text>,
        external_id -> Nullable<Text>,
        managed_by -> Nullable<Guid>,
        member_count -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
        extensions -> Text,
        keys -> Document,
        kind -> Text,
    }
}

table! {
    group_members (organization_id, group_id, member_id) {
        organization_id -> Guid,
        group_id -> Guid,
        member_id -> Guid,
        member_kind -> Text,
        source -> Text,
        connection_id -> Nullable<Guid>,
        created_at -> Moment,
    }
}

table! {
    connections (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        name -> Text,
        name_key -> Text,
        idp_kind -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
        max_role -> Nullable<Text>,
        roles_read_at -> Nullable<Moment>,
        federation -> Nullable<Text>,
        brake_count -> BigInt,
        brake_share -> BigInt,
        brake_window -> BigInt,
        brake_state -> Text,
        brake_since_at -> Nullable<Moment>,
        brake_used -> BigInt,
        brake_allowed -> BigInt,
    }
}

table! {
    former_access (organization_id, user_id) {
        organization_id -> Guid,
        user_id -> Guid,
        document -> Text,
    }
}

table! {
    tokens (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        connection_id -> Nullable<Guid>,
        scopes -> Text,
        name -> Text,
        digest -> Binary,
        secret_prefix -> Text,
        expires_at -> Nullable<Moment>,
        last_used_at -> Nullable<Moment>,
        created_at -> Moment,
        rotated_at -> Nullable<Moment>,
        kind -> Text,
        owner_id -> Nullable<Guid>,
        projects -> Text,
        former_ends_at -> Nullable<Moment>,
        expiry_noted_at -> Nullable<Moment>,
    }
}

table! {
    signing_keys (id) {
        id -> Guid,
        algorithm -> Text,
        public_jwk -> Text,
        sealed -> Binary,
        created_at -> Moment,
        signs_from -> Moment,
        ends_at -> Nullable<Moment>,
    }
}

table! {
    deployment_secrets (name) {
        name -> Text,
        value -> Text,
    }
}

table! {
    revoked_access_tokens (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        ends_at -> Moment,
    }
}

table! {
    used_assertions (organization_id, digest) {
        organization_id -> Guid,
        digest -> Binary,
        ends_at -> Moment,
    }
}

table! {
    former_secrets (organization_id, digest) {
        organization_id -> Guid,
        digest -> Binary,
        token_id -> Guid,
        ends_at -> Moment,
    }
}

table! {
    service_accounts (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        name -> Text,
        name_key -> Text,
        description -> Text,
        scopes -> Text,
        projects -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

table! {
    extension_schemas (organization_id, urn_key) {
        organization_id -> Guid,
        urn_key -> Text,
        urn -> Text,
        name -> Text,
        description -> Text,
        extends -> Text,
        attributes -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

table! {
    mapping_rules (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        position -> Integer,
        match_kind -> Text,
        match_value -> Text,
        target_kind -> Text,
        target_value -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

table! {
    group_licenses (organization_id, group_id) {
        organization_id -> Guid,
        group_id -> Guid,
        position -> Integer,
        license -> Text,
        rule_id -> Guid,
    }
}

table! {
    changes (organization_id, revision, sequence) {
        organization_id -> Guid,
        revision -> BigInt,
        sequence -> Integer,
        at -> Moment,
        resource -> Text,
        resource_id -> Text,
        action -> Text,
        detail -> Text,
        actor -> Text,
        token_id -> Nullable<Guid>,
        connection_id -> Nullable<Guid>,
        user_id -> Nullable<Guid>,
        request_id -> Text,
    }
}

table! {
    requests (organization_id, request_id) {
        organization_id -> Guid,
        request_id -> Text,
        digest -> Binary,
        resource_id -> Text,
        at -> Moment,
    }
}

table! {
    user_identities (organization_id, issuer, subject) {
        organization_id -> Guid,
        issuer -> Text,
        subject -> Text,
        user_id -> Guid,
        created_at -> Moment,
    }
}

table! {
    provisioning_requests (organization_id, id) {
        organization_id -> Guid,
        id -> Guid,
        at -> Moment,
        connection_id -> Nullable<Guid>,
        token_id -> Nullable<Guid>,
        request_id -> Text,
        user_agent -> Text,
        method -> Text,
        path -> Text,
        resource_type -> Text,
        target_id -> Nullable<Text>,
        target_name -> Nullable<Text>,
        target_name_key -> Nullable<Text>,
        target_external_id -> Nullable<Text>,
        target_external_id_key -> Nullable<Text>,
        action -> Text,
        count -> Integer,
        outcome -> Text,
        status -> Integer,
        scim_type -> Text,
        detail -> Text,
        reason -> Text,
        revision -> BigInt,
        statements -> Text,
        duration_micros -> BigInt,
    }
}

table! {
    connection_health (organization_id, connection_id) {
        organization_id -> Guid,
        connection_id -> Guid,
        last_request_at -> Nullable<Moment>,
        last_success_at -> Nullable<Moment>,
        last_change_at -> Nullable<Moment>,
        last_failure_at -> Nullable<Moment>,
        last_failure_id -> Nullable<Guid>,
        last_failure_status -> Integer,
        last_failure_reason -> Text,
        failed_changes -> BigInt,
        failed_requests -> BigInt,
        state -> Nullable<Text>,
        since_at -> Nullable<Moment>,
        told_at -> Nullable<Moment>,
    }
}

table! {
    connection_outcomes (organization_id, connection_id, slot, outcome) {
        organization_id -> Guid,
        connection_id -> Guid,
        slot -> Integer,
        outcome -> Text,
        hour -> BigInt,
        requests -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    organizations,
    users,
    user_emails,
    user_identities,
    role_grants,
    projects,
    roles,
    groups,
    group_members,
    connections,
    former_access,
    tokens,
    former_secrets,
    signing_keys,
    deployment_secrets,
    revoked_access_tokens,
    used_assertions,
    service_accounts,
    extension_schemas,
    changes,
    provisioning_requests,
    connection_health,
    connection_outcomes,
    requests,
);
