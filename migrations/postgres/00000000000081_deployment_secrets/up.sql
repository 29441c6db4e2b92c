-- Secrets of the deployment that nobody gave it. Random: version 4 UUIDs come from the generator for keys.
CREATE TABLE deployment_secrets (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value text COLLATE "C" NOT NULL
);
INSERT INTO deployment_secrets (name, value)
VALUES ('secret-key', gen_random_uuid()::text || gen_random_uuid()::text);
