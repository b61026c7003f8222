-- Names and numbers of these authors, as last seen.
SELECT
    author_key,
    any(source) AS author_source,
    any(author_id) AS author,
    argMax(author_handle, published_at) AS handle,
    argMax(author_name, published_at) AS name,
    argMax(author_followers, published_at) AS followers,
    count() AS mentions,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive,
    sum(views) AS views,
    toUnixTimestamp64Milli(max(published_at)) AS last_ms
FROM mentions
WHERE $filter
    AND author_key IN {keys:Array(UInt64)}
GROUP BY author_key
