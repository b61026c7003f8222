-- Days that stand out, computed from the mentions as they are: a correction or a late mention changes them too.
CREATE OR REPLACE VIEW alerts
(
    day      Date                   COMMENT 'Day of publication (UTC)',
    brand    LowCardinality(String) COMMENT 'Brand',
    what     String                 COMMENT 'volume: far more mentions than usual; negative: far more negative ones; silence: none, where every day has some',
    mentions UInt64                 COMMENT 'Mentions of that day, or negative ones',
    usual    Float64                COMMENT 'Mean of the 28 days before',
    score    Float64                COMMENT 'How far from usual, in standard deviations; at least 3 but for silence'
)
AS
WITH
    -- One row a day and brand, also for days without mentions, up to today.
    days AS
    (
        SELECT brand, arrayJoin(range(toUInt16(min(day)), toUInt16(least(max(last), today())) + 1)) AS number
        FROM (SELECT toDate(published_at) AS day, arrayJoin(brands) AS brand, today() AS last FROM mentions)
        GROUP BY brand
    ),
    counted AS
    (
        SELECT toUInt16(toDate(published_at)) AS number, arrayJoin(brands) AS brand, count() AS all,
            countIf(sentiment = 'negative') AS negative
        FROM mentions
        GROUP BY number, brand
    ),
    series AS
    (
        SELECT days.brand AS brand, days.number AS number, counted.all AS all, counted.negative AS negative
        FROM days LEFT JOIN counted ON days.brand = counted.brand AND days.number = counted.number
    ),
    compared AS
    (
        SELECT brand, number, kind, value,
            count() OVER before AS known,
            avg(value) OVER before AS mean,
            min(value) OVER before AS least,
            -- Counts vary at least by the root of their mean, and people come in waves.
            sqrt(greatest(varPop(value) OVER before, avg(value) OVER before, 1)) AS deviation
        FROM (SELECT brand, number, arrayJoin([('volume', all), ('negative', negative)]) AS pair, pair.1 AS kind, pair.2 AS value FROM series)
        WINDOW before AS (PARTITION BY brand, kind ORDER BY number ASC ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING)
    )
SELECT toDate(number) AS day, brand, if(value = 0, 'silence', kind) AS what, value AS mentions, mean AS usual,
    abs(value - mean) / deviation AS score
FROM compared
-- Two weeks tell what is usual. Today is not over: it may be loud already, but not silent yet.
WHERE known >= 14
    AND ((value >= 5 AND value - mean >= 3 * deviation)
        OR (kind = 'volume' AND value = 0 AND least >= 1 AND mean >= 5 AND number < toUInt16(today())));
