//! Looking at kept posts and comments again.

use hark_mention::Timestamp;

use super::{
    LemmySource, Progress, is_gone,
    parse::{self, SOURCE},
};
use crate::source::{Item, SourceError};

impl LemmySource {
    /// Looks at something kept again. News must not wait for it, so of its troubles only a limit is passed on.
    pub(super) async fn recheck(&mut self, progress: &mut Progress) -> Result<Option<Item>, SourceError> {
        let Some(known) = self.rechecks.due(&progress.known, 1).into_iter().next() else { return Ok(None) };
        let (now, of_posts) = (Timestamp::now(), known.key.starts_with('p'));
        let path = if of_posts { "api/v3/post" } else { "api/v3/comment" };
        let id = known.key.trim_start_matches(['p', 'c']);
        let answer = self.api.get(path).query("id", id).send().await;
        let error = match answer {
            Ok(answer) => match parse::single(&answer.body) {
                Ok(view) => {
                    let bytes = answer.body.slice_ref(view.get().as_bytes());
                    let read = self.read(&bytes, now);
                    return Ok(Some(self.fate(progress, of_posts, read, bytes, now)));
                }
                Err(error) => SourceError::later(error),
            },
            Err(error) if is_gone(&error) => return Ok(Some(progress.known.lost(&known.key, SOURCE, "author", now))),
            Err(error) => error.into(),
        };
        match error {
            SourceError::Later { wait: Some(_), .. } => Err(error),
            error => {
                tracing::warn!(server = self.config.instance, %error, "cannot look at a post again");
                Ok(None)
            }
        }
    }
}
