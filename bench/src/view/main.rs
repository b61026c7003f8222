//! Measures what exactness costs a question: the dashboards' questions on the view `mentions`, which shows each mention once
//! whatever has been stored, beside the same questions on a plain table of the same rows.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use hark_tests::hark::Hark;
use serde_json::Value;

/// Measures questions on many stored mentions, exact beside plain.
#[derive(Parser)]
struct Arguments {
    /// The hark command to measure
    #[arg(long)]
    hark: String,
    /// Millions of mentions to store, spread over the last year
    #[arg(long, default_value_t = 10)]
    millions: u32,
    /// How often each question is asked
    #[arg(long, default_value_t = 20)]
    times: usize,
}

/// What is asked, and the question; `$rows` is the view or the plain table, `$days` the length of the period.
const QUESTIONS: [(&str, &str); 6] = [
    (
        "summary",
        "SELECT count(), countIf(sentiment = 'negative'), uniqExact(source), uniqExactIf(author_key, author_key != 0) FROM $rows WHERE $period",
    ),
    (
        "timeline",
        "SELECT toDate(published_at) AS day, sentiment, count() FROM $rows WHERE $period GROUP BY day, sentiment ORDER BY day",
    ),
    (
        "topics",
        "SELECT arrayJoin(topics) AS topic, count() FROM $rows WHERE $period GROUP BY topic ORDER BY count() DESC LIMIT 20",
    ),
    ("one brand", "SELECT sentiment, count() FROM $rows WHERE $period AND has(brands, 'Noordvonk') GROUP BY sentiment"),
    ("languages", "SELECT lang, count() FROM $rows WHERE $period GROUP BY lang ORDER BY count() DESC LIMIT 20"),
    ("newest", "SELECT id, text FROM $rows WHERE $period ORDER BY published_at DESC, id LIMIT 50"),
];
/// What the pages ask the API for, each once.
const ASKED: [&str; 14] = [
    "summary",
    "timeline",
    "breakdown?by=topic",
    "breakdown?by=brand",
    "breakdown?by=source",
    "breakdown?by=lang",
    "cross?by=topic&and=product",
    "series?by=topic",
    "words",
    "authors?sort=reach",
    "filters",
    "mentions",
    "mentions?sort=seen&fold=true",
    "mentions?q=battery",
];
const PERIODS: [u32; 3] = [7, 30, 90];
/// Mentions in one insert.
const LOT: usize = 250_000;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let hark = Hark::new(&arguments.hark);
    let up = hark.up([""; 0]);
    let database = Database::new(&hark.engines())?;
    eprintln!("storing {} million mentions", arguments.millions);
    let started = Instant::now();
    database.fill(arguments.millions).await?;
    eprintln!("stored in {:.0} s", started.elapsed().as_secs_f64());

    println!("{} million mentions over a year, one in twenty edited, {} cores", arguments.millions, cores());
    database.compare("as just stored", arguments.times).await?;
    eprintln!("waiting for the merges of quiet months");
    database.settle().await?;
    database.compare("merged, as quiet months are", arguments.times).await?;
    println!("\n{:<30} {:>5}  {:>10} {:>10}", "asked of the API", "days", "p50", "p95");
    for asked in ASKED {
        for days in PERIODS {
            let separator = if asked.contains('?') { '&' } else { '?' };
            let path = format!("/api/v1/{asked}{separator}period={days}d");
            let mut taken = Vec::new();
            for _ in 0..arguments.times {
                let started = Instant::now();
                up.get(&path).await;
                taken.push(millis(started));
            }
            println!("{asked:<30} {days:>5}  {:>7.0} ms {:>7.0} ms", at(&mut taken, 50), at(&mut taken, 95));
        }
    }
    Ok(())
}

fn period(days: u32) -> String {
    format!("published_at >= now() - INTERVAL {days} DAY AND published_at < now()")
}

struct Database {
    client: reqwest::Client,
    url: String,
    user: String,
    password: String,
}

