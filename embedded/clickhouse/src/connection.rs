//! Opens engine connections the one way this crate uses them: the same boot arguments everywhere, settings by `SET`.
//!
//! The rule it keeps: a connection is isolated, so a request with a fresh one cannot leave anything behind.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use crate::ffi::{Api, Connection};
use crate::http::errors::{Code, Exception};
use crate::sql::{identifier, literal};

/// Most merges at once.
const MERGES: u8 = 2;

/// A setting and its value, as text.
pub(crate) type Setting = (String, String);

/// Opens connections to one engine.
pub(crate) struct Opener {
    api: &'static Api,
    arguments: Vec<CString>,
}

/// Where the engine keeps things below its data directory.
pub(crate) struct Places {
    /// The engine's own data. Every connection must name it in the same spelling.
    pub(crate) store: PathBuf,
    /// Where it and this crate put temporary files.
    pub(crate) temporary: PathBuf,
    /// An engine without a named configuration file looks for one in the current directory, `$HOME` and `/etc`.
    pub(crate) configuration: PathBuf,
}

impl Places {
    pub(crate) fn below(data: &Path) -> Places {
        Places { store: data.join("store"), temporary: data.join("tmp"), configuration: data.join("config.xml") }
    }
}

impl Opener {
    /// `memory` is the cap of the whole engine, in bytes.
    pub(crate) fn new(api: &'static Api, places: &Places, memory: u64) -> Result<Opener, std::ffi::NulError> {
        let arguments = [
            "hark".to_owned(),
            format!("--path={}", places.store.display()),
            format!("--tmp_path={}/", places.temporary.display()),
            format!("--config-file={}", places.configuration.display()),
            format!("--max_server_memory_usage={}", memory),
            format!("--mark_cache_size={}", memory / 8),
            format!("--index_mark_cache_size={}", memory / 16),
            // A merge of a wide table takes some 230 MiB, and as many run at once as the pool allows: with the engine's own
            // pool of 16, or with 8, a burst of small inserts used all memory, and questions were refused.
            format!("--background_pool_size={MERGES}"),
            "--background_merges_mutations_concurrency_ratio=1".to_owned(),
            format!("--merges_mutations_memory_usage_soft_limit={}", memory / 4),
            "--background_schedule_pool_size=4".to_owned(),
            // As a server has them; the library's defaults are those of clickhouse-local.
            "--implicit_select=0".to_owned(),
            "--allow_introspection_functions=0".to_owned(),
        ];
        let arguments = arguments.into_iter().map(CString::new).collect::<Result<_, _>>()?;
        Ok(Opener { api, arguments })
    }

    /// A new connection. Costs about 0.2 ms while another one is open.
    pub(crate) fn open(&self) -> Result<Connection, Exception> {
        Connection::open(self.api, &self.arguments)
            .ok_or_else(|| Exception::new(Code::STD_EXCEPTION, "The engine refused a connection; its log says why"))
    }
}

impl Connection {
    /// Runs a statement that returns nothing of interest.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), Exception> {
        self.query(sql.as_bytes(), "Null", &[]).map(drop).map_err(Exception::from_engine)
    }

    /// Runs a query whose result is small; every value as text.
    pub(crate) fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, Exception> {
        let result = self.query(sql.as_bytes(), "JSONCompactStringsEachRow", &[]).map_err(Exception::from_engine)?;
        let rows = serde_json::Deserializer::from_slice(result.data()).into_iter().collect::<Result<_, _>>();
        rows.map_err(|error| Exception::new(Code::STD_EXCEPTION, format_args!("Cannot read a result: {error}")))
    }

    /// Applies settings. A name the engine does not know is its error 115, a bad value its own error.
    pub(crate) fn set(&mut self, settings: &[Setting]) -> Result<(), Exception> {
        if settings.is_empty() {
            return Ok(());
        }
        for (name, _) in settings {
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !plain || name.starts_with("param_") || name.starts_with(|c: char| c.is_ascii_digit()) {
                let text = format!("Code: 115. DB::Exception: Unknown setting '{name}'. (UNKNOWN_SETTING)");
                return Err(Exception::from_engine(text));
            }
        }
        let list: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {}", literal(value))).collect();
        self.run(&format!("SET {}", list.join(", ")))
    }

    /// The settings' present values, `None` for a default, to be put back by [`Connection::restore`].
    pub(crate) fn remember(&mut self, settings: &[Setting]) -> Result<Vec<(String, Option<String>)>, Exception> {
        if settings.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<String> = settings.iter().map(|(name, _)| literal(name)).collect();
        let rows = self
            .rows(&format!("SELECT name, changed, value FROM system.settings WHERE name IN ({})", names.join(", ")))?;
        let setting = |row: Vec<String>| {
            let [name, changed, value] = <[String; 3]>::try_from(row).ok()?;
            Some((name, (changed == "1").then_some(value)))
        };
        Ok(rows.into_iter().filter_map(setting).collect())
    }

    /// Puts settings back to what [`Connection::remember`] saw.
    pub(crate) fn restore(&mut self, settings: Vec<(String, Option<String>)>) -> Result<(), Exception> {
        settings.into_iter().try_for_each(|(name, value)| match value {
            None => self.run(&format!("SET {name} = DEFAULT")),
            Some(value) => self.set(&[(name, value)]),
        })
    }

    /// Makes a database the current one.
    pub(crate) fn use_database(&mut self, name: &str) -> Result<(), Exception> {
        self.run(&format!("USE {}", identifier(name)))
    }
}
