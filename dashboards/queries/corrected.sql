-- Which labels of these mentions people corrected, and did not withdraw.
SELECT mention_id, groupArray(toString(field)) AS fields
FROM
(
    SELECT mention_id, field
    FROM corrections
    WHERE mention_id IN {ids:Array(String)}
    GROUP BY mention_id, field
    HAVING argMax(new, corrected_at) != ''
    ORDER BY mention_id, field
)
GROUP BY mention_id
