-- `kind` says what a token authorizes: `scim`, `service`, `personal` (its owner is a user) or `key` (a service account).
ALTER TABLE tokens ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'service';
ALTER TABLE tokens ADD COLUMN owner_id uuid;
-- Ids with a blank between; empty: not limited to projects.
ALTER TABLE tokens ADD COLUMN projects text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN former_ends_at timestamptz;
ALTER TABLE tokens ADD COLUMN expiry_noted_at timestamptz;
UPDATE tokens SET kind = 'scim' WHERE connection_id IS NOT NULL;
CREATE INDEX tokens_owner ON tokens (organization_id, owner_id, id)
    WHERE owner_id IS NOT NULL;
-- Ends that nobody was told of yet.
CREATE INDEX tokens_expiry ON tokens (expires_at)
    WHERE expires_at IS NOT NULL AND expiry_noted_at IS NULL;

-- Secrets that were replaced and still hold. Apart from `tokens`, so that the look-up of a current secret is one index.
CREATE TABLE former_secrets (
    organization_id uuid NOT NULL,
    digest bytea NOT NULL,
    token_id uuid NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX former_secrets_token ON former_secrets (organization_id, token_id);

CREATE TABLE service_accounts (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    scopes text COLLATE "C" NOT NULL,
    projects text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX service_accounts_name ON service_accounts (organization_id, name_key);

-- Who did it, where that was a person.
ALTER TABLE changes ADD COLUMN user_id uuid;
