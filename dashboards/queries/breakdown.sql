-- Volume and tone by one property. `$name` is one of the closed set of expressions in `filter.rs`; `names` limits the answer
-- to these values, empty for all. The total is of all values, listed or not.
SELECT name, mentions, stories, negative, neutral, positive, total
FROM
(
    SELECT
        $name AS name,
        count() AS mentions,
        countIf(story_key = 0) + uniqExactIf(story_key, story_key != 0) AS stories,
        countIf(sentiment = 'negative') AS negative,
        countIf(sentiment = 'neutral') AS neutral,
        countIf(sentiment = 'positive') AS positive,
        sum(count()) OVER () AS total
    FROM mentions
    WHERE $filter
    GROUP BY name
    HAVING name != ''
)
WHERE empty({names:Array(String)}) OR has({names:Array(String)}, name)
ORDER BY mentions DESC, name
LIMIT {limit:UInt32}
