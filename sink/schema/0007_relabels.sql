-- How far stored mentions are labelled again, so that it goes on where it stopped. `FINAL` shows each once.
CREATE TABLE IF NOT EXISTS relabels
(
    model_version String   COMMENT 'Model that gives the new labels',
    rules_version String   COMMENT 'Fingerprint of the brands, products and topics',
    scope         String   COMMENT 'Which mentions',
    day           Date     COMMENT 'Up to this day of publication',
    id            String   COMMENT 'and on that day up to this id; empty: all of it',
    done          UInt64   COMMENT 'Mentions labelled so far',
    is_finished   UInt8    COMMENT '1: all of them',
    noted_at      DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'The newest note counts'
)
ENGINE = ReplacingMergeTree(noted_at)
ORDER BY (model_version, rules_version, scope);
