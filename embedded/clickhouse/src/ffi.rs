//! The C interface of `libchdb.so`, wrapped so that the rest of the crate needs no `unsafe`.
//!
//! The one rule: every raw pointer lives in a type that frees it exactly once, and every call that
//! needs a connection borrows it mutably, because a connection runs one statement at a time.
//!
//! The signatures are those of `programs/local/chdb.h` in chdb-io/chdb-core, version 26.7.
#![expect(unsafe_code, reason = "the only module that talks to the C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{self, NonNull};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

/// `chdb_connection`: an opaque handle, passed by value.
type Handle = *mut c_void;
/// `chdb_result *`, opaque.
type RawResult = *mut c_void;
/// `chdb_insert_stream`, opaque.
type RawInsert = *mut c_void;

type QueryWithParams = unsafe extern "C" fn(
    Handle,
    *const c_char,
    usize,
    *const c_char,
    usize,
    *const *const c_char,
    *const usize,
    *const *const c_char,
    *const usize,
    usize,
) -> *mut c_void;

/// `chdb_query_analysis_v1`.
#[repr(C)]
struct RawAnalysis {
    struct_size: u32,
    statement_count: u32,
    flags: u32,
    query_class: u32,
}

/// The functions this crate uses, resolved once; the library stays loaded until the process ends.
pub(crate) struct Api {
    connect: unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut Handle,
    close: unsafe extern "C" fn(*mut Handle),
    query: QueryWithParams,
    stream: QueryWithParams,
    stream_fetch: unsafe extern "C" fn(Handle, RawResult) -> RawResult,
    stream_cancel: unsafe extern "C" fn(Handle, RawResult),
    insert: QueryWithParams,
    insert_append: unsafe extern "C" fn(RawInsert, *const c_void, usize) -> c_int,
    insert_done: unsafe extern "C" fn(RawInsert) -> RawResult,
    insert_cancel: unsafe extern "C" fn(RawInsert),
    insert_error: unsafe extern "C" fn(RawInsert) -> *const c_char,
    insert_destroy: unsafe extern "C" fn(RawInsert),
    result_buffer: unsafe extern "C" fn(RawResult) -> *mut c_char,
    result_length: unsafe extern "C" fn(RawResult) -> usize,
    result_rows: unsafe extern "C" fn(RawResult) -> u64,
    result_bytes: unsafe extern "C" fn(RawResult) -> u64,
    result_storage_rows: unsafe extern "C" fn(RawResult) -> u64,
    result_storage_bytes: unsafe extern "C" fn(RawResult) -> u64,
    result_rows_written: unsafe extern "C" fn(RawResult) -> u64,
    result_bytes_written: unsafe extern "C" fn(RawResult) -> u64,
    result_error: unsafe extern "C" fn(RawResult) -> *const c_char,
    result_destroy: unsafe extern "C" fn(RawResult),
    classify: unsafe extern "C" fn(Handle, *const c_char, usize, *const c_char, usize, *mut RawAnalysis) -> c_int,
}

