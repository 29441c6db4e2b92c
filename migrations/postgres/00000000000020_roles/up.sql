-- Deleted projects and roles stay: values of users that name them are known for what they were, and need not be changed.
CREATE TABLE projects (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX projects_name ON projects (organization_id, name_key)
    WHERE deleted_at IS NULL;

-- Custom roles. `permissions` are names with a blank between.
CREATE TABLE roles (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    group_id uuid,
    permissions text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX roles_name ON roles (organization_id, kind, name_key)
    WHERE deleted_at IS NULL AND group_id IS NULL;
CREATE UNIQUE INDEX roles_group ON roles (organization_id, group_id)
    WHERE deleted_at IS NULL AND group_id IS NOT NULL;

-- Who holds a role, and who holds one in a project.
CREATE INDEX role_grants_role ON role_grants (organization_id, project_id, role, principal_id);

-- Whether anybody ever held a role in another way than by the user's own `roles`: else nobody's groups need to be asked for roles.
ALTER TABLE organizations ADD COLUMN has_other_grants boolean NOT NULL DEFAULT false;
-- Whether a connection ever had a ceiling: else none needs to be asked for one.
ALTER TABLE organizations ADD COLUMN has_ceilings boolean NOT NULL DEFAULT false;

ALTER TABLE connections ADD COLUMN max_role text COLLATE "C";
-- When the identity provider last asked which roles there are.
ALTER TABLE connections ADD COLUMN roles_read_at timestamptz;
