-- Keys that sign access tokens. They are the deployment's, like the list of organizations, so no organization leads their key.
CREATE TABLE signing_keys (
    id BLOB NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL,
    ends_at INTEGER
) STRICT, WITHOUT ROWID;

-- Access tokens that were revoked before their end; a row is dropped after it.
CREATE TABLE revoked_access_tokens (
    organization_id BLOB NOT NULL,
    id BLOB NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_access_tokens_end ON revoked_access_tokens (organization_id, ends_at);

-- Client assertions that were used, until they end by themselves.
CREATE TABLE used_assertions (
    organization_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_assertions_end ON used_assertions (organization_id, ends_at);

-- A JSON document: whose assertions sign the connection in; absent: nobody's.
ALTER TABLE connections ADD COLUMN federation TEXT;
