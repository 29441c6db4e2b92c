-- Whether an external id may repeat, the policy setting external_id.unique says, and writers of an organization come one after the other.
DROP INDEX users_external_id_unmanaged;
DROP INDEX users_external_id;
CREATE INDEX users_external_id ON users (organization_id, external_id, managed_by)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
DROP INDEX groups_external_id_unmanaged;
DROP INDEX groups_external_id;
CREATE INDEX groups_external_id ON "groups" (organization_id, external_id, managed_by)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
