-- Seats, break-glass accounts, the brake on mass deactivation, and what a stripped user had.

ALTER TABLE organizations ADD COLUMN active_user_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN break_glass_count INTEGER NOT NULL DEFAULT 0;
-- Domains with a comma between.
ALTER TABLE organizations ADD COLUMN verified_domains TEXT NOT NULL DEFAULT '';
UPDATE organizations SET active_user_count =
    (SELECT count(*) FROM users WHERE organization_id = organizations.id AND deleted_at IS NULL AND active);

ALTER TABLE users ADD COLUMN break_glass INTEGER NOT NULL DEFAULT 0;
-- A deleted user is inactive.
UPDATE users SET active = 0 WHERE deleted_at IS NOT NULL AND active;
CREATE INDEX users_break_glass ON users (organization_id, id)
    WHERE deleted_at IS NULL AND break_glass;
-- Former holders of an external id.
CREATE INDEX users_deleted_external_id ON users (organization_id, external_id, deleted_at)
    WHERE deleted_at IS NOT NULL AND external_id IS NOT NULL;

ALTER TABLE connections ADD COLUMN brake_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN brake_share INTEGER NOT NULL DEFAULT 0;
-- Seconds.
ALTER TABLE connections ADD COLUMN brake_window INTEGER NOT NULL DEFAULT 3600;
ALTER TABLE connections ADD COLUMN brake_state TEXT NOT NULL DEFAULT 'ready';
ALTER TABLE connections ADD COLUMN brake_since_at INTEGER;
ALTER TABLE connections ADD COLUMN brake_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN brake_allowed INTEGER NOT NULL DEFAULT 0;

-- Roles and groups that a deactivation took, for a reactivation that gives them back.
CREATE TABLE former_access (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;
