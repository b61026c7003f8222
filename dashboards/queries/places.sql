-- Where the mentions of one page stand, after the place that the cursor names. `order.rs` says what is listed and in which
-- order. Texts are read later, and only of these.
SELECT
    toUInt64($rank) AS rank,
    toUnixTimestamp64Milli(published_at) AS published_ms,
    id,
    story_id
FROM mentions
WHERE $listed
    AND $untold
    AND $beyond
ORDER BY rank $order, published_at $order, id $order
LIMIT {limit:UInt32}
