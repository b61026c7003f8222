//! Counts and lags in the text format of Prometheus.
//!
//! Every series of a closed set is there from the start, at zero, so that an alert can rest on it.

use std::{sync::Arc, time::Duration};

use clickhouse::Row;
use hark_bus::Counts;
use hark_dashboards::ConfiguredSource;
use hark_mention::{SourceState, Timestamp};
use hark_store::Access;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use serde::Deserialize;

/// How long the database may take to tell what is stored.
const PATIENCE: Duration = Duration::from_secs(5);

type Labels = Vec<(&'static str, String)>;

/// What is stored, as far as the database tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    reachable: bool,
    mentions: u64,
    collected_seconds: i64,
    erasures: Erasures,
    outcomes: Vec<Outcome>,
}

#[derive(Clone, Debug, Default, Row, Deserialize)]
struct Erasures {
    open: u64,
    oldest_open_seconds: i64,
    longest_seconds: i64,
}

#[derive(Clone, Debug, Row, Deserialize)]
struct Outcome {
    outcome: String,
    reason: String,
    records: u64,
}

#[derive(Row, Deserialize)]
struct Extent {
    mentions: u64,
    collected_seconds: i64,
}

/// Asks the database what is stored.
pub(crate) async fn stored(writer: &Access) -> Stored {
    let client = writer.client();
    let all = async {
        let extent = "SELECT count() AS mentions, toInt64(toUnixTimestamp(max(collected_at))) AS collected_seconds
            FROM mentions";
        let erasures = "SELECT countIf(gone_at IS NULL) AS open,
                toInt64(maxIf(dateDiff('second', asked_at, now64(3)), gone_at IS NULL)) AS oldest_open_seconds,
                toInt64(maxIf(dateDiff('second', asked_at, assumeNotNull(gone_at)), gone_at IS NOT NULL)) AS longest_seconds
            FROM erasures FINAL";
        let outcomes = "SELECT outcome, reason, sum(many) AS records FROM (
                SELECT outcome, reason, groupBitmapMerge(offsets) AS many
                FROM ledger GROUP BY raw_partition, block, outcome, reason)
            GROUP BY outcome, reason ORDER BY outcome, reason";
        tokio::try_join!(
            client.query(extent).fetch_one::<Extent>(),
            client.query(erasures).fetch_one::<Erasures>(),
            client.query(outcomes).fetch_all::<Outcome>()
        )
    };
    match tokio::time::timeout(PATIENCE, all).await {
        Ok(Ok((extent, erasures, outcomes))) => Stored {
            reachable: true,
            mentions: extent.mentions,
            collected_seconds: extent.collected_seconds,
            erasures,
            outcomes,
        },
        _ => Stored::default(),
    }
}

