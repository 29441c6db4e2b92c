ALTER TABLE connections DROP COLUMN federation;
DROP TABLE used_assertions;
DROP TABLE revoked_access_tokens;
DROP TABLE signing_keys;
