-- What became of each offset of the raw topic. A set of offsets a block: noting an offset twice changes nothing.
CREATE TABLE IF NOT EXISTS ledger
(
    raw_partition UInt16                 COMMENT 'Partition of the raw topic',
    block         UInt64                 COMMENT 'Offset divided by 65,536',
    outcome       LowCardinality(String) COMMENT 'stored, deleted, forgotten, dropped or dead',
    reason        LowCardinality(String) COMMENT 'Why it was dropped or is dead; empty for the others',
    offsets       AggregateFunction(groupBitmap, UInt32) COMMENT 'Offsets within the block'
)
ENGINE = AggregatingMergeTree
ORDER BY (raw_partition, block, outcome, reason);

-- Where sinks write: plain rows, which are folded into sets as they arrive.
CREATE TABLE IF NOT EXISTS ledger_entries
(
    raw_partition UInt16,
    raw_offset    UInt64,
    outcome       LowCardinality(String),
    reason        LowCardinality(String)
)
ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS ledger_fold TO ledger AS
SELECT raw_partition, intDiv(raw_offset, 65536) AS block, outcome, reason,
    groupBitmapState(toUInt32(raw_offset % 65536)) AS offsets
FROM ledger_entries
GROUP BY raw_partition, block, outcome, reason;
