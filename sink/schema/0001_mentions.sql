-- One row per state of a mention. Read the view `mentions` instead: it shows each mention once, in its newest state.
-- The sorting key holds the publication time, so that a question about a week reads a week. It is exact because
-- `mention_keys` pins that time at first sight: all states of a mention share one key, whatever later events say.
CREATE TABLE IF NOT EXISTS mention_rows
(
    id                   String                 COMMENT 'Stable id: source, colon, the id at the source' CODEC(ZSTD(3)),
    published_at         DateTime64(3, 'UTC')   COMMENT 'When it was published (UTC)' CODEC(Delta, ZSTD(1)),
    source               LowCardinality(String) COMMENT 'Type of the source: bluesky, rss, import …',
    site                 LowCardinality(String) COMMENT 'Host name it was published on',
    kind                 LowCardinality(String) COMMENT 'post, comment, review, article, question, answer, issue or survey',
    title                String                 COMMENT 'Headline' CODEC(ZSTD(3)),
    text                 String                 COMMENT 'Body as plain text' CODEC(ZSTD(3)),
    url                  String                 COMMENT 'Where to read it' CODEC(ZSTD(3)),
    lang                 LowCardinality(String) COMMENT 'Detected language (ISO 639), und when unknown',
    lang_confidence      Float32                COMMENT 'How sure the language is, 0 to 1',
    lang_hint            LowCardinality(String) COMMENT 'Language declared by the source',
    country              LowCardinality(String) COMMENT 'Country (ISO 3166-1 alpha-2), empty when unknown',
    sentiment            LowCardinality(String) COMMENT 'negative, neutral or positive',
    sentiment_score      Float32                COMMENT 'Tone from -1 to 1',
    sentiment_confidence Float32                COMMENT 'How sure the tone is, 0 to 1',
    brands               Array(LowCardinality(String)) COMMENT 'Brands it speaks of',
    products             Array(LowCardinality(String)) COMMENT 'Products it speaks of',
    topics               Array(LowCardinality(String)) COMMENT 'Topics it speaks of',
    topic_scores         Array(Float32)         COMMENT 'Tone of each topic, in the order of topics',
    topic_evidence       Array(Tuple(UInt32, UInt32)) COMMENT 'Where each topic is said: byte offsets into title, line feed, text',
    intent               LowCardinality(String) COMMENT 'complaint, question, request, praise, churn or other',
    spam_score           Float32                COMMENT 'How much it looks like spam, 0 to 1',
    story_id             String                 COMMENT 'Near-duplicates share a story; empty when it stands alone' CODEC(ZSTD(1)),
    author_id            String                 COMMENT 'Stable account id at the source' CODEC(ZSTD(1)),
    author_handle        String                 COMMENT 'Account name' CODEC(ZSTD(1)),
    author_name          String                 COMMENT 'Display name' CODEC(ZSTD(1)),
    author_followers     Nullable(UInt64)       COMMENT 'Followers when last looked at',
    likes                Nullable(UInt64)       COMMENT 'Likes, upvotes, points',
    replies              Nullable(UInt64)       COMMENT 'Comments and replies',
    shares               Nullable(UInt64)       COMMENT 'Reposts, boosts, shares',
    views                Nullable(UInt64)       COMMENT 'Views',
    rating               Nullable(Float32)      COMMENT 'Rating from 0 (worst) to 1 (best)',
    product_hint         String                 COMMENT 'Product named by the source',
    parent_id            String                 COMMENT 'Id of the mention it answers' CODEC(ZSTD(1)),
    thread_id            String                 COMMENT 'Id of the first mention of the conversation' CODEC(ZSTD(1)),
    extra                String                 COMMENT 'What else the source told, as JSON' CODEC(ZSTD(3)),
    edited_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was last edited (UTC)',
    collected_at         DateTime64(3, 'UTC')   COMMENT 'When it was read from the source (UTC)' CODEC(Delta, ZSTD(1)),
    revision             UInt64                 COMMENT '0 as first published, then the time of the edit in milliseconds',
    model_version        LowCardinality(String) COMMENT 'Model that gave the labels',
    rules_version        LowCardinality(String) COMMENT 'Fingerprint of the brands, products and topics in force',
    raw_partition        UInt16                 COMMENT 'Partition of the raw topic it came from',
    raw_offset           UInt64                 COMMENT 'Offset in that partition' CODEC(Delta, ZSTD(1)),
    version              UInt64                 COMMENT 'Orders the states of one mention; the highest counts',
    is_deleted           UInt8                  COMMENT '1: the mention is gone at its source; nothing but its key is left',
    INDEX author_id author_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(published_at)
ORDER BY (toDate(published_at), id);

-- Pins the publication time of each mention at first sight. The first claim counts: `any` keeps the earliest insert.
CREATE TABLE IF NOT EXISTS mention_keys
(
    id_hash      UInt128 COMMENT 'First 128 bits of the SHA-256 of the id',
    published_at SimpleAggregateFunction(any, DateTime64(3, 'UTC')) COMMENT 'Publication time that all its rows carry'
)
ENGINE = AggregatingMergeTree
ORDER BY id_hash
-- Hashes are looked up one by one, each at the cost of a granule.
SETTINGS index_granularity = 256, min_compress_block_size = 4096, max_compress_block_size = 16384;

-- Deletions of mentions that are not stored: if one comes later, it is deleted at once. Sources that tell of every
-- deletion in a network write millions; here each takes 24 bytes, and questions about mentions never read them.
CREATE TABLE IF NOT EXISTS early_deletions
(
    id_hash UInt128 COMMENT 'First 128 bits of the SHA-256 of the id',
    at      DateTime64(3, 'UTC') COMMENT 'When it was deleted'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY id_hash
SETTINGS index_granularity = 256, min_compress_block_size = 4096, max_compress_block_size = 16384;

-- Authors who are to be forgotten: their mentions published up to `at` are deleted, whenever those arrive.
CREATE TABLE IF NOT EXISTS forgotten_authors
(
    source    LowCardinality(String),
    author_id String,
    at        DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (source, author_id);

-- What everyone reads: each mention exactly once, in its newest state, and not at all once it is deleted.
-- No mention has rows in two partitions (its publication time is pinned), so partitions need not be merged together.
CREATE OR REPLACE VIEW mentions AS
SELECT * EXCEPT (version, is_deleted)
FROM mention_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