impl Api {
    /// Loads the engine library and keeps it for the life of the process.
    ///
    /// Must run before any connection is opened, as it switches the engine's signal handlers off.
    ///
    /// # Errors
    /// The dynamic loader's message: the file is missing, damaged, for another platform, or lacks a function.
    pub(crate) fn load(path: &Path) -> Result<&'static Api, libloading::Error> {
        // SAFETY: libchdb's initialisers only set up its own globals. The library is leaked below and never
        // unloaded, so no thread of it can outlive its code.
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }?;
        let library: &'static Library = Box::leak(Box::new(library));
        macro_rules! symbol {
            ($name:literal) => {
                // SAFETY: the type given by the field is the signature in chdb.h for this name.
                *unsafe { library.get($name) }?
            };
        }
        let set_signal_handlers: unsafe extern "C" fn(c_int) = symbol!(b"chdb_set_signal_handlers_enabled\0");
        // SAFETY: takes a flag and may be called at any time before the first connection.
        unsafe { set_signal_handlers(0) };
        Ok(Box::leak(Box::new(Api {
            connect: symbol!(b"chdb_connect\0"),
            close: symbol!(b"chdb_close_conn\0"),
            query: symbol!(b"chdb_query_with_params_n\0"),
            stream: symbol!(b"chdb_stream_query_with_params_n\0"),
            stream_fetch: symbol!(b"chdb_stream_fetch_result\0"),
            stream_cancel: symbol!(b"chdb_stream_cancel_query\0"),
            insert: symbol!(b"chdb_stream_insert_with_params_n\0"),
            insert_append: symbol!(b"chdb_stream_append\0"),
            insert_done: symbol!(b"chdb_stream_done\0"),
            insert_cancel: symbol!(b"chdb_stream_cancel_insert\0"),
            insert_error: symbol!(b"chdb_stream_insert_error\0"),
            insert_destroy: symbol!(b"chdb_destroy_insert_stream\0"),
            result_buffer: symbol!(b"chdb_result_buffer\0"),
            result_length: symbol!(b"chdb_result_length\0"),
            result_rows: symbol!(b"chdb_result_rows_read\0"),
            result_bytes: symbol!(b"chdb_result_bytes_read\0"),
            result_storage_rows: symbol!(b"chdb_result_storage_rows_read\0"),
            result_storage_bytes: symbol!(b"chdb_result_storage_bytes_read\0"),
            result_rows_written: symbol!(b"chdb_result_rows_written\0"),
            result_bytes_written: symbol!(b"chdb_result_bytes_written\0"),
            result_error: symbol!(b"chdb_result_error\0"),
            result_destroy: symbol!(b"chdb_destroy_query_result\0"),
            classify: symbol!(b"chdb_classify_query_n\0"),
        })))
    }
}

/// A server-side query parameter, `{name:Type}` in the SQL.
pub(crate) type Param = (String, String);

/// What kind of statement a text holds, as the engine's own parser sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// `SELECT`, `SHOW`, `DESCRIBE`, `EXPLAIN`, `EXISTS`, `CHECK`.
    Read,
    /// Changes data or tables of a database.
    Mutating,
    /// Changes something beside the databases: functions, named collections.
    Global,
    /// `USE`, `SET`, `SYSTEM`, `KILL`, `BACKUP`, `INTO OUTFILE` and the like.
    Control,
    /// Did not parse.
    Unknown,
}

/// The engine's analysis of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Analysis {
    /// Statements in the text; 0 when it does not parse.
    pub(crate) statements: u32,
    pub(crate) class: Class,
}

/// One engine connection. Closing the last one stops the engine.
pub(crate) struct Connection {
    api: &'static Api,
    raw: NonNull<Handle>,
}

// SAFETY: a connection has no thread affinity (chdb.h: "thread-safe query execution"), and `&mut self` on every
// method keeps its statements one after another.
unsafe impl Send for Connection {}

impl Connection {
    /// Opens a connection with command-line style arguments, the first of which is a program name.
    ///
    /// `None` when the engine refuses; the reason is then in the engine's log only.
    pub(crate) fn open(api: &'static Api, arguments: &[CString]) -> Option<Connection> {
        let mut argv: Vec<*mut c_char> = arguments.iter().map(|a| a.as_ptr().cast_mut()).collect();
        let argc = c_int::try_from(argv.len()).ok()?;
        // SAFETY: argv holds argc valid NUL-terminated strings that outlive the call; the engine copies them and
        // does not write to them.
        let raw = unsafe { (api.connect)(argc, argv.as_mut_ptr()) };
        NonNull::new(raw).map(|raw| Connection { api, raw })
    }

    fn handle(&self) -> Handle {
        // SAFETY: chdb_connect returned this pointer and it is freed only in Drop.
        unsafe { *self.raw.as_ptr() }
    }

    /// Says what the text would do, without running it.
    pub(crate) fn classify(&mut self, sql: &[u8]) -> Analysis {
        let mut out =
            RawAnalysis { struct_size: size_of::<RawAnalysis>() as u32, statement_count: 0, flags: 0, query_class: 4 };
        // SAFETY: sql is valid for its length, a NULL target database is allowed, and struct_size tells the engine
        // how much of `out` it may fill.
        let state =
            unsafe { (self.api.classify)(self.handle(), sql.as_ptr().cast(), sql.len(), ptr::null(), 0, &mut out) };
        let class = match (state, out.query_class) {
            (0, 0) => Class::Read,
            (0, 1) => Class::Mutating,
            (0, 2) => Class::Global,
            (0, 3) => Class::Control,
            _ => Class::Unknown,
        };
        Analysis { statements: out.statement_count, class }
    }

