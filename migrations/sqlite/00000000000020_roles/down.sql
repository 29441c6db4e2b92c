ALTER TABLE connections DROP COLUMN roles_read_at;
ALTER TABLE connections DROP COLUMN max_role;
ALTER TABLE organizations DROP COLUMN has_ceilings;
ALTER TABLE organizations DROP COLUMN has_other_grants;
DROP INDEX role_grants_role;
DROP TABLE roles;
DROP TABLE projects;
