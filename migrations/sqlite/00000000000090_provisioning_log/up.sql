-- Requests of identity providers, for people who ask what became of them. Ids grow with time. Keys compare as they are.
CREATE TABLE provisioning_requests (
    organization_id BLOB NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    connection_id BLOB,
    token_id BLOB,
    request_id TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    target_id TEXT,
    target_name TEXT,
    target_name_key TEXT,
    target_external_id TEXT,
    target_external_id_key TEXT,
    action TEXT NOT NULL,
    count INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER NOT NULL,
    scim_type TEXT NOT NULL,
    detail TEXT NOT NULL,
    reason TEXT NOT NULL,
    revision INTEGER NOT NULL,
    statements TEXT NOT NULL,
    duration_micros INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX provisioning_requests_target ON provisioning_requests (organization_id, target_id, id)
    WHERE target_id IS NOT NULL;
CREATE INDEX provisioning_requests_name ON provisioning_requests (organization_id, target_name_key, id)
    WHERE target_name_key IS NOT NULL;
CREATE INDEX provisioning_requests_external_id ON provisioning_requests (organization_id, target_external_id_key, id)
    WHERE target_external_id_key IS NOT NULL;
