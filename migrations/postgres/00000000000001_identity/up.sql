-- `organization_id` leads every key below organizations: no hot path looks across organizations, and the same tables can be
-- spread over several servers by it. Ids are UUIDv7. A column that ends in `_key` holds a folded text; all texts compare by
-- their bytes (COLLATE "C").
--
-- Foreign keys only where a row belongs to one other row. Their checks take FOR KEY SHARE, which a writer's
-- FOR NO KEY UPDATE on the organization's row lets through.

CREATE TABLE organizations (
    id uuid NOT NULL PRIMARY KEY,
    slug text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    plan text COLLATE "C" NOT NULL,
    seats bigint NOT NULL,
    sso_enabled boolean NOT NULL,
    rbac_enabled boolean NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    user_count bigint NOT NULL,
    group_count bigint NOT NULL,
    policy text COLLATE "C" NOT NULL,
    policy_version bigint NOT NULL,
    policy_updated_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
)
-- Every commit updates the row; room on its page keeps the new version there, and the indexes untouched.
WITH (fillfactor = 50);
CREATE UNIQUE INDEX organizations_slug ON organizations (slug);

CREATE TABLE users (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    version bigint NOT NULL,
    user_name text COLLATE "C" NOT NULL,
    user_name_key text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    display_name text COLLATE "C",
    display_name_key text COLLATE "C",
    active boolean NOT NULL,
    organization_role text COLLATE "C",
    managed_by uuid,
    predecessor_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    profile text COLLATE "C" NOT NULL,
    keys jsonb NOT NULL,
    PRIMARY KEY (organization_id, id)
);
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
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    position integer NOT NULL,
    value_key text COLLATE "C" NOT NULL,
    type_key text COLLATE "C",
    is_primary boolean NOT NULL,
    PRIMARY KEY (organization_id, user_id, position),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX user_emails_value ON user_emails (organization_id, value_key, type_key, user_id);

-- The principal is a user or a group, so no foreign key can name its table. A project id of zeros is the organization itself.
CREATE TABLE role_grants (
    organization_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    principal_kind text COLLATE "C" NOT NULL,
    project_id uuid NOT NULL,
    role text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    connection_id uuid,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, principal_id, project_id, role, source)
);

CREATE TABLE groups (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    version bigint NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_key text COLLATE "C" NOT NULL,
    unique_name_key text COLLATE "C",
    external_id text COLLATE "C",
    managed_by uuid,
    member_count bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    extensions text COLLATE "C" NOT NULL,
    keys jsonb NOT NULL,
    PRIMARY KEY (organization_id, id)
);
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
    organization_id uuid NOT NULL,
    group_id uuid NOT NULL,
    member_id uuid NOT NULL,
    member_kind text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    connection_id uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, group_id, member_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id)
);
CREATE INDEX group_members_member ON group_members (organization_id, member_id, group_id);
-- Groups in groups: few rows, so that walking down from a group does not pass its users.
CREATE INDEX group_members_group ON group_members (organization_id, member_kind, group_id, member_id)
    WHERE member_kind = 'group';

CREATE TABLE connections (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    idp_kind text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX connections_name ON connections (organization_id, name_key);

-- A token without a connection is a service token. `scopes` are names with a blank between.
CREATE TABLE tokens (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    connection_id uuid,
    scopes text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    secret_prefix text COLLATE "C" NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz NOT NULL,
    rotated_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, connection_id) REFERENCES connections (organization_id, id)
);
CREATE UNIQUE INDEX tokens_digest ON tokens (organization_id, digest);
CREATE INDEX tokens_connection ON tokens (organization_id, connection_id, id);

CREATE TABLE extension_schemas (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    urn_key text COLLATE "C" NOT NULL,
    urn text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    extends text COLLATE "C" NOT NULL,
    attributes text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, urn_key)
);

-- Append only, and without foreign keys: what an entry is about may be gone.
CREATE TABLE changes (
    organization_id uuid NOT NULL,
    revision bigint NOT NULL,
    sequence integer NOT NULL,
    at timestamptz NOT NULL,
    resource text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    detail text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    token_id uuid,
    connection_id uuid,
    request_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, revision, sequence)
);
CREATE INDEX changes_resource ON changes (organization_id, resource, resource_id, revision, sequence);
CREATE INDEX changes_token ON changes (organization_id, token_id, revision, sequence)
    WHERE token_id IS NOT NULL;
CREATE INDEX changes_connection ON changes (organization_id, connection_id, revision, sequence)
    WHERE connection_id IS NOT NULL;
CREATE INDEX changes_at ON changes (organization_id, at);

-- Answers to creates that carried a request id, kept for a day.
CREATE TABLE requests (
    organization_id uuid NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, request_id)
);
CREATE INDEX requests_at ON requests (at);
