ALTER TABLE group_licenses DROP COLUMN rule_id;