    /// Runs one statement to its end, the whole result in memory.
    ///
    /// # Errors
    /// The engine's exception text.
    pub(crate) fn query(&mut self, sql: &[u8], format: &str, params: &[Param]) -> Result<QueryResult, String> {
        let raw = self.call(self.api.query, sql, format, params);
        QueryResult::check(self.api, raw)
    }

    /// Starts a `SELECT` whose result is fetched chunk by chunk.
    ///
    /// # Errors
    /// The engine's exception text.
    pub(crate) fn stream(&mut self, sql: &[u8], format: &str, params: &[Param]) -> Result<SelectStream<'_>, String> {
        let raw = self.call(self.api.stream, sql, format, params);
        let handle = QueryResult::check(self.api, raw)?;
        Ok(SelectStream { connection: self, handle, ended: false })
    }

    /// Starts an `INSERT` whose data follows in [`InsertStream::append`]. `head` has neither `FORMAT` nor data.
    ///
    /// # Errors
    /// The engine's exception text.
    pub(crate) fn insert(&mut self, head: &[u8], format: &str, params: &[Param]) -> Result<InsertStream<'_>, String> {
        let raw = self.call(self.api.insert, head, format, params);
        let stream = InsertStream { connection: self, raw };
        // SAFETY: the stream handle is valid until InsertStream is dropped; the text is copied at once.
        match unsafe { text((stream.connection.api.insert_error)(stream.raw)) } {
            Some(error) => Err(error),
            None => Ok(stream),
        }
    }

    fn call(&self, function: QueryWithParams, sql: &[u8], format: &str, params: &[Param]) -> *mut c_void {
        let names: Vec<*const c_char> = params.iter().map(|(name, _)| name.as_ptr().cast()).collect();
        let name_lengths: Vec<usize> = params.iter().map(|(name, _)| name.len()).collect();
        let values: Vec<*const c_char> = params.iter().map(|(_, value)| value.as_ptr().cast()).collect();
        let value_lengths: Vec<usize> = params.iter().map(|(_, value)| value.len()).collect();
        // SAFETY: every pointer is valid for the length beside it and outlives the call, which copies what it
        // keeps; the four arrays have params.len() elements.
        unsafe {
            function(
                self.handle(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                names.as_ptr(),
                name_lengths.as_ptr(),
                values.as_ptr(),
                value_lengths.as_ptr(),
                params.len(),
            )
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the pointer came from chdb_connect and streams borrow the connection, so none is left.
        unsafe { (self.api.close)(self.raw.as_ptr()) }
    }
}

/// A finished result, or one chunk of a streamed one.
pub(crate) struct QueryResult {
    api: &'static Api,
    raw: RawResult,
}

/// The counters of a finished statement, as in `X-ClickHouse-Summary`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counters {
    pub(crate) read_rows: u64,
    pub(crate) read_bytes: u64,
    pub(crate) written_rows: u64,
    pub(crate) written_bytes: u64,
    pub(crate) result_rows: u64,
    pub(crate) result_bytes: u64,
}

impl QueryResult {
    fn check(api: &'static Api, raw: RawResult) -> Result<QueryResult, String> {
        if raw.is_null() {
            return Err("Code: 1001. DB::Exception: the engine returned no result. (STD_EXCEPTION)".into());
        }
        let result = QueryResult { api, raw };
        // SAFETY: raw is a valid result owned by `result`; the text is copied at once.
        match unsafe { text((api.result_error)(raw)) } {
            Some(error) => Err(error),
            None => Ok(result),
        }
    }

    /// The formatted rows.
    pub(crate) fn data(&self) -> &[u8] {
        // SAFETY: buffer and length describe memory owned by the result, which lives as long as `self`.
        unsafe {
            let length = (self.api.result_length)(self.raw);
            let buffer = (self.api.result_buffer)(self.raw);
            if length == 0 || buffer.is_null() { &[] } else { std::slice::from_raw_parts(buffer.cast(), length) }
        }
    }

