-- Of a deleted organization the row and all below it stay, so that it can come back. Its slug is free at once.
ALTER TABLE organizations ADD COLUMN deleted_at INTEGER;
DROP INDEX organizations_slug;
CREATE UNIQUE INDEX organizations_slug ON organizations (slug) WHERE deleted_at IS NULL;
