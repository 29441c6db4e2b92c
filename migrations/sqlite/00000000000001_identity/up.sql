-- `organization_id` leads every key below organizations: no hot path looks across organizations, and the same tables can be
-- spread over several servers by it. Ids are 16 bytes (UUIDv7), times are microseconds since 1970. A column that ends in `_key`
-- holds a folded text; all texts compare by their bytes.
--
-- Tables with small rows that are read by key are WITHOUT ROWID. Those with documents are not: a B-tree of keys splits rows of
-- more than about a kilobyte into overflow pages.

CREATE TABLE organizations (
    id BLOB NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    plan TEXT NOT NULL,
    seats INTEGER NOT NULL,
    sso_enabled INTEGER NOT NULL,
    rbac_enabled INTEGER NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    user_count INTEGER NOT NULL,
    group_count INTEGER NOT NULL,
    policy TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    policy_updated_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX organizations_slug ON organizations (slug);

CREATE TABLE users (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    user_name_key TEXT NOT NULL,
    external_id TEXT,
    display_name TEXT,
    display_name_key TEXT,
    active INTEGER NOT NULL,
    organization_role TEXT,
    managed_by BLOB,
    predecessor_id BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    profile TEXT NOT NULL,
    keys TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX users_user_name ON users (organization_id, user_name_key)
    WHERE deleted_at IS NULL;
-- Two indexes, as a NULL in a unique index equals nothing: the first holds for managed users and serves look-ups of all.
CREATE UNIQUE INDEX users_external_id ON users (organization_id, external_id, managed_by)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE UNIQUE INDEX users_external_id_unmanaged ON users (organization_id, external_id)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL AND managed_by IS NULL;
CREATE INDEX users_display_name ON users (organization_id, display_name_key, id)
    WHERE deleted_at IS NULL;
CREATE INDEX users_active ON users (organization_id, active, id)
    WHERE deleted_at IS NULL;
CREATE INDEX users_updated_at ON users (organization_id, updated_at, id)
    WHERE deleted_at IS NULL;
-- Active admins, and whoever else holds a role explicitly.
CREATE INDEX users_active_role ON users (organization_id, organization_role, id)
    WHERE deleted_at IS NULL AND active AND organization_role IS NOT NULL;
-- Former holders of a user name.
CREATE INDEX users_deleted_user_name ON users (organization_id, user_name_key, deleted_at)
    WHERE deleted_at IS NOT NULL;

CREATE TABLE user_emails (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    value_key TEXT NOT NULL,
    type_key TEXT,
    is_primary INTEGER NOT NULL,
    PRIMARY KEY (organization_id, user_id, position),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_emails_value ON user_emails (organization_id, value_key, type_key, user_id);

-- The principal is a user or a group, so no foreign key can name its table. A project id of zeros is the organization itself.
CREATE TABLE role_grants (
    organization_id BLOB NOT NULL,
    principal_id BLOB NOT NULL,
    principal_kind TEXT NOT NULL,
    project_id BLOB NOT NULL,
    role TEXT NOT NULL,
    source TEXT NOT NULL,
    connection_id BLOB,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, principal_id, project_id, role, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    unique_name_key TEXT,
    external_id TEXT,
    managed_by BLOB,
    member_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    extensions TEXT NOT NULL,
    keys TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
-- Filled only while the organization's policy demands unique names.
CREATE UNIQUE INDEX groups_unique_name ON groups (organization_id, unique_name_key)
    WHERE deleted_at IS NULL AND unique_name_key IS NOT NULL;
CREATE UNIQUE INDEX groups_external_id ON groups (organization_id, external_id, managed_by)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE UNIQUE INDEX groups_external_id_unmanaged ON groups (organization_id, external_id)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL AND managed_by IS NULL;
CREATE INDEX groups_display_name ON groups (organization_id, display_name_key, id)
    WHERE deleted_at IS NULL;
CREATE INDEX groups_updated_at ON groups (organization_id, updated_at, id)
    WHERE deleted_at IS NULL;

-- A member is a user or a group, so no foreign key can name its table.
CREATE TABLE group_members (
    organization_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    member_kind TEXT NOT NULL,
    source TEXT NOT NULL,
    connection_id BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, group_id, member_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_member ON group_members (organization_id, member_id, group_id);
-- Groups in groups: few rows, so that walking down from a group does not pass its users.
CREATE INDEX group_members_group ON group_members (organization_id, member_kind, group_id, member_id)
    WHERE member_kind = 'group';

CREATE TABLE connections (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    idp_kind TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX connections_name ON connections (organization_id, name_key);

-- A token without a connection is a service token. `scopes` are names with a blank between.
CREATE TABLE tokens (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    connection_id BLOB,
    scopes TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    secret_prefix TEXT NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    created_at INTEGER NOT NULL,
    rotated_at INTEGER,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, connection_id) REFERENCES connections (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_digest ON tokens (organization_id, digest);
CREATE INDEX tokens_connection ON tokens (organization_id, connection_id, id);

CREATE TABLE extension_schemas (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    urn_key TEXT NOT NULL,
    urn TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    extends TEXT NOT NULL,
    attributes TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, urn_key)
) STRICT;

-- Append only, and without foreign keys: what an entry is about may be gone.
CREATE TABLE changes (
    organization_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    resource TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    actor TEXT NOT NULL,
    token_id BLOB,
    connection_id BLOB,
    request_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, revision, sequence)
) STRICT;
CREATE INDEX changes_resource ON changes (organization_id, resource, resource_id, revision, sequence);
CREATE INDEX changes_token ON changes (organization_id, token_id, revision, sequence)
    WHERE token_id IS NOT NULL;
CREATE INDEX changes_connection ON changes (organization_id, connection_id, revision, sequence)
    WHERE connection_id IS NOT NULL;
CREATE INDEX changes_at ON changes (organization_id, at);

-- Answers to creates that carried a request id, kept for a day.
CREATE TABLE requests (
    organization_id BLOB NOT NULL,
    request_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    resource_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_at ON requests (at);
