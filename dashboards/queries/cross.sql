-- Volume and tone by two properties. `$row` and `$column` are expressions out of the closed set in `filter.rs`.
SELECT
    $row AS row,
    $column AS column,
    count() AS mentions,
    countIf(story_key = 0) + uniqExactIf(story_key, story_key != 0) AS stories,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM mentions
WHERE $filter
GROUP BY row, column
HAVING row != '' AND column != ''
ORDER BY mentions DESC, row, column
LIMIT {limit:UInt32}
