//! `${env:NAME}` and `${file:PATH}` in the values of a configuration.
//!
//! A value becomes what its references say. A key that holds a [`Secret`](super::Secret) gets the reference itself
//! instead, and reads it when it is needed: so a worker starts without the secrets of others, and no secret is printed.
//! Which keys those are only their section knows: they refuse every other text, and that is how they are found.

use std::borrow::Cow;

use serde_path_to_error::{Path, Segment};
use toml::Value;

use super::{
    Problem, join,
    secret::{Secret, SecretError},
};

/// Before a reference that cannot be resolved: no section takes such a text for a secret or a value.
const UNSET: char = '\0';

/// The values with their references resolved; those that cannot be are marked, see [`unset`].
pub(super) fn expand(written: &Value) -> Value {
    let mut values = written.clone();
    each_text(&mut values, "", &mut |_, text| {
        let expanded = match expand_text(text) {
            Ok(Cow::Borrowed(_)) => return,
            Ok(Cow::Owned(expanded)) => expanded,
            Err(_) => format!("{UNSET}{text}"),
        };
        *text = expanded;
    });
    values
}

/// What is wrong with the references that could not be resolved, for the section at `path`.
pub(super) fn unset(values: &mut Value, path: &str, problems: &mut Vec<Problem>) {
    each_text(values, path, &mut |path, text| {
        if let Some(error) = text.strip_prefix(UNSET).and_then(|text| expand_text(text).err()) {
            problems.push(Problem::new(path, error.to_string()));
        }
    });
}

/// All references of a file that cannot be resolved, also those of secrets.
pub fn unresolved(file: &toml::Table) -> Vec<Problem> {
    let mut problems = Vec::new();
    unset(&mut expand(&Value::Table(file.clone())), "", &mut problems);
    problems
}

/// Takes out of `problems` what the references of `file` stand for: a section that refuses a value repeats it.
pub fn redact(problems: &mut [Problem], file: &toml::Table) {
    each_text(&mut Value::Table(file.clone()), "", &mut |_, text| {
        for (reference, secret) in references(text) {
            let Ok(value) = secret.reveal() else { continue };
            // What is as short as this is no secret, and would stand in any text.
            if value.len() > 3 {
                problems.iter_mut().for_each(|problem| problem.rule = problem.rule.replace(&value, reference));
            }
        }
    });
}

/// Puts back what was written at `path`, when it has references; says whether it did.
pub(super) fn restore(written: &Value, values: &mut Value, path: &Path) -> bool {
    let steps: Vec<&Segment> =
        path.iter().take_while(|step| matches!(step, Segment::Map { .. } | Segment::Seq { .. })).collect();
    // A key that is missing is told at the place where it is missing.
    let known = |steps: &[&Segment]| at(written, steps).is_some() && at(values, steps).is_some();
    let depth = (1..=steps.len()).take_while(|depth| known(&steps[..*depth])).count();
    let Some(from) = at(written, &steps[..depth]).filter(|_| depth > 0) else { return false };
    let Some(to) = at_mut(values, &steps[..depth]).filter(|to| *to != from) else { return false };
    *to = from.clone();
    true
}

fn at<'v>(value: &'v Value, steps: &[&Segment]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Segment::Map { key } => value.get(key),
        Segment::Seq { index } => value.get(*index),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

fn at_mut<'v>(value: &'v mut Value, steps: &[&Segment]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Segment::Map { key } => value.get_mut(key),
        Segment::Seq { index } => value.get_mut(*index),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

/// What the section should say of the value at `path`, when it is a reference that cannot be resolved.
pub(super) fn problem_at(values: &Value, path: &Path) -> Option<String> {
    let steps: Vec<&Segment> = path.iter().collect();
    expand_text(at(values, &steps)?.as_str()?).err().map(|error| error.to_string())
}

