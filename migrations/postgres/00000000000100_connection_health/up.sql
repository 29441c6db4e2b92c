-- A summary of the requests of each connection, which outlives their records. Bits of failed_changes and failed_requests: the last ones, 1 for a
-- failure, the newest lowest. The state is the one that the change log was told last.
CREATE TABLE connection_health (
    organization_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    last_request_at timestamptz,
    last_success_at timestamptz,
    last_change_at timestamptz,
    last_failure_at timestamptz,
    last_failure_id uuid,
    last_failure_status integer NOT NULL,
    last_failure_reason text COLLATE "C" NOT NULL,
    failed_changes bigint NOT NULL,
    failed_requests bigint NOT NULL,
    state text COLLATE "C",
    since_at timestamptz,
    told_at timestamptz,
    PRIMARY KEY (organization_id, connection_id)
);
-- How many requests had an outcome in an hour; the hours of a day take turns in 24 slots.
CREATE TABLE connection_outcomes (
    organization_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    slot integer NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    hour bigint NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, slot, outcome)
);
INSERT INTO connection_health
    (organization_id, connection_id, last_request_at, last_success_at, last_change_at, last_failure_status, last_failure_reason, failed_changes, failed_requests)
SELECT organization_id, connection_id, max(at),
    max(CASE WHEN outcome IN ('applied', 'unchanged', 'partly_ignored') THEN at END),
    max(CASE WHEN revision > 0 THEN at END),
    0, '', 0, 0
FROM provisioning_requests AS request
WHERE EXISTS (
    SELECT 1 FROM connections
    WHERE connections.organization_id = request.organization_id AND connections.id = request.connection_id
)
GROUP BY organization_id, connection_id;
