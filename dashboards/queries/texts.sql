-- The newest texts of a period. Of each story one, so that what is copied does not count as said by many. First it is found how
-- far back they reach, by the times alone: sorting millions of texts would take all memory.
WITH (
    SELECT (min(published_at), count()) FROM (
        SELECT published_at FROM mentions WHERE $filter AND $covered ORDER BY published_at DESC LIMIT {most:UInt32}
    )
) AS newest
SELECT title, substringUTF8(text, 1, $shown) AS shown_text, sentiment = 'negative' AS negative, sentiment = 'positive' AS positive,
    ifNull(newest.2 >= {most:UInt32}, false) AS has_older
FROM mentions
WHERE $filter
    AND $covered
    AND published_at >= newest.1
ORDER BY published_at DESC, id DESC
LIMIT 1 BY if(story_id = '', id, story_id)
LIMIT {limit:UInt32}
