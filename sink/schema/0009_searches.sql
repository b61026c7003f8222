-- What the search box of the dashboards found: the mentions of one search, by the hash of their ids. They are used for a
-- minute, and gone an hour later.
CREATE TABLE IF NOT EXISTS search_keys
(
    search UInt64 COMMENT 'Number of the search',
    key    UInt64 COMMENT 'cityHash64 of the id of a mention' CODEC(NONE),
    at     DateTime DEFAULT now() COMMENT 'When it was found' CODEC(Delta, LZ4)
)
ENGINE = MergeTree
ORDER BY (search, key)
TTL at + INTERVAL 1 HOUR
SETTINGS index_granularity = 1024;
