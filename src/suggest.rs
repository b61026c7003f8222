//! What somebody may have meant who mistyped a name.

/// How alike two names must be, as the command line asks of its own suggestions (clap).
const ALIKE: f64 = 0.7;
/// Most names that an error lists.
const MOST: usize = 12;

/// The known name most like `name`, if one is like it.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let alike = |other: &&str| strsim::jaro_winkler(&name, &other.to_lowercase());
    let best = known.into_iter().max_by(|a, b| alike(a).total_cmp(&alike(b)))?;
    (alike(&best) > ALIKE).then_some(best)
}

/// Says that `name` is not known, and what is: the one that is like it, or the first of all.
pub(crate) fn not_known(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("`{name}` is not known; did you mean `{nearest}`?"),
        None if known.is_empty() => format!("`{name}` is not known; there are none yet"),
        None => {
            let more = if known.len() > MOST { " …" } else { "" };
            let some: Vec<&str> = known.iter().take(MOST).copied().collect();
            format!("`{name}` is not known; known are {}{more}", some.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_told_from_another_word() {
        let known = ["negative", "neutral", "positive"];
        assert_eq!(nearest("Postive", known), Some("positive"));
        assert_eq!(nearest("xyz", known), None);
        assert!(not_known("xyz", &known).ends_with("known are negative, neutral, positive"));
        assert!(not_known("neutrl", &known).ends_with("did you mean `neutral`?"));
    }
}
