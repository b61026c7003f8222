//! `/sql`: people's own questions, as the read-only user of their team.
//!
//! What may be asked is the database's business: the user that runs it can read Hark's tables, or its team's, and nothing
//! else, within limits.

mod ask;
mod examples;
mod run;
mod saved;
mod schema;

pub(crate) use ask::Turns;
pub(crate) use examples::{__path_get_examples, get_examples};
pub(crate) use run::{__path_post_estimate, __path_post_export, __path_post_sql, post_estimate, post_export, post_sql};
pub(crate) use saved::{
    __path_delete_query, __path_get_queries, __path_post_query, __path_put_query, delete_query, get_queries,
    post_query, put_query,
};
pub(crate) use schema::{__path_get_schema, get_schema};
