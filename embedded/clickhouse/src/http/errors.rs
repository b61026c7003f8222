//! Exceptions as ClickHouse clients know them: a code, a name, a text, an HTTP status.

use axum::http::StatusCode;

/// An error code with its name, from ClickHouse's `src/Common/ErrorCodes.cpp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) u32, &'static str);

impl Code {
    pub(crate) const BAD_ARGUMENTS: Code = Code(36, "BAD_ARGUMENTS");
    pub(crate) const CHECKSUM_DOESNT_MATCH: Code = Code(40, "CHECKSUM_DOESNT_MATCH");
    pub(crate) const NOT_IMPLEMENTED: Code = Code(48, "NOT_IMPLEMENTED");
    pub(crate) const SYNTAX_ERROR: Code = Code(62, "SYNTAX_ERROR");
    pub(crate) const READONLY: Code = Code(164, "READONLY");
    pub(crate) const TOO_MANY_SIMULTANEOUS_QUERIES: Code = Code(202, "TOO_MANY_SIMULTANEOUS_QUERIES");
    pub(crate) const QUERY_IS_TOO_LARGE: Code = Code(223, "QUERY_IS_TOO_LARGE");
    pub(crate) const CANNOT_DECOMPRESS: Code = Code(271, "CANNOT_DECOMPRESS");
    pub(crate) const SESSION_NOT_FOUND: Code = Code(372, "SESSION_NOT_FOUND");
    pub(crate) const SESSION_IS_LOCKED: Code = Code(373, "SESSION_IS_LOCKED");
    pub(crate) const INVALID_SESSION_TIMEOUT: Code = Code(374, "INVALID_SESSION_TIMEOUT");
    pub(crate) const ACCESS_DENIED: Code = Code(497, "ACCESS_DENIED");
    pub(crate) const UNKNOWN_ROLE: Code = Code(511, "UNKNOWN_ROLE");
    pub(crate) const AUTHENTICATION_FAILED: Code = Code(516, "AUTHENTICATION_FAILED");
    pub(crate) const STD_EXCEPTION: Code = Code(1001, "STD_EXCEPTION");
}

/// An exception to be shown to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    pub(crate) code: u32,
    text: String,
}

impl std::fmt::Display for Exception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Exception {}

impl Exception {
    pub(crate) fn new(code: Code, message: impl std::fmt::Display) -> Exception {
        Exception { code: code.0, text: format!("Code: {}. DB::Exception: {message}. ({})", code.0, code.1) }
    }

    /// Reads the code out of the engine's text, which begins with `Code: 62. DB::Exception: `.
    pub(crate) fn from_engine(text: String) -> Exception {
        let code = text
            .split_once("Code: ")
            .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
            .unwrap_or(Code::STD_EXCEPTION.0);
        Exception { code, text }
    }

    /// The exception inside an I/O error of ours, or the I/O error as a decompression failure.
    pub(crate) fn from_io(error: std::io::Error) -> Exception {
        match error.downcast::<Exception>() {
            Ok(exception) => exception,
            Err(error) => {
                Exception::new(Code::CANNOT_DECOMPRESS, format_args!("Cannot read the request body: {error}"))
            }
        }
    }

    /// The text a client gets, with the server's version as the real server appends it.
    pub(crate) fn body(&self, version: &str) -> String {
        let text = self.text.trim_end();
        // The engine itself appends it to some.
        if text.contains("(version ") { format!("{text}\n") } else { format!("{text} (version {version})\n") }
    }

    /// As `exceptionCodeToHTTPStatus.cpp` of ClickHouse.
    pub(crate) fn status(&self) -> StatusCode {
        match self.code {
            6 | 10 | 15 | 25 | 26 | 27 | 36 | 38 | 41 | 44 | 53 | 62 | 67 | 72 | 77 | 117 | 143 | 166 | 167 | 168
            | 321 | 374 | 376 | 427 | 441 | 675 | 676 => StatusCode::BAD_REQUEST,
            46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 106 | 115 | 302 | 511 => StatusCode::NOT_FOUND,
            48 => StatusCode::NOT_IMPLEMENTED,
            76 | 209 | 439 => StatusCode::SERVICE_UNAVAILABLE,
            159 => StatusCode::REQUEST_TIMEOUT,
            192 | 193 | 497 | 512 | 516 => StatusCode::FORBIDDEN,
            194 => StatusCode::UNAUTHORIZED,
            223 => StatusCode::PAYLOAD_TOO_LARGE,
            381 => StatusCode::LENGTH_REQUIRED,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_read_from_the_text() {
        let exception = Exception::from_engine("Code: 60. DB::Exception: no table. (UNKNOWN_TABLE)".into());
        assert_eq!((exception.code, exception.status()), (60, StatusCode::NOT_FOUND));
        assert_eq!(Exception::from_engine("boom".into()).code, 1001);
        assert_eq!(exception.body("1.2"), "Code: 60. DB::Exception: no table. (UNKNOWN_TABLE) (version 1.2)\n");
    }
}
