-- Who speaks most or reaches furthest. They are found by numbers alone: the names of half a million authors would not fit into
-- memory, and are read of those that are shown, see `authors_shown.sql`. A new voice said nothing from `silent_from` up to the
-- period; where nobody did, nothing can be told.
SELECT author_key, is_new, total, total_new,
    ifNull(
        (
            SELECT true
            FROM mentions
            WHERE published_at >= {silent_from:DateTime64(3, 'UTC')} AND published_at < {from:DateTime64(3, 'UTC')}
            LIMIT 1
        ), false) AS heard_before
FROM
(
    SELECT
        author_key,
        -- Those whose followers nobody told come last.
        if(countIf(author_followers IS NOT NULL) = 0, -1,
            toInt64(argMaxIf(assumeNotNull(author_followers), published_at, author_followers IS NOT NULL))) AS followers,
        count() AS mentions,
        countIf(sentiment = 'negative') AS negative,
        author_key NOT IN
        (
            SELECT author_key
            FROM mentions
            WHERE published_at >= {silent_from:DateTime64(3, 'UTC')}
                AND published_at < {from:DateTime64(3, 'UTC')}
                AND author_key != 0
        ) AS is_new,
        count() OVER () AS total,
        countIf(is_new) OVER () AS total_new
    FROM mentions
    WHERE $filter
        AND author_key != 0
    GROUP BY author_key
)
WHERE $shown
ORDER BY $order, author_key
LIMIT {limit:UInt32}
