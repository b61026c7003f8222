-- How much is said, in which tone, on how many sources, by how many authors.
SELECT
    count() AS mentions,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive,
    uniqExact(source) AS sources,
    uniqExactIf((source, author_id), author_id != '') AS authors
FROM mentions
WHERE $filter
