-- Whether a mention is past its retention. `[privacy]` gives the expression its terms, and the table a TTL that says the
-- same. What is past it is not shown from that moment on; merges take it from the disk later.
ALTER TABLE mention_rows ADD COLUMN IF NOT EXISTS is_expired UInt8 ALIAS 0 COMMENT '1: past its retention';

-- Merges look for expired rows once an hour.
ALTER TABLE mention_rows MODIFY SETTING merge_with_ttl_timeout = 3600;

-- Settings that are part of the schema, as they were last applied.
CREATE TABLE IF NOT EXISTS schema_settings
(
    name       String,
    value      String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY name;

-- As before, without what is past its retention: a deletion must not expire on disk before the row that it hides.
CREATE OR REPLACE VIEW mentions AS
SELECT * EXCEPT (version, is_deleted)
FROM mention_rows FINAL
WHERE NOT is_expired
SETTINGS do_not_merge_across_partitions_select_final = 1;
