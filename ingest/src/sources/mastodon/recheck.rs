//! Looking at kept posts again.

use hark_mention::Timestamp;

use super::{
    MastodonSource, Progress,
    parse::{self, SOURCE},
    requests::BATCH,
};
use crate::{
    client::ApiError,
    source::{Item, SourceError},
};

impl MastodonSource {
    /// Looks at some of the kept posts again: edits, and deletions that nobody told us. It must not keep news waiting,
    /// so of its troubles only a limit is passed on.
    pub(super) async fn recheck(&mut self, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        let due = self.rechecks.due(&progress.known, if self.knows_batches { BATCH } else { 1 });
        let keys: Vec<String> = due.into_iter().map(|known| known.key).collect();
        match self.read_again(progress, &keys).await.map_err(SourceError::from) {
            Err(SourceError::Later { error, wait: Some(wait) }) => Err(SourceError::Later { error, wait: Some(wait) }),
            Err(error) => {
                tracing::warn!(host = self.requests.base().host_str(), %error, "cannot look at posts again");
                Ok(Vec::new())
            }
            Ok(items) => Ok(items),
        }
    }

    pub(super) async fn read_again(&mut self, progress: &mut Progress, keys: &[String]) -> Result<Vec<Item>, ApiError> {
        let now = Timestamp::now();
        let mut missing = keys.to_vec();
        let mut items = Vec::new();
        if keys.len() > 1 {
            let body = match self.requests.statuses(keys).await {
                Ok(body) => body,
                Err(ApiError::Refused { status, wait: None, .. })
                    if matches!(status.as_u16(), 400 | 404 | 405 | 422) =>
                {
                    self.knows_batches = false;
                    return Ok(items);
                }
                Err(error) => return Err(error),
            };
            for post in parse::list(&body).map_err(ApiError::Failed)? {
                let (id, item) = self.item(progress, body.slice_ref(post.get().as_bytes()), now);
                items.push(item);
                missing.retain(|key| id.as_ref() != Some(key));
            }
        }
        // What is missing in a list may be hidden by a whim of the server: each is asked for by itself.
        for key in missing {
            items.push(match self.requests.status(&key).await? {
                Some(bytes) if parse::id_of(&bytes).is_none() => return Err(ApiError::Failed("not a post".to_owned())),
                Some(bytes) => self.item(progress, bytes, now).1,
                None => progress.known.lost(&key, SOURCE, "author", now),
            });
        }
        Ok(items)
    }
}
