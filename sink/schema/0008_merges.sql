-- A month that has been quiet for a quarter of an hour becomes one part. Questions then read it as they would a plain table:
-- only where parts overlap has `FINAL` to compare rows, which costs two to four times as much.
ALTER TABLE mention_rows MODIFY SETTING min_age_to_force_merge_seconds = 900, min_age_to_force_merge_on_partition_only = 1;

ALTER TABLE erasures COMMENT COLUMN what 'mention, author or older_than, as asked; deletions: all that came from sources and requests';
