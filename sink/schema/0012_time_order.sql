-- Rows are sorted by time, and of one time by a hash of the id. Sorted by day and id, as before, all parts of a day overlap, and
-- `FINAL` compares long texts row by row: over a month that is still written to, a question took 3.4 times as long as of a plain
-- table, and takes 1.6 times now. The newest mentions lie at the end of each part. A sorting key cannot be changed, so the rows move to
-- a table of their own. Older sinks must be stopped before.
ALTER TABLE mention_rows
    ADD COLUMN IF NOT EXISTS id_hash UInt128 MATERIALIZED reinterpretAsUInt128(reverse(substring(SHA256(id), 1, 16)))
        COMMENT 'First 128 bits of the SHA-256 of the id, as in mention_keys' CODEC(NONE),
    ADD COLUMN IF NOT EXISTS author_key UInt64 MATERIALIZED if(author_id = '', 0, greatest(cityHash64(source, author_id), 1))
        COMMENT 'Hash of source and author_id: counts authors fast; 0 when there is none',
    ADD COLUMN IF NOT EXISTS story_key UInt64 MATERIALIZED if(story_id = '', 0, greatest(cityHash64(story_id), 1))
        COMMENT 'Hash of story_id: counts stories fast; 0 when it stands alone';

CREATE TABLE IF NOT EXISTS mention_states AS mention_rows
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(published_at)
ORDER BY (published_at, id_hash)
SETTINGS merge_with_ttl_timeout = 3600, min_age_to_force_merge_seconds = 900, min_age_to_force_merge_on_partition_only = 1
COMMENT 'One row per state of a mention. Read the view `mentions` instead: it shows each once, in its newest state';

-- In small blocks and by one thread, for memory's sake. Rows that are copied twice replace each other.
INSERT INTO mention_states SELECT * FROM mention_rows
SETTINGS max_partitions_per_insert_block = 0, max_threads = 1, max_insert_threads = 1, max_block_size = 8192,
    min_insert_block_size_rows = 100000, min_insert_block_size_bytes = 67108864, optimize_on_insert = 0;

-- The retention is a property of the table: it is put in force again.
INSERT INTO schema_settings (name, value) VALUES ('retention', 'of the table before');

-- How far labelling again came is told by the new key.
ALTER TABLE relabels
    DROP COLUMN IF EXISTS day,
    DROP COLUMN IF EXISTS id,
    ADD COLUMN IF NOT EXISTS published_at DateTime64(3, 'UTC') COMMENT 'Up to this time of publication' AFTER scope,
    ADD COLUMN IF NOT EXISTS id_hash UInt128 COMMENT 'and of that time up to this hash of an id' AFTER published_at;