impl Database {
    fn new(engines: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self {
            client: reqwest::Client::builder().tcp_nodelay(true).build()?,
            url: text(&engines["clickhouse"]),
            user: text(&engines["admin"]["user"]),
            password: text(&engines["admin"]["password"]),
        })
    }

    async fn ask(&self, query: &str) -> Result<String> {
        let request = self.client.post(&self.url).query(&[("database", "hark")]).body(query.to_owned());
        let answer = request.basic_auth(&self.user, Some(&self.password)).send().await?;
        let (ok, body) = (answer.status().is_success(), answer.text().await?);
        ensure!(ok, "{query}: {body}");
        Ok(body)
    }

    async fn time(&self, query: &str) -> Result<f64> {
        let started = Instant::now();
        self.ask(query).await?;
        Ok(millis(started))
    }

    /// Asks each question of the exact view and of the plain table in turn.
    async fn compare(&self, state: &str, times: usize) -> Result<()> {
        println!("\n{state}\n{:<12} {:>5}  {:>10} {:>10} {:>6}", "question", "days", "exact p50", "plain p50", "ratio");
        for (name, question) in QUESTIONS {
            for days in PERIODS {
                let ask = |rows: &str| question.replace("$rows", rows).replace("$period", &period(days));
                let (exact, plain) = (ask("mentions"), ask("plain_mentions"));
                let (mut exact_ms, mut plain_ms) = (Vec::new(), Vec::new());
                for _ in 0..times {
                    exact_ms.push(self.time(&exact).await?);
                    plain_ms.push(self.time(&plain).await?);
                }
                let (exact, plain) = (at(&mut exact_ms, 50), at(&mut plain_ms, 50));
                println!("{name:<12} {days:>5}  {exact:>7.0} ms {plain:>7.0} ms {:>6.2}", exact / plain);
            }
        }
        Ok(())
    }

    /// Waits until the engine has merged all months but the current one by itself, a second after they fell quiet
    /// instead of a quarter of an hour; the plain table's too.
    async fn settle(&self) -> Result<()> {
        let settings = "min_age_to_force_merge_seconds = 1, min_age_to_force_merge_on_partition_only = 1";
        for table in ["mention_states", "plain_mentions"] {
            self.ask(&format!("ALTER TABLE {table} MODIFY SETTING {settings}")).await?;
        }
        let open = "SELECT count() FROM (SELECT 1 FROM system.parts WHERE active AND database = 'hark'
            AND table IN ('mention_states', 'plain_mentions') AND partition != toString(toYYYYMM(now()))
            GROUP BY table, partition HAVING count() > 1)";
        while self.ask(open).await?.trim() != "0" {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    /// Stores invented mentions, lot by lot as they would come: in the order of their publication. One in twenty
    /// comes a second time, as an edit; the plain table holds the newest state of each alone.
    async fn fill(&self, millions: u32) -> Result<()> {
        self.ask("CREATE TABLE plain_mentions AS mention_states ENGINE = MergeTree PARTITION BY toYYYYMM(published_at) ORDER BY (published_at, id_hash)").await?;
        let total = u64::from(millions) * 1_000_000;
        for first in (0..total).step_by(LOT) {
            let rows = |table: &str, edit: u64| {
                format!(
                    "INSERT INTO {table} (id, published_at, source, site, kind, text, lang, sentiment, sentiment_score, brands,
                        products, topics, topic_scores, intent, author_id, collected_at, revision, version)
                     SELECT concat('bench:', toString(sipHash64(number))) AS id,
                        toStartOfHour(now()) - toIntervalSecond(intDiv(({total} - number) * 31536000, {total})) AS published_at,
                        ['bluesky', 'rss', 'mastodon', 'import'][number % 4 + 1], concat('site', toString(number % 300)), 'post',
                        concat('De accu van mijn toestel nummer ', toString(number), ' houdt het nog geen dag vol sinds de update'),
                        ['nl', 'nl', 'nl', 'en', 'de', 'fr'][sipHash64(number, 1) % 6 + 1] AS lang,
                        ['negative', 'neutral', 'neutral', 'positive'][sipHash64(number, 2) % 4 + 1] AS sentiment, 0.1,
                        if(number % 3 = 0, ['Noordvonk'], []), [], [['battery'], ['price', 'service'], []][number % 3 + 1] AS topics,
                        arrayMap(x -> 0.1, topics), 'other', toString(sipHash64(number, 3) % 500000), published_at, {edit}, {edit}
                     FROM numbers({first}, {LOT}) WHERE {edit} = 0 OR number % 20 = 0
                     SETTINGS max_partitions_per_insert_block = 0"
                )
            };
            self.ask(&rows("mention_states", 0)).await?;
            self.ask(&rows("mention_states", 1)).await?;
            self.ask(&rows("plain_mentions", 0)).await?;
        }
        Ok(())
    }
}

fn millis(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1000.0
}

/// The value below which `share` of a hundred lie.
fn at(values: &mut [f64], share: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() * share / 100).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or_default()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
