-- Who speaks. A new voice said nothing from `silent_from` up to the period; where nobody did, nothing can be told.
SELECT source, author_id, handle, name, followers, mentions, negative, neutral, positive, views, last_ms, is_new, total, total_new,
    ifNull(
        (
            SELECT count()
            FROM mentions
            WHERE published_at >= {silent_from:DateTime64(3, 'UTC')} AND published_at < {from:DateTime64(3, 'UTC')}
        ), 0) AS heard_before
FROM
(
    SELECT
        source,
        author_id,
        argMax(author_handle, published_at) AS handle,
        argMax(author_name, published_at) AS name,
        argMax(author_followers, published_at) AS followers,
        count() AS mentions,
        countIf(sentiment = 'negative') AS negative,
        countIf(sentiment = 'neutral') AS neutral,
        countIf(sentiment = 'positive') AS positive,
        sum(views) AS views,
        toUnixTimestamp64Milli(max(published_at)) AS last_ms,
        cityHash64(source, author_id) NOT IN
        (
            SELECT cityHash64(source, author_id)
            FROM mentions
            WHERE published_at >= {silent_from:DateTime64(3, 'UTC')}
                AND published_at < {from:DateTime64(3, 'UTC')}
                AND author_id != ''
        ) AS is_new,
        count() OVER () AS total,
        countIf(is_new) OVER () AS total_new
    FROM mentions
    WHERE $filter
        AND author_id != ''
    GROUP BY source, author_id
)
WHERE $shown
ORDER BY $order, source, author_id
LIMIT {limit:UInt32}
