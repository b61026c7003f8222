-- One page of mentions after the one that the cursor names. `order.rs` says what is listed and in which order.
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
    rating,
    toUInt64($rank) AS rank
FROM mentions
WHERE $listed
    AND (toUInt64($rank), published_at, id)
        $beyond ({before_rank:UInt64}, {before:DateTime64(3, 'UTC')}, {before_id:String})
ORDER BY rank $order, published_at $order, id $order
LIMIT {limit:UInt32}
