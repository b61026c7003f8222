-- Volume and tone over time. The starts of the buckets come with the question, so that only one place knows about
-- time zones and summer time; buckets without a mention give no row.
SELECT
    roundDown(toUnixTimestamp64Milli(published_at), {starts:Array(Int64)}) AS start,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM mentions
WHERE $filter
GROUP BY start
ORDER BY start
