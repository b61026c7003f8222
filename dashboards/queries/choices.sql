-- How many mentions have each value of some properties, in one reading. `$names` are columns with one value a mention; in a row of
-- one of them the others are empty, and their bits of `others` are set, the first name's the highest.
SELECT
    concat('', $names) AS name,
    grouping($names) AS others,
    count() AS mentions
FROM mentions
WHERE $filter
GROUP BY GROUPING SETS ($sets)
HAVING name != ''
ORDER BY mentions DESC, name
LIMIT {limit:UInt32} BY others
