-- The views that people ask in SQL, with what each column means. The columns of `mentions` are those of its rows.
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
    raw_offset           UInt64                         COMMENT 'Offset in that partition'
)
AS
SELECT * EXCEPT (version, is_deleted)
FROM mention_rows FINAL
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
)
FROM mention_rows AS rows FINAL
LEFT ANY JOIN corrections_in_force AS human ON rows.id = human.mention_id
WHERE NOT rows.is_expired AND toDate(rows.published_at) IN (SELECT published_on FROM corrections)
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- One row a topic of a mention.
CREATE OR REPLACE VIEW topics
(
    mention_id   String                        COMMENT 'Id of the mention',
    published_at DateTime64(3, 'UTC')          COMMENT 'When it was published (UTC)',
    topic        LowCardinality(String)        COMMENT 'Topic it speaks of',
    score        Float32                       COMMENT 'Tone of what is said about the topic, -1 to 1',
    evidence     String                        COMMENT 'The words that say it; empty for a topic that somebody added by hand',
    sentiment    LowCardinality(String)        COMMENT 'Tone of the whole mention: negative, neutral or positive',
    intent       LowCardinality(String)        COMMENT 'complaint, question, request, praise, churn or other',
    brands       Array(LowCardinality(String)) COMMENT 'Brands it speaks of',
    products     Array(LowCardinality(String)) COMMENT 'Products it speaks of',
    source       LowCardinality(String)        COMMENT 'Type of the source',
    site         LowCardinality(String)        COMMENT 'Host name it was published on',
    lang         LowCardinality(String)        COMMENT 'Detected language (ISO 639)',
    country      LowCardinality(String)        COMMENT 'Country (ISO 3166-1 alpha-2)',
    author_id    String                        COMMENT 'Stable account id at the source',
    story_id     String                        COMMENT 'Near-duplicates share a story',
    url          String                        COMMENT 'Where to read it'
)
AS
SELECT id AS mention_id, published_at, topics[place] AS topic, topic_scores[place] AS score,
    substring(concat(title, '\n', text), topic_evidence[place].1 + 1, topic_evidence[place].2 - topic_evidence[place].1) AS evidence,
    sentiment, intent, brands, products, source, site, lang, country, author_id, story_id, url
-- The function, not the clause: whoever joins an array of this view by the clause would get an error of ClickHouse 26.7.
FROM (SELECT *, arrayJoin(arrayEnumerate(topics)) AS place FROM mentions);

-- One row a day, brand, source and language.
CREATE OR REPLACE VIEW daily
(
    day        Date                   COMMENT 'Day of publication (UTC)',
    brand      LowCardinality(String) COMMENT 'Brand; empty for mentions of none. A mention of two counts for both',
    source     LowCardinality(String) COMMENT 'Type of the source',
    lang       LowCardinality(String) COMMENT 'Detected language (ISO 639)',
    mentions   UInt64                 COMMENT 'Mentions',
    stories    UInt64                 COMMENT 'Stories: near-duplicates count once',
    authors    UInt64                 COMMENT 'Authors, as far as the source names them',
    negative   UInt64                 COMMENT 'Negative mentions',
    neutral    UInt64                 COMMENT 'Neutral mentions',
    positive   UInt64                 COMMENT 'Positive mentions',
    complaints UInt64                 COMMENT 'Mentions that complain'
)
AS
SELECT toDate(published_at) AS day, brand, source, lang,
    count() AS mentions, uniqExact(if(story_id = '', id, story_id)) AS stories, uniqExactIf(author_id, author_id != '') AS authors,
    countIf(sentiment = 'negative') AS negative, countIf(sentiment = 'neutral') AS neutral, countIf(sentiment = 'positive') AS positive,
    countIf(intent = 'complaint') AS complaints
FROM mentions
ARRAY JOIN if(empty(brands), [CAST('', 'LowCardinality(String)')], brands) AS brand
GROUP BY day, brand, source, lang;

-- One row an author, as far as sources name them.
CREATE OR REPLACE VIEW authors
(
    source    LowCardinality(String) COMMENT 'Type of the source',
    author_id String                 COMMENT 'Stable account id at the source',
    handle    String                 COMMENT 'Account name, as last seen',
    name      String                 COMMENT 'Display name, as last seen',
    followers Nullable(UInt64)       COMMENT 'Followers, as last seen',
    mentions  UInt64                 COMMENT 'Mentions',
    negative  UInt64                 COMMENT 'Negative mentions',
    neutral   UInt64                 COMMENT 'Neutral mentions',
    positive  UInt64                 COMMENT 'Positive mentions',
    first_at  DateTime64(3, 'UTC')   COMMENT 'First mention (UTC)',
    last_at   DateTime64(3, 'UTC')   COMMENT 'Last mention (UTC)'
)
AS
SELECT source, author_id, argMax(author_handle, published_at) AS handle, argMax(author_name, published_at) AS name,
    argMax(author_followers, published_at) AS followers, count() AS mentions, countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral, countIf(sentiment = 'positive') AS positive,
    min(published_at) AS first_at, max(published_at) AS last_at
FROM mentions
WHERE author_id != ''
GROUP BY source, author_id;

-- What the tables for people hold.
ALTER TABLE corrections MODIFY COMMENT 'One row a correction of a label by a person; the newest of each field counts';

ALTER TABLE ledger MODIFY COMMENT 'What became of each record of the raw topic, as sets of offsets: groupBitmapMerge(offsets) counts them';

ALTER TABLE erasures MODIFY COMMENT 'What people asked to erase, and when it was hidden and gone; read it with FINAL';
