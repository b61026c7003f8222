-- These mentions, as far as they fit the filter.
SELECT
    id,
    toUnixTimestamp64Milli(published_at) AS published_ms,
    source,
    site,
    kind,
    title,
    text,
    url,
    lang,
    country,
    sentiment,
    sentiment_score,
    sentiment_confidence,
    brands,
    products,
    topics,
    topic_scores,
    intent,
    story_id,
    thread_id,
    author_id,
    author_handle,
    author_name,
    author_followers,
    likes,
    replies,
    shares,
    views,
    rating
FROM mentions
WHERE $filter
    AND id IN {ids:Array(String)}
