-- `kind` says what a token authorizes: `scim`, `service`, `personal` (its owner is a user) or `key` (a service account).
ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'service';
ALTER TABLE tokens ADD COLUMN owner_id BLOB;
-- Ids with a blank between; empty: not limited to projects.
ALTER TABLE tokens ADD COLUMN projects TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN former_ends_at INTEGER;
ALTER TABLE tokens ADD COLUMN expiry_noted_at INTEGER;
UPDATE tokens SET kind = 'scim' WHERE connection_id IS NOT NULL;
CREATE INDEX tokens_owner ON tokens (organization_id, owner_id, id)
    WHERE owner_id IS NOT NULL;
-- Ends that nobody was told of yet.
CREATE INDEX tokens_expiry ON tokens (expires_at)
    WHERE expires_at IS NOT NULL AND expiry_noted_at IS NULL;

-- Secrets that were replaced and still hold. Apart from `tokens`, so that the look-up of a current secret is one index.
CREATE TABLE former_secrets (
    organization_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    token_id BLOB NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_secrets_token ON former_secrets (organization_id, token_id);

CREATE TABLE service_accounts (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT NOT NULL,
    scopes TEXT NOT NULL,
    projects TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX service_accounts_name ON service_accounts (organization_id, name_key);

-- Who did it, where that was a person.
ALTER TABLE changes ADD COLUMN user_id BLOB;
