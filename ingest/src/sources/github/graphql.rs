//! What only GraphQL tells: discussions, and which of many stored mentions are gone.
//!
//! Errors come with the status 200, beside what could be read.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use hark_mention::{DropReason, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    GitHubSource, OLDER, SOURCE,
    api::{DiscussionsOf, GraphQl, GraphQlError, NodeOf, Nodes},
    limits::{LIMIT_PAUSE, pause, until_reset},
    parse::{self, Comments, One, OneDiscussion},
    search::version,
    state::{OpenDiscussion, Progress},
};
use crate::{
    client::{ApiError, read_json},
    http::Answer,
    source::{Again, Item, Page, SourceError},
    walk::{RECHECK, Shown, before},
    watch::Due,
};

/// Discussions of one page.
const DISCUSSIONS: u32 = 20;

/// Mentions that are asked for at once; GraphQL takes no more.
const NODES: usize = 100;

/// A page of discussions, each with its newest comments and their newest answers.
///
/// Source: <https://docs.github.com/en/graphql/guides/using-the-graphql-api-for-discussions>.
const QUERY_DISCUSSIONS: &str = "query($owner:String!,$name:String!,$first:Int!,$after:String){repository(owner:$owner,name:$name){\
    discussions(first:$first,after:$after,orderBy:{field:UPDATED_AT,direction:DESC}){\
    nodes{id databaseId title bodyHTML url createdAt updatedAt lastEditedAt upvoteCount author{...A} category{name isAnswerable} \
    comments(last:50){nodes{...C replies(last:20){nodes{...C}}} pageInfo{hasPreviousPage startCursor}}} \
    pageInfo{hasNextPage endCursor}}}}";

/// Older comments of one discussion.
const QUERY_OLDER: &str = "query($id:ID!,$before:String){node(id:$id){... on Discussion{\
    comments(last:50,before:$before){nodes{...C replies(last:20){nodes{...C}}} pageInfo{hasPreviousPage startCursor}}}}}";

const FRAGMENTS: &str = " fragment A on Actor{__typename login ... on User{databaseId name}} \
    fragment C on DiscussionComment{id databaseId bodyHTML url createdAt lastEditedAt deletedAt isMinimized isAnswer \
    upvoteCount author{...A}}";

/// Which of these are still there.
const QUERY_NODES: &str = "query($ids:[ID!]!){nodes(ids:$ids){id}}";

/// An answer of GraphQL that has data.
struct Said<T> {
    data: T,
    errors: Vec<GraphQlError>,
    pause: Duration,
}

impl GitHubSource {
    async fn graphql<T: DeserializeOwned>(&self, query: &str, variables: Value) -> Result<Said<T>, SourceError> {
        // A GitHub Enterprise Server has its interfaces side by side: `/api/v3` and `/api/graphql`.
        let path = if self.api.base().path().ends_with("/v3/") { "../graphql" } else { "graphql" };
        let request = self.api.post(path).body(&json!({"query": query, "variables": variables}));
        let answer = self.ask(request).await?;
        let GraphQl { data, errors } = read_json::<GraphQl<T>>(&answer)?;
        if errors.iter().any(|error| error.kind.as_deref() == Some("RATE_LIMITED")) {
            let wait = until_reset(&answer.headers, SystemTime::now()).unwrap_or(LIMIT_PAUSE);
            return Err(SourceError::Later { error: "GraphQL's limit is reached".to_owned(), wait: Some(wait) });
        }
        match data {
            Some(data) => Ok(Said { data, errors, pause: pause(&answer.headers) }),
            None => Err(told(&answer, &errors)),
        }
    }

