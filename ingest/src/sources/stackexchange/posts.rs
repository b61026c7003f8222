//! Questions and answers by their numbers: those that a search found, and kept ones that are looked at again.

use std::collections::{BTreeMap, HashMap};

use hark_mention::{DropReason, Timestamp};

use super::{
    PAGE, Progress, StackExchangeSource,
    parse::{self, Reading, SOURCE},
};
use crate::source::{Item, SourceError};

/// Whether a post is a question or an answer; the two are asked for apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Question,
    Answer,
}

impl Form {
    fn method(self) -> &'static str {
        if self == Self::Question { "questions" } else { "answers" }
    }

    /// What a post is remembered by.
    fn key(self, site: &str, id: u64) -> String {
        format!("{}{}", if self == Self::Question { 'q' } else { 'a' }, parse::key(site, id))
    }

    /// Form, site and number of what is remembered by `key`.
    fn of(key: &str) -> Option<(Self, &str, u64)> {
        let form = if key.starts_with('q') { Self::Question } else { Self::Answer };
        let (site, id) = key.strip_prefix(['q', 'a'])?.rsplit_once(':')?;
        Some((form, site, id.parse().ok()?))
    }
}

impl StackExchangeSource {
    /// What becomes of the posts `ids` of `site`, and which of them are not there.
    pub(super) async fn posts(
        &mut self,
        progress: &mut Progress,
        form: Form,
        site: &str,
        ids: &[u64],
        titles: &HashMap<u64, String>,
    ) -> Result<(Vec<Item>, Vec<u64>), SourceError> {
        let now = Timestamp::now();
        let list = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(";");
        let query = [("site", site.to_owned()), ("filter", "withbody".to_owned())];
        let body = self.ask(form.method(), &format!("{}/{list}", form.method()), &query).await?;
        let around = parse::wrapper(&body).map_err(SourceError::later)?;
        let mut missing = ids.to_vec();
        let mut items = Vec::new();
        for post in around.items {
            let id = parse::id_of(post.get().as_bytes());
            missing.retain(|missing| id != Some(*missing));
            let title = id.and_then(|id| titles.get(&id)).map(String::as_str);
            items.push(match parse::post(post.get().as_bytes(), site, title, now) {
                Ok(Reading::Mention(mention)) => {
                    let key = form.key(site, id.unwrap_or_default());
                    // What the operator said to search for is kept.
                    let wanted = self.kept.wants(&mention);
                    progress.known.judge(&key, *mention, wanted, now)
                }
                Ok(Reading::Nothing(reason)) => Item::Drop(reason),
                Err(rejection) => self.reject(body.slice_ref(post.get().as_bytes()), rejection),
            });
        }
        Ok((items, missing))
    }

    /// Looks at up to a hundred kept posts again.
    pub(super) async fn recheck(&mut self, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        let due = self.rechecks.due(&progress.known, PAGE);
        let mut groups: BTreeMap<(Form, &str), Vec<u64>> = BTreeMap::new();
        for (form, site, id) in due.iter().filter_map(|known| Form::of(&known.key)) {
            groups.entry((form, site)).or_default().push(id);
        }
        let mut items = Vec::new();
        for ((form, site), ids) in groups {
            let (found, missing) = self.posts(progress, form, site, &ids, &HashMap::new()).await?;
            items.extend(found);
            let now = Timestamp::now();
            let lost = missing.into_iter().map(|id| progress.known.lost(&form.key(site, id), SOURCE, "removed", now));
            items.extend(lost);
        }
        // That nothing changed since yesterday is no news.
        items.retain(|item| *item != Item::Drop(DropReason::Unchanged));
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_says_what_it_is() {
        assert_eq!(Form::of(&Form::Answer.key("es.stackoverflow", 7)), Some((Form::Answer, "es.stackoverflow", 7)));
        assert_eq!(Form::of("q"), None);
    }
}
