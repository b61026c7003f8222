-- How many mentions there are to page through.
SELECT count() AS mentions
FROM mentions
WHERE $filter
