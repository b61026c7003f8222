-- How much is said, in which tone, on how many sources, by how many authors. Authors are counted by a hash of 64 bits,
-- in a fraction of the memory that their ids would take; two of a million authors share one with a probability of 3 in 100 million.
SELECT
    count() AS mentions,
    countIf(story_key = 0) + uniqExactIf(story_key, story_key != 0) AS stories,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive,
    uniqExact(source) AS sources,
    uniqExactIf(author_key, author_key != 0) AS authors
FROM mentions
WHERE $filter
