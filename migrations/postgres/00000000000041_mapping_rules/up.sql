-- Which groups carry which role or licence. What the rules come to is stored with the groups: roles as grants of the source `mapping`,
-- licences in `group_licenses`. So a membership costs nothing more, and a change of a rule costs the groups that it is about.
CREATE TABLE mapping_rules (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    position integer NOT NULL,
    match_kind text COLLATE "C" NOT NULL,
    match_value text COLLATE "C" NOT NULL,
    target_kind text COLLATE "C" NOT NULL,
    target_value text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE group_licenses (
    organization_id uuid NOT NULL,
    group_id uuid NOT NULL,
    position integer NOT NULL,
    license text COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, group_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id)
);
