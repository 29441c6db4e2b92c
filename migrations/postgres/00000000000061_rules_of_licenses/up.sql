-- Of the rules in one place the oldest gives the licence, to users of several groups too, so it is told which rule that was.
ALTER TABLE group_licenses ADD COLUMN rule_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';

UPDATE group_licenses SET rule_id = coalesce((
    SELECT rule.id FROM mapping_rules AS rule
    WHERE rule.organization_id = group_licenses.organization_id
        AND rule.position = group_licenses.position
        AND rule.target_kind = 'license'
        AND rule.target_value = group_licenses.license
    ORDER BY rule.id LIMIT 1
), rule_id);