-- As before, and with what counts authors and stories fast.
CREATE OR REPLACE VIEW mentions
(
    id                   String                         COMMENT 'Stable id: source, colon, the id at the source',
    published_at         DateTime64(3, 'UTC')           COMMENT 'When it was published (UTC)',
    source               LowCardinality(String)         COMMENT 'Type of the source: bluesky, rss, import …',
    site                 LowCardinality(String)         COMMENT 'Host name it was published on',
    kind                 LowCardinality(String)         COMMENT 'post, comment, review, article, question, answer, issue or survey',
    title                String                         COMMENT 'Headline',
    text                 String                         COMMENT 'Body as plain text',
    url                  String                         COMMENT 'Where to read it',
    lang                 LowCardinality(String)         COMMENT 'Detected language (ISO 639), und when unknown',
    lang_confidence      Float32                        COMMENT 'How sure the language is, 0 to 1',
    lang_hint            LowCardinality(String)         COMMENT 'Language declared by the source',
    country              LowCardinality(String)         COMMENT 'Country (ISO 3166-1 alpha-2), empty when unknown',
    sentiment            LowCardinality(String)         COMMENT 'negative, neutral or positive',
    sentiment_score      Float32                        COMMENT 'Tone from -1 to 1',
    sentiment_confidence Float32                        COMMENT 'How sure the tone is, 0 to 1',
    brands               Array(LowCardinality(String))  COMMENT 'Brands it speaks of',
    products             Array(LowCardinality(String))  COMMENT 'Products it speaks of',
    topics               Array(LowCardinality(String))  COMMENT 'Topics it speaks of',
    topic_scores         Array(Float32)                 COMMENT 'Tone of each topic, in the order of topics',
    topic_evidence       Array(Tuple(UInt32, UInt32))   COMMENT 'Where each topic is said: byte offsets into title, line feed, text',
    intent               LowCardinality(String)         COMMENT 'complaint, question, request, praise, churn or other',
    spam_score           Float32                        COMMENT 'How much it looks like spam, 0 to 1',
    story_id             String                         COMMENT 'Near-duplicates share a story; empty when it stands alone',
    author_id            String                         COMMENT 'Stable account id at the source',
    author_handle        String                         COMMENT 'Account name',
    author_name          String                         COMMENT 'Display name',
    author_followers     Nullable(UInt64)               COMMENT 'Followers when last looked at',
    likes                Nullable(UInt64)               COMMENT 'Likes, upvotes, points',
    replies              Nullable(UInt64)               COMMENT 'Comments and replies',
    shares               Nullable(UInt64)               COMMENT 'Reposts, boosts, shares',
    views                Nullable(UInt64)               COMMENT 'Views',
    rating               Nullable(Float32)              COMMENT 'Rating from 0 (worst) to 1 (best)',
    product_hint         String                         COMMENT 'Product named by the source',
    parent_id            String                         COMMENT 'Id of the mention it answers',
    thread_id            String                         COMMENT 'Id of the first mention of the conversation',
    extra                String                         COMMENT 'What else the source told, as JSON',
    edited_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was last edited (UTC)',
    collected_at         DateTime64(3, 'UTC')           COMMENT 'When it was read from the source (UTC)',
    revision             UInt64                         COMMENT '0 as first published, then the time of the edit in milliseconds',
    model_version        LowCardinality(String)         COMMENT 'Model that gave the labels',
    rules_version        LowCardinality(String)         COMMENT 'Fingerprint of the brands, products and topics in force',
    raw_partition        UInt16                         COMMENT 'Partition of the raw topic it came from',
    raw_offset           UInt64                         COMMENT 'Offset in that partition',
    author_key           UInt64                         COMMENT 'Hash of source and author_id: counts authors fast; 0 when there is none',
    story_key            UInt64                         COMMENT 'Hash of story_id: counts stories fast; 0 when it stands alone'
)
AS
SELECT * EXCEPT (version, is_deleted), author_key, story_key
FROM mention_states FINAL
WHERE NOT is_expired
    AND ((SELECT count() = 0 FROM corrections) OR toDate(published_at) NOT IN (SELECT published_on FROM corrections))
UNION ALL
SELECT rows.* EXCEPT (version, is_deleted) REPLACE
(
    CAST(if(human.lang = '', toString(rows.lang), human.lang), 'LowCardinality(String)') AS lang,
    if(human.lang = '', rows.lang_confidence, toFloat32(1)) AS lang_confidence,
    CAST(if(human.sentiment = '', toString(rows.sentiment), human.sentiment), 'LowCardinality(String)') AS sentiment,
    if(human.sentiment = '', rows.sentiment_score,
        transform(human.sentiment, ['negative', 'positive'], [toFloat32(-1), toFloat32(1)], toFloat32(0))) AS sentiment_score,
    if(human.sentiment = '', rows.sentiment_confidence, toFloat32(1)) AS sentiment_confidence,
    CAST(if(human.brands = '', CAST(rows.brands, 'Array(String)'), JSONExtract(human.brands, 'Array(String)')), 'Array(LowCardinality(String))') AS brands,
    CAST(if(human.products = '', CAST(rows.products, 'Array(String)'), JSONExtract(human.products, 'Array(String)')), 'Array(LowCardinality(String))') AS products,
    CAST(if(human.topics = '', CAST(rows.topics, 'Array(String)'), JSONExtract(human.topics, 'Array(String)')), 'Array(LowCardinality(String))') AS topics,
    -- A topic that somebody added has the tone of the whole mention, and no evidence.
    if(human.topics = '', rows.topic_scores,
        arrayMap(topic -> if(has(rows.topics, topic), rows.topic_scores[indexOf(rows.topics, topic)], rows.sentiment_score),
            JSONExtract(human.topics, 'Array(String)'))) AS topic_scores,
    if(human.topics = '', rows.topic_evidence,
        arrayMap(topic -> rows.topic_evidence[indexOf(rows.topics, topic)],
            JSONExtract(human.topics, 'Array(String)'))) AS topic_evidence,
    CAST(if(human.intent = '', toString(rows.intent), human.intent), 'LowCardinality(String)') AS intent,
    if(human.spam = '', rows.spam_score, toFloat32(human.spam = 'yes')) AS spam_score
), rows.author_key AS author_key, rows.story_key AS story_key
FROM mention_states AS rows FINAL
LEFT ANY JOIN corrections_in_force AS human ON rows.id = human.mention_id
WHERE NOT rows.is_expired AND toDate(rows.published_at) IN (SELECT published_on FROM corrections)
SETTINGS do_not_merge_across_partitions_select_final = 1;
