-- Who a user is for an issuer of tokens. Issuer and subject are exact, as OpenID Connect says.
CREATE TABLE user_identities (
    organization_id uuid NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, issuer, subject),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX user_identities_user ON user_identities (organization_id, user_id, issuer, subject);
