-- The newest mentions, as a listening query sees them, and whether they have the label already. `$labels` is one of the closed
-- set of columns in `rules.rs`. The newest are found by two small columns, so that texts are read of those only.
SELECT
    id,
    toUnixTimestamp64Milli(published_at) AS published_ms,
    title,
    text,
    source,
    site,
    url,
    author_handle,
    author_name,
    author_id,
    lang,
    country,
    kind,
    rating,
    author_followers,
    has($labels, {name:String}) AS labelled
FROM mentions
WHERE (published_at, id) IN (SELECT published_at, id FROM mentions ORDER BY published_at DESC, id DESC LIMIT {most:UInt32})
ORDER BY published_at DESC, id DESC