    /// What the statement read, wrote and returned.
    pub(crate) fn counters(&self) -> Counters {
        // SAFETY: plain getters on a valid result.
        unsafe {
            Counters {
                read_rows: (self.api.result_storage_rows)(self.raw),
                read_bytes: (self.api.result_storage_bytes)(self.raw),
                written_rows: (self.api.result_rows_written)(self.raw),
                written_bytes: (self.api.result_bytes_written)(self.raw),
                result_rows: (self.api.result_rows)(self.raw),
                result_bytes: (self.api.result_bytes)(self.raw),
            }
        }
    }
}

impl Drop for QueryResult {
    fn drop(&mut self) {
        // SAFETY: freed once, here.
        unsafe { (self.api.result_destroy)(self.raw) }
    }
}

/// A running `SELECT`; dropping it before the end cancels it.
pub(crate) struct SelectStream<'c> {
    connection: &'c mut Connection,
    handle: QueryResult,
    ended: bool,
}

impl SelectStream<'_> {
    /// The next chunk, a complete document of the format, or `None` at the end.
    ///
    /// # Errors
    /// The engine's exception text; the stream is over then.
    pub(crate) fn next(&mut self) -> Result<Option<QueryResult>, String> {
        if self.ended {
            return Ok(None);
        }
        // SAFETY: both handles are valid and `&mut self` keeps fetches one after another.
        let raw = unsafe { (self.connection.api.stream_fetch)(self.connection.handle(), self.handle.raw) };
        let chunk = QueryResult::check(self.connection.api, raw).inspect_err(|_| self.ended = true)?;
        // An empty result of a format with a header has bytes but no rows, so both must be zero.
        if chunk.data().is_empty() && chunk.counters().result_rows == 0 {
            self.ended = true;
            return Ok(None);
        }
        Ok(Some(chunk))
    }
}

impl Drop for SelectStream<'_> {
    fn drop(&mut self) {
        if !self.ended {
            // SAFETY: both handles are valid, no fetch is running.
            unsafe { (self.connection.api.stream_cancel)(self.connection.handle(), self.handle.raw) }
        }
    }
}

/// A running `INSERT`; dropping it before [`InsertStream::done`] cancels it.
pub(crate) struct InsertStream<'c> {
    connection: &'c mut Connection,
    raw: RawInsert,
}

impl InsertStream<'_> {
    /// Hands one piece of data to the engine; blocks while the engine is behind.
    ///
    /// `false` when the insert has failed: [`InsertStream::done`] then says why.
    pub(crate) fn append(&mut self, data: &[u8]) -> bool {
        // SAFETY: data is valid for its length and copied by the engine.
        unsafe { (self.connection.api.insert_append)(self.raw, data.as_ptr().cast(), data.len()) == 0 }
    }

    /// Ends the data and waits until the rows are stored.
    ///
    /// # Errors
    /// The engine's exception text.
    pub(crate) fn done(self) -> Result<QueryResult, String> {
        // SAFETY: the stream handle is valid; Drop frees it after this call.
        let raw = unsafe { (self.connection.api.insert_done)(self.raw) };
        QueryResult::check(self.connection.api, raw)
    }

    /// Gives the insert up; blocks that were already full may have been stored.
    pub(crate) fn cancel(self) {
        // SAFETY: the stream handle is valid; Drop frees it after this call.
        unsafe { (self.connection.api.insert_cancel)(self.raw) }
    }
}

impl Drop for InsertStream<'_> {
    fn drop(&mut self) {
        // SAFETY: freed once, here; the engine cancels it first when it was not finished.
        unsafe { (self.connection.api.insert_destroy)(self.raw) }
    }
}

/// Ends the process at once, without running destructors of the engine's globals.
///
/// For the case that a statement does not end in time at shutdown: an ordinary exit with an open connection
/// crashes inside the engine.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: _exit takes any status and does not return.
    unsafe { libc::_exit(code) }
}

/// Copies a C string; `None` for NULL.
///
/// # Safety
/// `pointer` must be NULL or a NUL-terminated string.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    // SAFETY: by the caller's promise.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}