    /// Reads the next page of a repository's discussions.
    pub(super) async fn read_discussions(
        &mut self,
        name: &str,
        repository: &str,
        progress: &mut Progress,
    ) -> Result<Page, SourceError> {
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let (owner, repository) = repository.split_once('/').unwrap_or_default();
        let variables = json!({"owner": owner, "name": repository, "first": DISCUSSIONS, "after": walk.position()});
        let query = format!("{QUERY_DISCUSSIONS}{FRAGMENTS}");
        let Said { data, errors, pause } = self.graphql::<DiscussionsOf>(&query, variables).await?;
        let Some(repository) = data.repository else {
            let error = errors.into_iter().next().map_or_else(String::new, |error| error.message);
            return self.closed(name, &ApiError::Source(SourceError::Setup(error)), progress);
        };
        self.closed.remove(name);
        let now = Timestamp::now();
        let page = repository.discussions;
        let (mut items, read) = self.apart(parse::discussions(&page, now), name);
        let reach = self.reach(now);
        let mut shown = Vec::new();
        for OneDiscussion { top, comments } in read {
            let (version, updated) = (version(&top), top.updated);
            let walk = progress.walks.entry(name.to_owned()).or_default();
            let is_new = walk.is_new(&version, updated, reach.since);
            shown.push((version, updated));
            if is_new {
                items.extend(self.discussion(top, comments, reach.since, progress, now));
            } else {
                items.push(Item::Drop(DropReason::Unchanged));
            }
        }
        let shown = Shown { items: &shown, next: parse::next_page(page.page_info.as_ref()) };
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let gap = walk.advance(shown, reach, now);
        let has_more = walk.position().is_some();
        self.rota.looked(name, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        page.works(name);
        Ok(self.finished(page, progress, pause))
    }

    /// A discussion and its newest comments. One that is read for the first time has older ones too.
    fn discussion(
        &self,
        top: One,
        comments: Comments,
        since: Timestamp,
        progress: &mut Progress,
        now: Timestamp,
    ) -> Vec<Item> {
        let (is_known, key, node) = (progress.watch.holds(&top.key), top.key.clone(), top.node.clone());
        let mut items = vec![self.fate(top, self.config.only_wanted, progress, now)];
        let oldest = comments.all.iter().flatten().map(|one| one.published).min();
        if let (Some(before), Some(node), false) = (&comments.older, node, is_known)
            && oldest.is_some_and(|oldest| oldest >= since)
        {
            progress.open(OpenDiscussion { node, key: key.clone(), before: before.clone() });
        }
        items.extend(self.comments(comments, &key, since, progress, now));
        items
    }

    fn comments(
        &self,
        comments: Comments,
        place: &str,
        since: Timestamp,
        progress: &mut Progress,
        now: Timestamp,
    ) -> Vec<Item> {
        let (mut items, read) = self.apart(comments.all, place);
        for one in read {
            let is_old = one.published < since && !progress.watch.holds(&one.key);
            items.push(if is_old {
                Item::Drop(DropReason::Unchanged)
            } else {
                self.fate(one, self.config.only_wanted, progress, now)
            });
        }
        items
    }

    /// Reads older comments of a discussion.
    pub(super) async fn read_older(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let Some(mut open) = progress.open.front().cloned() else {
            return Ok(Page::new(Vec::new(), None, self.again(progress, Duration::ZERO)));
        };
        let query = format!("{QUERY_OLDER}{FRAGMENTS}");
        let Said { data, pause, .. } =
            self.graphql::<NodeOf>(&query, json!({"id": open.node, "before": open.before})).await?;
        progress.open.pop_front();
        let now = Timestamp::now();
        let since = self.reach(now).since;
        let comments = data.node.map(|page| parse::older_comments(&page, &open.key, now)).unwrap_or_default();
        let oldest = comments.all.iter().flatten().map(|one| one.published).min();
        if let Some(before) = comments.older.clone().filter(|_| oldest.is_some_and(|oldest| oldest >= since)) {
            open.before = before;
            progress.open.push_front(open.clone());
        }
        let items = self.comments(comments, &open.key, since, progress, now);
        self.rota.looked(OLDER, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, pause))
    }

    /// Asks which of the stored mentions that are due are still there.
    pub(super) async fn recheck(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let due = progress.watch.due(before(Timestamp::now(), self.config.recheck.duration()), NODES);
        if due.is_empty() {
            self.rota.looked(RECHECK, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(progress, Duration::ZERO)));
        }
        let ids: Vec<&str> = due.iter().map(|due| due.handle.as_str()).collect();
        let Said { data, errors, pause } = self.graphql::<Nodes>(QUERY_NODES, json!({"ids": ids})).await?;
        let there: BTreeSet<String> = data.nodes.into_iter().flatten().map(|node| node.id).collect();
        let gone = gone(&errors);
        let now = Timestamp::now();
        let mut items = Vec::new();
        for (at, Due { key, handle }) in due.into_iter().enumerate() {
            // What may not be read is not gone for that.
            if gone.contains(&at) && !there.contains(&handle) {
                items.push(progress.watch.gone(SOURCE, &key, "author", now));
            } else {
                progress.watch.touch(&key, now);
            }
        }
        self.rota.looked(RECHECK, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, pause))
    }
}

/// The places in the list of nodes of what GraphQL calls not found.
fn gone(errors: &[GraphQlError]) -> BTreeSet<usize> {
    let place = |error: &GraphQlError| match (error.kind.as_deref(), error.path.as_slice()) {
        (Some("NOT_FOUND"), [Value::String(nodes), at]) if nodes == "nodes" => usize::try_from(at.as_u64()?).ok(),
        _ => None,
    };
    errors.iter().filter_map(place).collect()
}

/// Why there is no data.
fn told(answer: &Answer, errors: &[GraphQlError]) -> SourceError {
    let message = errors.first().map_or("nothing", |error| error.message.as_str());
    let text = format!("{} says: {message}", crate::http::place(&answer.url));
    match errors.first().and_then(|error| error.kind.as_deref()) {
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => SourceError::Setup(text),
        _ => SourceError::later(text),
    }
}
