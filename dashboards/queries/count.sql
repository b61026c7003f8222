-- How many mentions there are to page through, and how many stories they tell.
SELECT
    count() AS mentions,
    countIf(story_id = '') + uniqExactIf(cityHash64(story_id), story_id != '') AS stories
FROM mentions
WHERE $listed
