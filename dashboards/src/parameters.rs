//! A query string, taken apart: each route takes what it knows, and what is left behind is a mistake.

use crate::problem::{BadParameter, Problem};

/// A query string, taken apart. Whatever is taken out is known; what stays behind is a mistake.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    pub(crate) errors: Vec<BadParameter>,
}

impl Parameters {
    /// Takes a query string apart.
    pub(crate) fn read(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self { pairs: pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect(), errors: Vec::new() }
    }

    /// Notes a mistake.
    pub(crate) fn refuse(&mut self, parameter: &str, rule: impl Into<String>, value: &str) {
        self.errors.push(BadParameter::new(parameter, rule, value));
    }

    /// Takes a parameter that may stand several times.
    pub(crate) fn take_all(&mut self, name: &str) -> Vec<String> {
        self.pairs.extract_if(.., |(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// Takes a parameter that may stand once.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let mut values = self.take_all(name);
        if values.len() > 1 {
            self.refuse(name, "must stand only once", &values.join(" and "));
        }
        values.pop()
    }

    /// Takes a parameter that `parse` understands; otherwise `rule` says what it must be.
    pub(crate) fn take_as<T>(&mut self, name: &str, rule: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.take(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.refuse(name, rule, &text);
        }
        value
    }

    /// Ends reading: every mistake at once, among them the parameters that nobody took.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for (key, value) in std::mem::take(&mut self.pairs) {
            self.refuse(&key, "is not known here", &value);
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::bad_parameters(self.errors)) }
    }
}
