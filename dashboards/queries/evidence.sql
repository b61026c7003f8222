-- Where one topic is spoken of, the most outspoken first, of each story one. Places are byte offsets into title, line feed,
-- text, or into the text alone.
SELECT
    id,
    toUnixTimestamp64Milli(published_at) AS published_ms,
    source,
    lang,
    products,
    if(author_name = '', author_handle, author_name) AS author,
    topic_scores[indexOf(topics, {of:String})] AS score,
    if(title = '', text, concat(title, '\n', text)) AS full_text,
    topic_evidence[indexOf(topics, {of:String})] AS place
FROM mentions
WHERE $filter
    AND ($tone)
ORDER BY round(abs(score), 1) DESC, published_at DESC, id DESC
LIMIT 1 BY if(story_id = '', id, story_id)
LIMIT {limit:UInt32}
