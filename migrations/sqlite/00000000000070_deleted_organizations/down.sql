-- Without the column a deleted organization would be served again: it stays closed, under a name that nobody asks for.
UPDATE organizations SET status = 'suspended', slug = 'deleted-' || lower(hex(id)) WHERE deleted_at IS NOT NULL;
DROP INDEX organizations_slug;
ALTER TABLE organizations DROP COLUMN deleted_at;
CREATE UNIQUE INDEX organizations_slug ON organizations (slug);
