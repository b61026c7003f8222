-- The newest texts of a period. Of each story one, so that what is copied does not count as said by many.
SELECT title, substringUTF8(text, 1, $shown) AS shown_text, sentiment = 'negative' AS negative, sentiment = 'positive' AS positive
FROM mentions
WHERE $filter
    AND $covered
ORDER BY published_at DESC, id DESC
LIMIT 1 BY if(story_id = '', id, story_id)
LIMIT {limit:UInt32}