/// Everything as text.
pub(crate) fn render(
    stages: &[(&'static str, Arc<Counts>)],
    lags: &[(&'static str, u64)],
    sources: &[ConfiguredSource],
    stored: &Stored,
) -> String {
    let mut registry = Registry::with_prefix("hark");
    let gauge = |value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        gauge
    };
    count_items(&mut registry, stages);
    let behind = Family::<Labels, Gauge>::default();
    for (stage, lag) in lags {
        behind.get_or_create(&label(&[("stage", stage)])).set(i64::try_from(*lag).unwrap_or(i64::MAX));
    }
    registry.register("lag_records", "Records that a stage has still to work on", behind);
    tell_sources(&mut registry, sources, Timestamp::now());
    registry.register("clickhouse_up", "1 when ClickHouse answers", gauge(stored.reachable.into()));
    if stored.reachable {
        let seconds = |value: i64| gauge(u64::try_from(value).unwrap_or_default());
        registry.register("mentions", "Mentions that are stored and shown", gauge(stored.mentions));
        let last = "When the last stored mention was collected, in seconds since 1970";
        registry.register("last_collected_timestamp_seconds", last, seconds(stored.collected_seconds));
        let Erasures { open, oldest_open_seconds, longest_seconds } = stored.erasures;
        registry.register("erasures_open", "Erasures whose texts are still on the disk", gauge(open));
        let oldest = "Age of the oldest erasure whose texts are still on the disk";
        registry.register("erasures_oldest_open_seconds", oldest, seconds(oldest_open_seconds));
        let longest = "Longest time that an erasure took until its texts were off the disk";
        registry.register("erasures_longest_seconds", longest, seconds(longest_seconds));
        let outcomes = Family::<Labels, Gauge>::default();
        for Outcome { outcome, reason, records } in &stored.outcomes {
            let labels = label(&[("outcome", outcome), ("reason", reason)]);
            outcomes.get_or_create(&labels).set(i64::try_from(*records).unwrap_or(i64::MAX));
        }
        registry.register("ledger_records", "Records of the raw topic, by what became of them", outcomes);
    }
    let mut text = String::new();
    // Only a formatter of our own could fail, and there is none.
    encode(&mut text, &registry).expect("metrics can be written into a string");
    text
}

/// What each stage of this process has read, and what became of it.
fn count_items(registry: &mut Registry, stages: &[(&'static str, Arc<Counts>)]) {
    let [items, dropped, rejected, masked] = std::array::from_fn(|_| Family::<Labels, Counter>::default());
    for (stage, counts) in stages {
        let now = counts.snapshot();
        for (verdict, many) in [("kept", now.kept), ("dropped", now.num_dropped()), ("rejected", now.num_rejected())] {
            items.get_or_create(&label(&[("stage", stage), ("verdict", verdict)])).inc_by(many);
        }
        for (reason, many) in &now.dropped {
            dropped.get_or_create(&label(&[("stage", stage), ("reason", reason.as_str())])).inc_by(*many);
        }
        for (reason, many) in &now.rejected {
            rejected.get_or_create(&label(&[("stage", stage), ("reason", reason.as_str())])).inc_by(*many);
        }
        for (kind, many) in &now.masked {
            masked.get_or_create(&label(&[("stage", stage), ("kind", kind.as_str())])).inc_by(*many);
        }
    }
    registry.register("items", "Items that a stage has read, by what became of them", items);
    registry.register("dropped_items", "Items left out on purpose, by reason", dropped);
    registry.register("dead_letters", "Items that could not be used, by reason", rejected);
    registry.register("masked", "Personal data that was masked, by kind", masked);
}

/// How each source is doing. A source that no worker has read yet has a state and nothing else.
fn tell_sources(registry: &mut Registry, sources: &[ConfiguredSource], now: Timestamp) {
    let [states, events, usual, last, quota, gaps] = std::array::from_fn(|_| Family::<Labels, Gauge>::default());
    let errors = Family::<Labels, Gauge>::default();
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    for ConfiguredSource { name, health, .. } in sources {
        let of_source = label(&[("source", name)]);
        let now_is = health.as_ref().map_or("unread", |health| health.state(now).0.as_str());
        for state in SourceState::ALL.map(SourceState::as_str).into_iter().chain(["unread"]) {
            states.get_or_create(&label(&[("source", name), ("state", state)])).set((state == now_is).into());
        }
        let Some(health) = health else { continue };
        events.get_or_create(&of_source).set(number(health.events_per_hour));
        if let Some(expected) = health.usual_now(now) {
            usual.get_or_create(&of_source).set(expected.round() as i64);
        }
        if let Some(at) = health.last_event {
            last.get_or_create(&of_source).set(at.as_millis() / 1000);
        }
        if let Some(left) = health.quota_left {
            quota.get_or_create(&of_source).set(number(left));
        }
        gaps.get_or_create(&of_source).set(number(health.gaps.len() as u64));
        let all = [("limit", health.errors.limit), ("outage", health.errors.outage), ("setup", health.errors.setup)];
        for (class, many) in all {
            errors.get_or_create(&label(&[("source", name), ("class", class)])).set(number(many));
        }
    }
    registry.register("source_state", "1 for the state that a source is in", states);
    registry.register("source_events_per_hour", "Events of a source in the last 60 minutes", events);
    registry.register("source_usual_per_hour", "Events of a source that usually come in such an hour", usual);
    let last_event = "When a source last brought something new, in seconds since 1970";
    registry.register("source_last_event_timestamp_seconds", last_event, last);
    registry.register("source_errors_today", "Failed calls of a source today (UTC), by class", errors);
    registry.register("source_quota_left", "What a source may still spend today, in its own unit", quota);
    registry.register("source_gaps", "Times of which it is known that a source has missed something", gaps);
}

fn label(labels: &[(&'static str, &str)]) -> Labels {
    labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_mention::{DropReason, PersonalData, RejectReason, SourceHealth};

    /// Everything that can be told, told once.
    fn all() -> String {
        let now = Timestamp::now();
        let health = SourceHealth {
            last_event: Some(now),
            usual_per_hour: [Some(10.0); 24],
            quota_left: Some(12),
            ..SourceHealth::new("forum", "discourse", "worker", now)
        };
        let forum = ConfiguredSource { name: "forum".to_owned(), kind: "discourse".to_owned(), health: Some(health) };
        let outcome = Outcome { outcome: "stored".to_owned(), reason: String::new(), records: 1 };
        let stored = Stored { reachable: true, outcomes: vec![outcome], ..Stored::default() };
        render(&[("enrich", Arc::new(Counts::default()))], &[("sink", 7)], &[forum], &stored)
    }

    #[test]
    fn a_source_that_works_says_so() {
        let text = all();
        for line in
            ["hark_source_state{source=\"forum\",state=\"ok\"} 1", "hark_source_quota_left{source=\"forum\"} 12"]
        {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn alerts_rest_on_metrics_that_exist() {
        let rules = include_str!("../dashboards/prometheus/alerts.yml");
        let text = all();
        let (mut selected, mut states) = (0, Vec::new());
        for expr in rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")) {
            let (rest, _) = rusty_promql_parser::expr(expr).unwrap_or_else(|error| panic!("{expr}: {error}"));
            assert_eq!(rest, "", "{expr}");
            for name in expr.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.starts_with("hark_"))
            {
                let is_told = text.lines().any(|line| line.split(['{', ' ']).next() == Some(name));
                assert!(is_told, "{expr}: there is no {name} in\n{text}");
                selected += 1;
            }
            if let Some((_, state)) = expr.split_once("state=\"") {
                states.extend(state.split_once('"').map(|(state, _)| state));
            }
        }
        assert!(selected >= 10, "{selected}");
        assert_eq!(states, ["broken", "quiet", "limited", "unread"], "silence and a fault are two alerts");
        assert!(
            states
                .iter()
                .all(|state| text.contains(&format!("hark_source_state{{source=\"forum\",state=\"{state}\"}}")))
        );
    }

    #[test]
    fn the_documentation_names_every_metric_and_every_alert() {
        let docs = include_str!("../docs/monitoring.md");
        let text = all();
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        let metrics =
            types.map(|(name, kind)| if kind == "counter" { format!("{name}_total") } else { name.to_owned() });
        let rules = include_str!("../dashboards/prometheus/alerts.yml");
        let alerts = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned);
        for name in metrics.chain(alerts) {
            assert!(docs.contains(&format!("`{name}")), "{name} is not in docs/monitoring.md");
        }
    }

    #[test]
    fn every_reason_is_there_from_the_start_and_counts() {
        let counts = Arc::new(Counts::default());
        counts.keep(3);
        counts.drop_one(DropReason::Empty);
        let unread = ConfiguredSource { name: "news".to_owned(), kind: "rss".to_owned(), health: None };
        let text = render(&[("ingest", counts)], &[("sink", 7)], &[unread], &Stored::default());
        let has = |line: String| assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        has("hark_items_total{stage=\"ingest\",verdict=\"kept\"} 3".to_owned());
        has("hark_lag_records{stage=\"sink\"} 7".to_owned());
        has("hark_clickhouse_up 0".to_owned());
        has("hark_source_state{source=\"news\",state=\"unread\"} 1".to_owned());
        has("hark_source_state{source=\"news\",state=\"broken\"} 0".to_owned());
        for reason in DropReason::ALL {
            let many = u8::from(reason == DropReason::Empty);
            has(format!("hark_dropped_items_total{{stage=\"ingest\",reason=\"{}\"}} {many}", reason.as_str()));
        }
        for reason in RejectReason::ALL {
            has(format!("hark_dead_letters_total{{stage=\"ingest\",reason=\"{}\"}} 0", reason.as_str()));
        }
        for kind in PersonalData::ALL {
            has(format!("hark_masked_total{{stage=\"ingest\",kind=\"{}\"}} 0", kind.as_str()));
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
