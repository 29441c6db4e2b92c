-- Deleted projects and roles stay: values of users that name them are known for what they were, and need not be changed.
CREATE TABLE projects (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX projects_name ON projects (organization_id, name_key)
    WHERE deleted_at IS NULL;

-- Custom roles. `permissions` are names with a blank between.
CREATE TABLE roles (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    group_id BLOB,
    permissions TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX roles_name ON roles (organization_id, kind, name_key)
    WHERE deleted_at IS NULL AND group_id IS NULL;
CREATE UNIQUE INDEX roles_group ON roles (organization_id, group_id)
    WHERE deleted_at IS NULL AND group_id IS NOT NULL;

-- Who holds a role, and who holds one in a project.
CREATE INDEX role_grants_role ON role_grants (organization_id, project_id, role, principal_id);

-- Whether anybody ever held a role in another way than by the user's own `roles`: else nobody's groups need to be asked for roles.
ALTER TABLE organizations ADD COLUMN has_other_grants INTEGER NOT NULL DEFAULT 0;
-- Whether a connection ever had a ceiling: else none needs to be asked for one.
ALTER TABLE organizations ADD COLUMN has_ceilings INTEGER NOT NULL DEFAULT 0;

ALTER TABLE connections ADD COLUMN max_role TEXT;
-- When the identity provider last asked which roles there are.
ALTER TABLE connections ADD COLUMN roles_read_at INTEGER;
