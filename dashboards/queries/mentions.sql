-- One page of mentions, newest first, after the one that the cursor names.
SELECT
    id,
    toUnixTimestamp64Milli(published_at) AS published_ms,
    source,
    site,
    kind,
    title,
    substringUTF8(text, 1, 4000) AS shown_text,
    lengthUTF8(text) > 4000 AS cut,
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
    AND (published_at, id) < ({before:DateTime64(3, 'UTC')}, {before_id:String})
ORDER BY published_at DESC, id DESC
LIMIT {limit:UInt32}
