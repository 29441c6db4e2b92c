DROP INDEX groups_out_of_sync;
