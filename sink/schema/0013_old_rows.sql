-- All rows are in `mention_states` now.
DROP TABLE IF EXISTS mention_rows;
