-- How many mentions there are to page through, and how many stories they tell.
SELECT
    count() AS mentions,
    countIf(story_key = 0) + uniqExactIf(story_key, story_key != 0) AS stories
FROM mentions
WHERE $listed
