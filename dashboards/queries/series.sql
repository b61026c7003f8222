-- Volume and tone over time by one property, see `timeline.sql` and `breakdown.sql`.
SELECT
    $name AS name,
    roundDown(toUnixTimestamp64Milli(published_at), {starts:Array(Int64)}) AS start,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM mentions
WHERE $filter
GROUP BY name, start
HAVING has({names:Array(String)}, name)
ORDER BY name, start
