-- Seats, break-glass accounts, the brake on mass deactivation, and what a stripped user had.

ALTER TABLE organizations
    ADD COLUMN active_user_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN break_glass_count bigint NOT NULL DEFAULT 0,
    -- Domains with a comma between.
    ADD COLUMN verified_domains text COLLATE "C" NOT NULL DEFAULT '';
UPDATE organizations SET active_user_count =
    (SELECT count(*) FROM users WHERE organization_id = organizations.id AND deleted_at IS NULL AND active);

ALTER TABLE users ADD COLUMN break_glass boolean NOT NULL DEFAULT false;
-- A deleted user is inactive.
UPDATE users SET active = false WHERE deleted_at IS NOT NULL AND active;
CREATE INDEX users_break_glass ON users (organization_id, id)
    WHERE deleted_at IS NULL AND break_glass;
-- Former holders of an external id.
CREATE INDEX users_deleted_external_id ON users (organization_id, external_id, deleted_at)
    WHERE deleted_at IS NOT NULL AND external_id IS NOT NULL;

ALTER TABLE connections
    ADD COLUMN brake_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN brake_share bigint NOT NULL DEFAULT 0,
    -- Seconds.
    ADD COLUMN brake_window bigint NOT NULL DEFAULT 3600,
    ADD COLUMN brake_state text COLLATE "C" NOT NULL DEFAULT 'ready',
    ADD COLUMN brake_since_at timestamptz,
    ADD COLUMN brake_used bigint NOT NULL DEFAULT 0,
    ADD COLUMN brake_allowed bigint NOT NULL DEFAULT 0;

-- Roles and groups that a deactivation took, for a reactivation that gives them back.
CREATE TABLE former_access (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
