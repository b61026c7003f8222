-- Which story a near-duplicate belongs to: a mention that begins a story claims its keys, and the oldest claim counts.
-- Keys are hashes that are looked up one by one: small granules, so that a look-up reads little.
CREATE TABLE IF NOT EXISTS story_claims
(
    key        UInt64                 COMMENT 'Key of a text, from enrichment' CODEC(NONE),
    claimed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was claimed, by the clock of the database' CODEC(Delta, LZ4),
    story      UInt64                 COMMENT 'Story that claims it; story_id of the mentions in hexadecimal' CODEC(NONE),
    sketch     UInt64                 COMMENT 'Sketch of the text that claims it' CODEC(NONE)
)
ENGINE = ReplacingMergeTree
ORDER BY (key, story, sketch, claimed_at)
SETTINGS index_granularity = 128, min_compress_block_size = 4096, max_compress_block_size = 16384;
