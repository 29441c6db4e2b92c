-- Who a user is for an issuer of tokens. Issuer and subject are exact, as OpenID Connect says.
CREATE TABLE user_identities (
    organization_id BLOB NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, issuer, subject),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_identities_user ON user_identities (organization_id, user_id, issuer, subject);
