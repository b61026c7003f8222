//! What an analyst may name: tables of other databases, table functions, functions and settings.

use std::collections::HashSet;

use crate::connection::Setting;
use crate::ffi::Connection;
use crate::http::errors::{Code, Exception};

/// Table functions that read nothing.
pub(super) const TABLE_FUNCTIONS: &[&str] = &["numbers", "numbers_mt", "generate_series", "generateSeries", "values"];

/// Tables that describe the schema and the engine, which client programs read when they connect. None of them shows
/// other people's queries, the machine, or data.
const SYSTEM_TABLES: &[&str] = &[
    "aggregate_function_combinators",
    "build_options",
    "collations",
    "columns",
    "completions",
    "data_skipping_indices",
    "data_type_families",
    "databases",
    "formats",
    "functions",
    "keywords",
    "numbers",
    "numbers_mt",
    "one",
    "parts_columns",
    "projections",
    "settings",
    "table_engines",
    "table_functions",
    "tables",
    "time_zones",
];

/// The standard views over the tables above.
const INFORMATION_SCHEMA: &[&str] =
    &["columns", "key_column_usage", "referential_constraints", "schemata", "statistics", "tables", "views"];

/// Whether a table outside the analyst's database may be read.
pub(super) fn is_open_table(database: &str, table: &str) -> bool {
    match database {
        "system" => SYSTEM_TABLES.contains(&table),
        "information_schema" | "INFORMATION_SCHEMA" => {
            INFORMATION_SCHEMA.contains(&table.to_ascii_lowercase().as_str())
        }
        _ => false,
    }
}

/// The functions of `functions.txt` under every name the engine knows them by.
pub(super) struct Functions {
    exact: HashSet<String>,
    /// In lower case, for functions the engine finds in any case.
    any_case: HashSet<String>,
    /// In lower case: names that take any of [`COMBINATORS`].
    aggregates: HashSet<String>,
}

/// `system.aggregate_function_combinators` of 26.7.
const COMBINATORS: &[&str] = &[
    "Array",
    "Distinct",
    "ForEach",
    "If",
    "Map",
    "Merge",
    "MergeState",
    "Null",
    "OrDefault",
    "OrNull",
    "Resample",
    "SimpleState",
    "State",
    "ArgMin",
    "ArgMax",
];

/// The reviewed names of `functions.txt`.
pub(super) fn reviewed() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("functions.txt").lines();
    lines.filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

impl Functions {
    /// Looks the aliases and spellings of the reviewed names up in the engine.
    pub(super) fn load(connection: &mut Connection) -> Result<Functions, Exception> {
        let reviewed: HashSet<&str> = reviewed().collect();
        let mut functions = Functions {
            exact: reviewed.iter().map(|name| (*name).to_owned()).collect(),
            any_case: HashSet::new(),
            aggregates: HashSet::new(),
        };
        let rows = connection.rows(
            "SELECT name, alias_to, case_insensitive, is_aggregate FROM system.functions
             WHERE origin = 'System' ORDER BY alias_to != ''",
        )?;
        for row in rows {
            let Ok([name, alias_to, case_insensitive, is_aggregate]) = <[String; 4]>::try_from(row) else { continue };
            let canonical = if alias_to.is_empty() { &name } else { &alias_to };
            if !reviewed.contains(canonical.as_str()) && !functions.is_combined(canonical) {
                continue;
            }
            if is_aggregate == "1" {
                functions.aggregates.insert(name.to_ascii_lowercase());
            }
            if case_insensitive == "1" {
                functions.any_case.insert(name.to_ascii_lowercase());
            }
            functions.exact.insert(name);
        }
        Ok(functions)
    }

    pub(super) fn allows(&self, name: &str) -> bool {
        self.exact.contains(name) || self.any_case.contains(&name.to_ascii_lowercase()) || self.is_combined(name)
    }

    /// Whether the name is an allowed aggregate function followed by combinators, such as `quantilesTDigestIfState`.
    fn is_combined(&self, name: &str) -> bool {
        COMBINATORS
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix))
            .any(|base| self.aggregates.contains(&base.to_ascii_lowercase()) || self.is_combined(base))
    }
}

/// Upper bounds on what one analyst's query may use. A client may ask for less in the URL; more is cut to the limit.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AnalystLimits {
    /// Seconds a query may run. Default 60.
    pub max_execution_time: u64,
    /// Bytes of memory one query may use. Default 512 MiB.
    pub max_memory_usage: u64,
    /// Rows a result may have. Default 1,000,000.
    pub max_result_rows: u64,
    /// Bytes a result may have, uncompressed. Default 256 MiB.
    pub max_result_bytes: u64,
    /// Rows a query may read from tables; 0 for no limit. Default 2,000,000,000.
    pub max_rows_to_read: u64,
    /// Threads of one query; 0 for one a core. Default 0.
    pub max_threads: u64,
}

