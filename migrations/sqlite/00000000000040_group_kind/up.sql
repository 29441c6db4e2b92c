-- A pool is a group that the product treats as one: its members inherit its roles, as those of every group do.
ALTER TABLE groups ADD COLUMN kind TEXT NOT NULL DEFAULT 'group';
