-- What people corrected: the newest correction of each field counts, whatever the models say, now or later. A correction is
-- never changed; one with an empty `new` withdraws those before it.
CREATE TABLE IF NOT EXISTS corrections
(
    mention_id   String                 COMMENT 'Id of the mention',
    published_on Date                   COMMENT 'Day of its publication (UTC): the view looks for corrections on these days only',
    field        LowCardinality(String) COMMENT 'sentiment, topics, brands, products, intent, lang or spam',
    old          String                 COMMENT 'What the mention said before; lists as JSON',
    new          String                 COMMENT 'What it says now; lists as JSON; empty: what the models say',
    corrected_by String                 COMMENT 'Who corrected it',
    corrected_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When, by the clock of the database',
    CONSTRAINT known_field CHECK field IN ('sentiment', 'topics', 'brands', 'products', 'intent', 'lang', 'spam')
)
ENGINE = MergeTree
ORDER BY (mention_id, field, corrected_at);

-- One row a corrected mention; a field that nobody corrected is empty.
CREATE OR REPLACE VIEW corrections_in_force AS
SELECT mention_id,
    argMaxIf(new, corrected_at, field = 'sentiment') AS sentiment,
    argMaxIf(new, corrected_at, field = 'topics') AS topics,
    argMaxIf(new, corrected_at, field = 'brands') AS brands,
    argMaxIf(new, corrected_at, field = 'products') AS products,
    argMaxIf(new, corrected_at, field = 'intent') AS intent,
    argMaxIf(new, corrected_at, field = 'lang') AS lang,
    argMaxIf(new, corrected_at, field = 'spam') AS spam
FROM corrections
GROUP BY mention_id;

-- As before, with corrections. Days without any are read as they were, without even looking at ids: the sorting key begins
-- with the day, so each half reads its own days only.
CREATE OR REPLACE VIEW mentions AS
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
