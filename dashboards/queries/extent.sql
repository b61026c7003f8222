-- All that is stored: how much, and from when to when.
SELECT
    count() AS mentions,
    toUnixTimestamp64Milli(min(published_at)) AS oldest_ms,
    toUnixTimestamp64Milli(max(published_at)) AS newest_ms,
    toUnixTimestamp64Milli(max(collected_at)) AS collected_ms
FROM mentions
