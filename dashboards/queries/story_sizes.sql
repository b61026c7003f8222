-- How many mentions tell each of these stories.
SELECT story_id, count() AS mentions
FROM mentions
WHERE $filter
    AND has({stories:Array(String)}, story_id)
GROUP BY story_id
