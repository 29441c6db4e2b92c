DROP TABLE group_licenses;
DROP TABLE mapping_rules;
