//! `/triage`: what people note about mentions for their team: a star, who follows it up, and a note.

use std::{collections::HashMap, net::SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Caller,
    api::body::Body,
    problem::Problem,
    server::{App, Shared},
};

/// Kind of [`Triage`] in the store.
const KIND: &str = "triage";
/// Most mentions that are changed at once.
const MOST_MENTIONS: usize = 500;
/// Most mentions of a team that can be noted: so many ids still fit into one question.
const MOST_NOTED: usize = 20_000;
/// Most characters of a name, and of a note.
const LONGEST: (usize, usize) = (100, 2000);

/// What a team has noted about a mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Triage {
    /// Whether it has a star.
    starred: bool,
    /// Who follows it up; empty when nobody does.
    assignee: String,
    /// What is noted about it; empty when nothing is.
    note: String,
    /// Who changed it last.
    by: String,
    /// When that was.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What is to be noted. What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTriage {
    /// Ids of the mentions, 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    ids: Vec<String>,
    /// Whether they have a star.
    starred: Option<bool>,
    /// Who follows them up; empty for nobody.
    #[schema(max_length = 100)]
    assignee: Option<String>,
    /// What is noted; empty takes it away.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

/// What is noted now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriageAnswer {
    /// By id of the mention.
    noted: HashMap<String, Triage>,
}

/// Which mentions of a list, by what is noted about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Those with a star.
    Starred,
    /// Those that the caller follows up.
    Mine,
    /// Those that somebody follows up.
    Assigned,
    /// Those with a note.
    Note,
}

impl Noted {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "starred" => Self::Starred,
            "mine" => Self::Mine,
            "assigned" => Self::Assigned,
            "note" => Self::Note,
            _ => return None,
        })
    }

    /// The ids of these mentions.
    ///
    /// # Errors
    ///
    /// When the database is away.
    pub(crate) async fn ids(&self, app: &App) -> Result<Vec<String>, Problem> {
        let Some(store) = &app.store else { return Ok(Vec::new()) };
        let team = team(&app.caller);
        let all = store.all::<Triage>(KIND).await.map_err(Problem::private)?;
        let of_team = all.into_iter().filter_map(|(key, triage)| Some((key.strip_prefix(&team)?.to_owned(), triage)));
        let wanted = |triage: &Triage| match self {
            Self::Starred => triage.starred,
            Self::Mine => triage.assignee == app.caller.name,
            Self::Assigned => !triage.assignee.is_empty(),
            Self::Note => !triage.note.is_empty(),
        };
        Ok(of_team.filter(|(_, triage)| wanted(triage)).map(|(id, _)| id).take(MOST_NOTED).collect())
    }
}

/// What the caller's team has noted about the mentions with these ids.
///
/// # Errors
///
/// When the database is away.
pub(crate) async fn of(app: &App, ids: impl Iterator<Item = &str>) -> Result<HashMap<String, Triage>, Problem> {
    let Some(store) = &app.store else { return Ok(HashMap::new()) };
    let team = team(&app.caller);
    let keys: Vec<String> = ids.map(|id| format!("{team}{id}")).collect();
    let found = store.some::<Triage>(KIND, &keys).await.map_err(Problem::private)?;
    Ok(found.into_iter().filter_map(|(key, triage)| Some((key.strip_prefix(&team)?.to_owned(), triage))).collect())
}

/// Notes something about mentions, for everybody who sees the same.
#[utoipa::path(
    post, path = "/api/v1/triage", tag = "mentions", request_body = NewTriage,
    responses(
        (status = 200, description = "What is noted now", body = TriageAnswer),
        (status = 422, description = "It cannot be noted", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_triage(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    app: App,
    Body(wanted): Body<NewTriage>,
) -> Result<Json<TriageAnswer>, Problem> {
    wanted.check()?;
    let store = shared.access.store()?;
    let ids = seen(&app, &wanted.ids).await?;
    let mut before = of(&app, ids.iter().map(String::as_str)).await?;
    let mut noted = HashMap::new();
    for id in ids {
        let (starred, assignee, note) =
            before.remove(&id).map_or_else(Default::default, |was| (was.starred, was.assignee, was.note));
        let triage = Triage {
            starred: wanted.starred.unwrap_or(starred),
            assignee: wanted.assignee.as_ref().map_or(assignee, |name| name.trim().to_owned()),
            note: wanted.note.as_ref().map_or(note, |note| note.trim().to_owned()),
            by: app.caller.name.clone(),
            at: Timestamp::now(),
        };
        let key = format!("{}{id}", team(&app.caller));
        let is_empty = !triage.starred && triage.assignee.is_empty() && triage.note.is_empty();
        let written = if is_empty { store.remove(KIND, &key).await } else { store.put(KIND, &key, &triage).await };
        written.map_err(Problem::private)?;
        noted.insert(id, triage);
    }
    shared.access.audit(&app.caller.name, "triage", &format!("{} mentions", noted.len()), peer.ip());
    Ok(Json(TriageAnswer { noted }))
}

impl NewTriage {
    fn check(&self) -> Result<(), Problem> {
        if self.ids.is_empty() || self.ids.len() > MOST_MENTIONS {
            return Err(Problem::refused(format!("`ids` must have 1 to {MOST_MENTIONS}, found {}", self.ids.len())));
        }
        let too_long = |text: &Option<String>, most| text.as_ref().is_some_and(|text| text.chars().count() > most);
        for (name, text, most) in [("assignee", &self.assignee, LONGEST.0), ("note", &self.note, LONGEST.1)] {
            if too_long(text, most) {
                return Err(Problem::refused(format!("`{name}` must have at most {most} characters")));
            }
        }
        Ok(())
    }
}

/// What the keys of a team begin with: what one team notes, no other sees.
fn team(caller: &Caller) -> String {
    format!("{}\n", caller.team.as_ref().map_or("", |team| team.name.as_str()))
}

/// Those of the mentions that exist and that the caller may see.
async fn seen(app: &App, ids: &[String]) -> Result<Vec<String>, Problem> {
    let query = app.database.query("SELECT id FROM mentions WHERE has({ids:Array(String)}, id)").param("ids", ids);
    app.database.rows(query).await
}
