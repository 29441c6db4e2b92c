-- Which groups carry which role or licence. What the rules come to is stored with the groups: roles as grants of the source `mapping`,
-- licences in `group_licenses`. So a membership costs nothing more, and a change of a rule costs the groups that it is about.
CREATE TABLE mapping_rules (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id BLOB NOT NULL,
    position INTEGER NOT NULL,
    match_kind TEXT NOT NULL,
    match_value TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_value TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_licenses (
    organization_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    license TEXT NOT NULL,
    PRIMARY KEY (organization_id, group_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id)
) STRICT, WITHOUT ROWID;
