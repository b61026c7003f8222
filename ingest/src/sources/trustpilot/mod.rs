//! Trustpilot: the public reviews of companies, the newest first.
//!
//! A review can be edited by its author and removed by Trustpilot. Of the newest hundred this shows at the next look;
//! every stored review is looked at again in time, one by one.

mod api;
mod config;
mod history;
mod parse;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use hark_mention::{DropReason, Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::config::TrustpilotConfig;
use self::parse::{One, SOURCE, Wrong};
use crate::{
    client::{Api, ApiError, Auth},
    http::{Answer, Limits, place},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    walk::{RECHECK, Reach, Rota, Shown, Walk, before},
    watch::{Refused, Watch},
};

/// Most reviews of one page. Source: <https://developers.trustpilot.com/business-units-api-(public)>.
const PAGE: usize = 100;

/// Pages that are read at most in one go.
const MAX_PAGES: u32 = 1_000;

/// Reviews that are looked at again in one call: each is a request.
const RECHECKS: usize = 5;

/// Least time between two requests: Trustpilot asks for no more than 833 in five minutes and 10,000 an hour.
///
/// Source: <https://developers.trustpilot.com/rate-limiting>.
const LEAST_PAUSE: Duration = Duration::from_millis(360);

/// Pause before a company that is not there is asked for again.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Reads Trustpilot.
#[derive(Debug)]
pub struct TrustpilotSource {
    api: Api,
    config: TrustpilotConfig,
    context: SourceContext,
    rota: Rota,
    refused: Refused,
}

/// The cursor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// By domain.
    companies: BTreeMap<String, Company>,
    watch: Watch,
}

/// How far a company's reviews have been read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Company {
    /// What Trustpilot knows it by.
    id: Option<String>,
    walk: Walk,
}

