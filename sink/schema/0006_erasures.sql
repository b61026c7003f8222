-- What people asked to erase: never what it said. `FINAL` shows each once.
CREATE TABLE IF NOT EXISTS erasures
(
    asked_at  DateTime64(3, 'UTC')           COMMENT 'When it was asked',
    what      LowCardinality(String)         COMMENT 'mention, author or older_than',
    source    LowCardinality(String)         COMMENT 'Source; empty: all',
    which     String                         COMMENT 'Id of the mention or author, or the time before which (UTC)',
    mentions  UInt64                         COMMENT 'Mentions that were shown until then',
    hidden_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When no answer showed them any more',
    gone_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'When none of their rows held a text any more',
    noted_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'The newest note counts'
)
ENGINE = ReplacingMergeTree(noted_at)
ORDER BY (asked_at, what, source, which);
