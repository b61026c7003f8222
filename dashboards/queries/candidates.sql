-- The texts that a search must look at, with what is known about them.
SELECT
    cityHash64(id) AS key,
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
    author_followers
FROM mentions
WHERE published_at >= {from:DateTime64(3, 'UTC')}
    AND published_at < {to:DateTime64(3, 'UTC')}
    AND $candidate