impl TrustpilotSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a key that is missing.
    pub fn new(config: TrustpilotConfig, mut context: SourceContext) -> Result<Self, SourceError> {
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let key = config.api_key.clone().ok_or_else(|| SourceError::setup("`api_key` is missing"))?;
        context.budget = context.budget.limited(config.budget, TimeZone::UTC);
        let api = Api::new(&config.base_url, Auth::Header("apikey", key), &context, limits)?;
        Ok(Self { api, config, context, rota: Rota::default(), refused: Refused::default() })
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, ApiError> {
        self.context.budget.spend(1).await?;
        query.iter().fold(self.api.get(path), |request, (key, value)| request.query(key, value)).send().await
    }

    /// Reads the next page of a company's reviews, after its id.
    async fn read(&mut self, domain: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let company = progress.companies.entry(domain.to_owned()).or_default();
        let Some(id) = company.id.clone() else { return self.find(domain, progress).await };
        let number: u32 = company.walk.position().and_then(|position| position.parse().ok()).unwrap_or(1);
        let (page, limit) = (number.to_string(), PAGE.to_string());
        let query = [("page", page.as_str()), ("perPage", &limit), ("orderBy", "createdat.desc")];
        let answer = match self.ask(&format!("business-units/{id}/reviews"), &query).await {
            Ok(answer) => answer,
            // Pages end at some depth.
            Err(error) if number > 1 && error.refusal().is_some_and(|(status, _)| status.as_u16() == 400) => {
                company.walk.advance(Shown { items: &[], next: None }, self.reach(), Timestamp::now());
                self.rota.looked(domain, self.config.poll_interval.duration());
                return Ok(self.finished(Page::new(Vec::new(), None, Again::Now), progress));
            }
            Err(error) => return Err(error.into()),
        };
        let now = Timestamp::now();
        let read = parse::page(&answer.body, now).map_err(|error| not_as_expected(&answer, &error))?;
        let Progress { companies, watch } = &mut *progress;
        let walk = &mut companies.entry(domain.to_owned()).or_default().walk;
        let reach = self.reach();
        let is_full = read.len() >= PAGE;
        let (mut items, mut shown) = (Vec::new(), Vec::new());
        for review in read {
            match review {
                Ok(One { id, at, reading }) => {
                    items.push(if walk.is_new(&id, at, reach.since) || watch.holds(&id) {
                        watch.fate(SOURCE, &id, reading, |_| true, now)
                    } else {
                        Item::Drop(DropReason::Unchanged)
                    });
                    shown.push((id, at));
                }
                Err(Wrong { raw, rejection }) => {
                    items.push(self.refused.item(raw, domain, rejection));
                }
            }
        }
        // Shown newest first, published oldest first.
        items.reverse();
        let next = is_full.then(|| (number + 1).to_string());
        let gap = walk.advance(Shown { items: &shown, next }, reach, now);
        let has_more = walk.position().is_some();
        self.rota.looked(domain, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        Ok(self.finished(page, progress))
    }

    /// Asks what Trustpilot knows a company by.
    async fn find(&mut self, domain: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let mut page = Page::new(Vec::new(), None, Again::Now);
        match self.ask("business-units/find", &[("name", domain)]).await {
            Ok(answer) => {
                let id = parse::unit(&answer.body).map_err(|error| not_as_expected(&answer, &error))?;
                progress.companies.entry(domain.to_owned()).or_default().id = Some(id);
                page.works(domain);
            }
            Err(error) if error.is_gone() && self.config.companies.len() == 1 => {
                return Err(SourceError::Setup(format!("Trustpilot has no company `{domain}`: look at its name")));
            }
            Err(error) if error.is_gone() => {
                tracing::warn!(domain, "Trustpilot has no such company; asking again tomorrow");
                self.rota.looked(domain, UNKNOWN_PAUSE);
                page.fails(domain, "Trustpilot has no such company");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(self.finished(page, progress))
    }

    /// Looks again at some stored reviews that are due.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let due = progress.watch.due(before(Timestamp::now(), self.config.recheck.duration()), RECHECKS);
        if due.is_empty() {
            self.rota.looked(RECHECK, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again()));
        }
        let mut items = Vec::new();
        for due in due {
            let answer = self.ask(&format!("reviews/{}", due.key), &[]).await;
            let now = Timestamp::now();
            match answer {
                Ok(answer) => match parse::review(&answer.body, now) {
                    Ok(one) => items.push(progress.watch.fate(SOURCE, &due.key, one.reading, |_| true, now)),
                    Err(rejection) => return Err(not_as_expected(&answer, &rejection.error)),
                },
                Err(error) if error.is_gone() => items.push(progress.watch.gone(SOURCE, &due.key, "site", now)),
                Err(error) => return Err(error.into()),
            }
        }
        self.rota.looked(RECHECK, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress))
    }

    fn reach(&self) -> Reach {
        self.rota.reach(Timestamp::now(), self.config.history.duration(), MAX_PAGES)
    }

    /// Adds the cursor and the pause.
    fn finished(&self, mut page: Page, progress: &mut Progress) -> Page {
        self.rota.tidy(&mut progress.watch, self.config.recheck.duration());
        page.next = Some(Cursor::new(&progress));
        page.again = self.again();
        page
    }

    fn turns(&self) -> impl Iterator<Item = &str> {
        self.config.companies.iter().map(String::as_str).chain([RECHECK])
    }

    fn again(&self) -> Again {
        self.rota.again(self.turns(), LEAST_PAUSE)
    }
}

fn not_as_expected(answer: &Answer, error: &str) -> SourceError {
    SourceError::later(format!("{} is {error}", place(&answer.url)))
}

#[async_trait]
impl Source for TrustpilotSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        progress.companies.retain(|domain, _| self.config.companies.contains(domain));
        let turn = self.rota.next(self.turns()).map(str::to_owned);
        match turn {
            Ok(turn) if turn == RECHECK => self.recheck(&mut progress).await,
            Ok(turn) => self.read(&turn, &mut progress).await,
            Err(wait) => Ok(Page::new(Vec::new(), None, Again::After(wait))),
        }
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        crate::history::estimate(self, period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
