//! What is asked, in GraphQL.

use serde_json::{Map, Value};

pub(super) const QUERY_POST: &str = "query($slug:String!,$first:Int!,$after:String){post(slug:$slug){...P \
    comments(first:$first,after:$after,order:NEWEST){edges{node{...T}} pageInfo{hasNextPage endCursor}}}}";

pub(super) const QUERY_TOPIC: &str = "query($topic:String!,$first:Int!,$after:String){\
    posts(first:$first,after:$after,order:NEWEST,topic:$topic){edges{node{...P}} pageInfo{hasNextPage endCursor}}}";

pub(super) const FRAGMENT_POST: &str = " fragment P on Post{id name tagline description slug url createdAt votesCount commentsCount \
    user{id username name}}";

pub(super) const FRAGMENT_THREAD: &str = " fragment T on Comment{...C replies(first:20,order:NEWEST){edges{node{...C}}}} \
    fragment C on Comment{id body url createdAt votesCount parentId user{id username name}}";

/// One question for several mentions, each under a name of its own.
pub(super) fn question(keys: &[String]) -> (String, Value) {
    let (mut declared, mut fields, mut variables) = (String::new(), String::new(), Map::new());
    for (at, key) in keys.iter().enumerate() {
        let (kind, id) = key.split_once(':').unwrap_or(("comment", key));
        let fragment = if kind == "post" { "P" } else { "C" };
        declared.push_str(&format!("$i{at}:ID!,"));
        fields.push_str(&format!("n{at}:{kind}(id:$i{at}){{...{fragment}}} "));
        variables.insert(format!("i{at}"), id.into());
    }
    // A fragment that is not used is an error.
    let posts = if keys.iter().any(|key| key.starts_with("post:")) { FRAGMENT_POST } else { "" };
    let comments = FRAGMENT_THREAD.split_once(" fragment C").map_or("", |(_, rest)| rest);
    let comments =
        if keys.iter().any(|key| !key.starts_with("post:")) { format!(" fragment C{comments}") } else { String::new() };
    (format!("query({declared}){{{fields}}}{posts}{comments}"), Value::Object(variables))
}
