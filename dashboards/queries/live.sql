-- The ids of what was collected of late, the oldest first.
SELECT id
FROM mentions
WHERE $filter
    AND collected_at >= {collected:DateTime64(3, 'UTC')}
ORDER BY collected_at, id
LIMIT 10000
