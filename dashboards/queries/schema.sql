-- Every column that the caller may read, table by table.
SELECT
    columns.table AS table,
    tables.comment AS table_comment,
    columns.name AS name,
    columns.type AS type,
    columns.comment AS comment
FROM system.columns AS columns
LEFT JOIN system.tables AS tables ON tables.database = columns.database AND tables.name = columns.table
WHERE columns.database = {database:String}
ORDER BY table, columns.position
LIMIT {most:UInt32}
