-- A pool is a group that the product treats as one: its members inherit its roles, as those of every group do.
ALTER TABLE groups ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'group';
