-- A summary of the requests of each connection, which outlives their records. Bits of failed_changes and failed_requests: the last ones, 1 for a
-- failure, the newest lowest. The state is the one that the change log was told last.
CREATE TABLE connection_health (
    organization_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    last_request_at INTEGER,
    last_success_at INTEGER,
    last_change_at INTEGER,
    last_failure_at INTEGER,
    last_failure_id BLOB,
    last_failure_status INTEGER NOT NULL,
    last_failure_reason TEXT NOT NULL,
    failed_changes INTEGER NOT NULL,
    failed_requests INTEGER NOT NULL,
    state TEXT,
    since_at INTEGER,
    told_at INTEGER,
    PRIMARY KEY (organization_id, connection_id)
) STRICT, WITHOUT ROWID;
-- How many requests had an outcome in an hour; the hours of a day take turns in 24 slots.
CREATE TABLE connection_outcomes (
    organization_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    slot INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    hour INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (organization_id, connection_id, slot, outcome)
) STRICT, WITHOUT ROWID;
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