fn each_text(value: &mut Value, path: &str, see: &mut impl FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => see(path, text),
        Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                each_text(value, &format!("{path}[{index}]"), see);
            }
        }
        Value::Table(table) => table.iter_mut().for_each(|(key, value)| each_text(value, &join(path, key), see)),
        _ => {}
    }
}

/// The references of a text, as they stand in it.
fn references(text: &str) -> impl Iterator<Item = (&str, Secret)> {
    text.match_indices("${").filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        let reference = rest.get(..=rest.find('}')?)?;
        Some((reference, Secret::parse(reference).ok()?))
    })
}

fn expand_text(text: &str) -> Result<Cow<'_, str>, SecretError> {
    let mut expanded = Cow::Borrowed(text);
    for (reference, secret) in references(text) {
        expanded = Cow::Owned(expanded.replacen(reference, &secret.reveal()?, 1));
    }
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::io::Write as _;

    use serde::Deserialize;

    use super::*;
    use crate::config::{Span, section};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        address: Option<String>,
        wait: Option<Span>,
        token: Option<Secret>,
        #[serde(default)]
        tokens: Vec<Secret>,
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn read(text: &str) -> (Option<Example>, Vec<Problem>) {
        let table: toml::Table = text.parse().unwrap();
        let mut problems = Vec::new();
        let read = section(table.clone(), "example", &mut problems);
        redact(&mut problems, &table);
        (read, problems)
    }

    #[test]
    fn references_become_values_and_secrets_stay_references() {
        let (host, secret, wait) = (file("example.org\n"), file("hunter2\n"), file("30s"));
        let (host, secret, wait) = (host.path().display(), secret.path().display(), wait.path().display());
        let (read, problems) = read(&format!(
            "address = \"https://${{file:{host}}}/?key=${{file:{secret}}}\"\nwait = \"${{file:{wait}}}\"
            token = \"${{file:{secret}}}\"\ntokens = [\"${{file:{secret}}}\", \"${{env:HARK_IS_NOT_SET}}\"]"
        ));
        assert_eq!(problems, []);
        let read = read.unwrap();
        assert_eq!(read.address.as_deref(), Some("https://example.org/?key=hunter2"));
        assert_eq!(read.wait, Some(Span::from_secs(30)));
        assert!(!format!("{:?} {:?}", read.token, read.tokens).contains("hunter2"));
        assert_eq!(read.token.unwrap().reveal().unwrap(), "hunter2");
    }

    #[test]
    fn what_is_not_set_is_told_with_its_place() {
        let (_, problems) = read(
            "address = \"${env:HARK_NO_HOST}:1\"\nwait = \"${env:HARK_NO_WAIT}\"\ntoken = \"${env:HARK_NO_TOKEN}\"",
        );
        let told: Vec<_> = problems.iter().map(|problem| (problem.path.as_str(), problem.rule.as_str())).collect();
        let rule = |name| format!("environment variable `{name}` is not set");
        assert_eq!(told, [("example.wait", &*rule("HARK_NO_WAIT")), ("example.address", &*rule("HARK_NO_HOST"))]);
        // Of secrets it is told when somebody asks, for other workers may have them.
        let all = unresolved(&"[[source]]\ntoken = \"${env:HARK_NO_TOKEN}\"".parse().unwrap());
        assert_eq!(all, [Problem::new("source[0].token", rule("HARK_NO_TOKEN"))]);
    }

    #[test]
    fn no_problem_repeats_a_secret() {
        let secret = file("hunter2");
        let path = secret.path().display();
        let (_, problems) = read(&format!("wait = \"${{file:{path}}}\"\ntoken = \"hunter3\""));
        assert_eq!(problems.len(), 2, "{problems:?}");
        let mut wrong = [Problem::new("a", "must be a number, found `hunter2`")];
        redact(&mut wrong, &format!("a = \"${{file:{path}}}\"").parse().unwrap());
        for problem in problems.iter().chain(&wrong) {
            assert!(!problem.rule.contains("hunter"), "{problem}");
        }
    }
}
