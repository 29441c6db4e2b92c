-- Groups that an identity provider made while groups.sync was off: rows that are deleted since they began. Only its client sees them.
CREATE INDEX groups_out_of_sync ON groups (organization_id, managed_by, display_name_key, id)
    WHERE deleted_at = created_at;
