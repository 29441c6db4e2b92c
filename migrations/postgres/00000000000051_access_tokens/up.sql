-- Keys that sign access tokens. They are the deployment's, like the list of organizations, so no organization leads their key.
CREATE TABLE signing_keys (
    id uuid NOT NULL PRIMARY KEY,
    algorithm text COLLATE "C" NOT NULL,
    public_jwk text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL,
    ends_at timestamptz
);

-- Access tokens that were revoked before their end; a row is dropped after it.
CREATE TABLE revoked_access_tokens (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX revoked_access_tokens_end ON revoked_access_tokens (organization_id, ends_at);

-- Client assertions that were used, until they end by themselves.
CREATE TABLE used_assertions (
    organization_id uuid NOT NULL,
    digest bytea NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
CREATE INDEX used_assertions_end ON used_assertions (organization_id, ends_at);

-- A JSON document: whose assertions sign the connection in; absent: nobody's.
ALTER TABLE connections ADD COLUMN federation text COLLATE "C";
