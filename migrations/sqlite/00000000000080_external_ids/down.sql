-- Fails while two have the same external id.
DROP INDEX users_external_id;
CREATE UNIQUE INDEX users_external_id ON users (organization_id, external_id, managed_by)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE UNIQUE INDEX users_external_id_unmanaged ON users (organization_id, external_id)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL AND managed_by IS NULL;
DROP INDEX groups_external_id;
CREATE UNIQUE INDEX groups_external_id ON "groups" (organization_id, external_id, managed_by)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE UNIQUE INDEX groups_external_id_unmanaged ON "groups" (organization_id, external_id)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL AND managed_by IS NULL;
