-- Volume and tone by one property. `$name` is one of the closed set of expressions in `breakdown.rs`.
SELECT
    $name AS name,
    count() AS mentions,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM mentions
WHERE $filter
GROUP BY name
ORDER BY mentions DESC, name
LIMIT {limit:UInt32}
