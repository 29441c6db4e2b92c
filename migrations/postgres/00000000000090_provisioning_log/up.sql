-- Requests of identity providers, for people who ask what became of them. Ids grow with time. Keys compare as they are.
CREATE TABLE provisioning_requests (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    connection_id uuid,
    token_id uuid,
    request_id text COLLATE "C" NOT NULL,
    user_agent text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    path text COLLATE "C" NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    target_id text COLLATE "C",
    target_name text COLLATE "C",
    target_name_key text COLLATE "C",
    target_external_id text COLLATE "C",
    target_external_id_key text COLLATE "C",
    action text COLLATE "C" NOT NULL,
    count integer NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    status integer NOT NULL,
    scim_type text COLLATE "C" NOT NULL,
    detail text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    statements text COLLATE "C" NOT NULL,
    duration_micros bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX provisioning_requests_target ON provisioning_requests (organization_id, target_id, id)
    WHERE target_id IS NOT NULL;
CREATE INDEX provisioning_requests_name ON provisioning_requests (organization_id, target_name_key, id)
    WHERE target_name_key IS NOT NULL;
CREATE INDEX provisioning_requests_external_id ON provisioning_requests (organization_id, target_external_id_key, id)
    WHERE target_external_id_key IS NOT NULL;