impl Default for AnalystLimits {
    fn default() -> Self {
        AnalystLimits {
            max_execution_time: 60,
            max_memory_usage: 512 << 20,
            max_result_rows: 1_000_000,
            max_result_bytes: 256 << 20,
            max_rows_to_read: 2_000_000_000,
            max_threads: 0,
        }
    }
}

/// Settings an analyst may give in the URL beside the limits: they shape the answer and cannot reach anything.
const SETTINGS: &[&str] = &[
    "add_http_cors_header",
    "date_time_output_format",
    "enable_http_compression",
    "extremes",
    "group_by_use_nulls",
    "http_headers_progress_interval_ms",
    "http_zlib_compression_level",
    "join_use_nulls",
    "max_block_size",
    "optimize_read_in_order",
    "prefer_column_name_to_alias",
    "send_progress_in_http_headers",
    "session_timezone",
    "short_circuit_function_evaluation",
    "totals_mode",
    "transform_null_in",
    "union_default_mode",
    "use_uncompressed_cache",
    "format_csv_delimiter",
    "format_csv_null_representation",
    "format_tsv_null_representation",
    "bool_true_representation",
    "bool_false_representation",
];
const SETTING_PREFIX: &str = "output_format_";
/// Names with the prefix that write files on the server.
const WRITES_FILES: &[&str] = &["output_format_schema"];
/// Sent by many clients with every query: set here in any case, or without a meaning for reads.
const IGNORED: &[&str] = &[
    "readonly",
    "result_overflow_mode",
    "log_comment",
    "log_queries",
    "async_insert",
    "wait_for_async_insert",
    "date_time_input_format",
];

impl AnalystLimits {
    /// The settings of an analyst's connection: what was asked for, within the limits.
    ///
    /// # Errors
    /// 164 READONLY for a setting that an analyst may not change.
    pub(crate) fn settings(&self, asked: &[Setting]) -> Result<Vec<Setting>, Exception> {
        let limits = [
            ("max_execution_time", self.max_execution_time),
            ("max_memory_usage", self.max_memory_usage),
            ("max_result_rows", self.max_result_rows),
            ("max_result_bytes", self.max_result_bytes),
            ("max_rows_to_read", self.max_rows_to_read),
            ("max_threads", self.max_threads),
        ];
        let mut settings = Vec::new();
        for (name, value) in asked {
            let is_limit = limits.iter().any(|(limit, _)| limit == name);
            let listed = SETTINGS.contains(&name.as_str())
                || (name.starts_with(SETTING_PREFIX) && !WRITES_FILES.contains(&name.as_str()));
            if listed {
                settings.push((name.clone(), value.clone()));
            } else if !is_limit && !IGNORED.contains(&name.as_str()) {
                return Err(Exception::new(
                    Code::READONLY,
                    format_args!("Cannot modify '{name}' setting in readonly mode: the analyst may not set it"),
                ));
            }
        }
        for (name, limit) in limits {
            let asked = asked.iter().rev().find(|(asked, _)| asked == name).and_then(|(_, v)| v.parse::<f64>().ok());
            // 0 means no limit on either side.
            let value = match (asked.filter(|v| *v > 0.0 && v.is_finite()), limit) {
                (Some(asked), 0) => asked.to_string(),
                (Some(asked), limit) if asked < limit as f64 => asked.to_string(),
                (_, limit) => limit.to_string(),
            };
            if value != "0" {
                settings.push((name.to_owned(), value));
            }
        }
        settings.push(("result_overflow_mode".into(), "throw".into()));
        settings.push(("readonly".into(), "1".into()));
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::collections::HashMap;

    fn settings(asked: &[(&str, &str)]) -> Result<HashMap<String, String>, Exception> {
        let asked: Vec<Setting> = asked.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        Ok(AnalystLimits::default().settings(&asked)?.into_iter().collect())
    }

    #[test]
    fn less_is_given_and_more_is_cut() {
        let got = settings(&[
            ("max_execution_time", "5.5"),
            ("max_result_rows", "0"),
            ("max_memory_usage", "99999999999"),
            ("readonly", "0"),
        ])
        .unwrap();
        assert_eq!(got["max_execution_time"], "5.5");
        assert_eq!(got["max_result_rows"], "1000000");
        assert_eq!(got["max_memory_usage"], (512u64 << 20).to_string());
        assert_eq!(got["readonly"], "1");
    }

    #[test]
    fn other_settings_are_refused_by_name() {
        for name in [
            "output_format_schema",
            "additional_table_filters",
            "dialect",
            "allow_introspection_functions",
            "path",
            "config-file",
        ] {
            let error = settings(&[(name, "1")]).unwrap_err();
            assert_eq!(error.code, 164);
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
