-- Secrets of the deployment that nobody gave it.
CREATE TABLE deployment_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO deployment_secrets (name, value) VALUES ('secret-key', lower(hex(randomblob(32))));
