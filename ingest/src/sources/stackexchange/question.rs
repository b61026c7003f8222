//! What is asked of the sites.

/// What is asked of one site.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) site: String,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Words(String),
    Tag(String),
}

impl Question {
    /// The name under which its progress is kept.
    pub(super) fn key(&self) -> String {
        match &self.what {
            What::Words(words) => format!("{} {words}", self.site),
            What::Tag(tag) => format!("{} [{tag}]", self.site),
        }
    }

    /// The part of a search that is the question.
    pub(super) fn asked(&self) -> [(&'static str, String); 2] {
        let what = match &self.what {
            What::Words(words) => ("q", phrase(words)),
            What::Tag(tag) => ("tagged", tag.clone()),
        };
        [("site", self.site.clone()), what]
    }
}

/// Words that belong together stand in quotes.
fn phrase(words: &str) -> String {
    let words = words.trim();
    if words.contains(char::is_whitespace) && !words.contains('"') { format!("\"{words}\"") } else { words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_belong_together_stay_together() {
        assert_eq!([phrase("fairphone"), phrase("fair phone")], ["fairphone".to_owned(), "\"fair phone\"".to_owned()]);
    }
}
