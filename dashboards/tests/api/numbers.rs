//! The numbers are right, and they agree with the lists behind them.

use serde_json::{Value, json};

use crate::support::{PERIOD, Running, Stored, mentions, row};

#[tokio::test]
async fn the_summary_counts_each_mention_once_and_compares_with_the_days_before() {
    let stored = Stored::start(&mentions()).await;
    let summary = stored.dashboards.get(&format!("summary?{PERIOD}")).await;
    assert_eq!(summary["range"]["from"], "2025-03-27T23:00:00.000Z");
    assert_eq!(summary["range"]["to"], "2025-03-30T22:00:00.000Z");
    assert_eq!(summary["range"]["previous_from"], "2025-03-24T23:00:00.000Z");
    assert_eq!(summary["range"]["previous_to"], "2025-03-27T23:00:00.000Z");
    assert_eq!(summary["mentions"], json!({"now": 8, "before": 2, "change": summary["mentions"]["change"]}));
    assert_eq!(summary["mentions"]["change"]["relative"], 3.0);
    assert_eq!(summary["mentions"]["change"]["clear"], false, "2 and 8 may be chance");
    assert_eq!(summary["stories"]["now"], 8);
    assert_eq!(summary["sources"]["now"], 2);
    assert_eq!(summary["authors"]["now"], 3, "one of two sources counts twice, one without an id not at all");
    let negative = &summary["negative"];
    assert_eq!((&negative["now"]["count"], &negative["now"]["of"]), (&json!(3), &json!(8)));
    assert_eq!(negative["now"]["share"], 0.375);
    let (low, high) = (negative["now"]["low"].as_f64().unwrap(), negative["now"]["high"].as_f64().unwrap());
    assert!((low - 0.1368).abs() < 1e-3 && (high - 0.6943).abs() < 1e-3, "{low} {high}");
    assert_eq!(negative["change"]["clear"], false, "eight mentions prove nothing");

    // A filter for a tone narrows the mentions, not the shares.
    let angry = stored.dashboards.get(&format!("summary?{PERIOD}&sentiment=negative")).await;
    assert_eq!((&angry["mentions"]["now"], &angry["positive"]["now"]["count"]), (&json!(3), &json!(4)));

    let never = stored.dashboards.get(&format!("summary?{PERIOD}&brand=Silent")).await;
    assert_eq!(never["mentions"], json!({"now": 0, "before": 0, "change": null}));
    assert_eq!(never["negative"], json!({"now": null, "change": null}));
    let ever = stored.dashboards.get("summary?period=all").await;
    assert_eq!(ever["mentions"], json!({"now": 11, "before": null, "change": null}));
    stored.stop().await;
}

#[tokio::test]
async fn the_timeline_has_a_bucket_for_every_day_and_hour_of_the_readers_clock() {
    let stored = Stored::start(&mentions()).await;
    let days = stored.dashboards.get(&format!("timeline?{PERIOD}&bucket=day")).await;
    let tones = |point: &Value| ["negative", "neutral", "positive"].map(|tone| point[tone].as_u64().unwrap());
    let buckets = days["buckets"].as_array().unwrap();
    assert_eq!(buckets.iter().map(tones).collect::<Vec<_>>(), [[2, 1, 1], [0, 0, 0], [1, 0, 3]]);
    assert_eq!(buckets[2]["from"], "2025-03-29T23:00:00.000Z");
    assert_eq!(buckets[2]["to"], "2025-03-30T22:00:00.000Z", "a day of 23 hours");

    let hours = stored.dashboards.get(&format!("timeline?{PERIOD}&bucket=hour")).await;
    assert_eq!(hours["buckets"].as_array().unwrap().len(), 71);
    let all = stored.dashboards.get("timeline?period=all&bucket=month").await;
    assert_eq!(all["buckets"][0]["from"], "2025-03-25T10:00:00.000Z", "all of time begins with the first mention");
    assert_eq!(tones(&all["buckets"][0]).iter().sum::<u64>(), 11);

    let (status, problem) = stored.dashboards.ask("timeline?from=1950-01-01&bucket=hour").await;
    assert_eq!((status, &problem["errors"][0]["parameter"]), (400, &json!("bucket")));
    stored.stop().await;
}

#[tokio::test]
async fn every_number_is_the_length_of_its_list() {
    let stored = Stored::start(&mentions()).await;
    let dashboards = &stored.dashboards;
    for filter in
        ["", "&brand=Acme", "&brand=Acme&brand=Other", "&topic=price&sentiment=negative", "&lang=nl&source=rss"]
    {
        let question = format!("{PERIOD}{filter}");
        let total = listed(dashboards, &question).await;
        assert_eq!(dashboards.get(&format!("summary?{question}")).await["mentions"]["now"], total, "{question}");
        let timeline = dashboards.get(&format!("timeline?{question}")).await;
        for point in timeline["buckets"].as_array().unwrap() {
            let (from, to) = (point["from"].as_str().unwrap(), point["to"].as_str().unwrap());
            let counted = ["negative", "neutral", "positive"].iter().map(|tone| point[tone].as_u64().unwrap());
            assert_eq!(counted.sum::<u64>(), listed(dashboards, &format!("from={from}&to={to}{filter}")).await);
        }
        for parameter in ["topic", "source", "lang", "brand", "kind", "site", "author"] {
            let rows = dashboards.get(&format!("breakdown?by={parameter}&{question}")).await;
            same_as_lists(dashboards, filter, parameter, &rows["rows"]).await;
        }
        let choices = dashboards.get(&format!("filters?{question}")).await;
        for parameter in ["brand", "product", "sentiment", "intent"] {
            same_as_lists(dashboards, filter, parameter, &choices[parameter]).await;
        }
    }
    let choices = dashboards.get(&format!("filters?{PERIOD}")).await;
    assert!(choices["brand"].as_array().unwrap().contains(&json!({"name": "Silent", "mentions": 0})));
    assert!(choices["product"].as_array().unwrap().contains(&json!({"name": "P1", "mentions": 2, "brand": "Acme"})));
    stored.stop().await;
}

/// How many mentions the pages of a question hold, which must be what each page says.
async fn listed(dashboards: &Running, question: &str) -> u64 {
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let page = dashboards.get(&format!("mentions?{question}&limit=2{cursor}")).await;
        seen.extend(page["mentions"].as_array().unwrap().iter().map(|mention| mention["id"].to_string()));
        let Some(next) = page["next"].as_str() else {
            let total = page["total"].as_u64().unwrap();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len() as u64, total, "{question}");
            return total;
        };
        cursor = format!("&cursor={next}");
    }
}

/// Each row has as many mentions as the list when its name takes the place of what was filtered for.
async fn same_as_lists(dashboards: &Running, filter: &str, parameter: &str, rows: &Value) {
    let others: String = filter
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with(parameter))
        .map(|part| format!("&{part}"))
        .collect();
    for row in rows.as_array().unwrap() {
        let question = format!("{PERIOD}{others}&{parameter}={}", row["name"].as_str().unwrap());
        assert_eq!(row["mentions"], listed(dashboards, &question).await, "{question}");
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended_and_names_mean_only_themselves() {
    let names =
        ["it's", "a\\b", "tab\there", "'; DROP TABLE mention_states --", "{from:String}", "$filter ?", "שלום 電池"];
    let mut rows = mentions();
    rows.extend(names.iter().enumerate().map(|(at, name)| {
        row(&format!("odd.id~{at}"), "2025-03-28 10:00:00.000", "neutral", json!({"brands": [name], "topics": [name]}))
    }));
    rows.push(row("link", "2025-03-29 12:00:00.000", "neutral", json!({"url": "javascript:alert(1)"})));
    let stored = Stored::start(&rows).await;
    for name in names {
        let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for parameter in ["brand", "topic"] {
            let page = stored.dashboards.get(&format!("mentions?{PERIOD}&{parameter}={name}")).await;
            assert_eq!(page["total"], 1, "{page}");
        }
    }
    let first = stored.dashboards.get(&format!("mentions?{PERIOD}&limit=6")).await;
    let ids: Vec<_> = first["mentions"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["m8", "m7", "m6", "m5", "link", "odd.id~6"]);
    assert_eq!(first["mentions"][0]["text"], "edited");
    assert_eq!(first["mentions"][1]["rating"], 0.25);
    assert_eq!(first["mentions"][1]["topics"], json!([{"name": "price", "sentiment_score": 0.0}]));
    assert_eq!(first["mentions"][4]["url"], Value::Null, "only addresses of the web are links");
    let cursor = first["next"].as_str().unwrap();
    let second = stored.dashboards.get(&format!("mentions?{PERIOD}&limit=6&cursor={cursor}")).await;
    assert_eq!(second["mentions"][0]["id"], "odd.id~5", "mentions of one moment are told apart by their ids");
    assert_eq!(second["total"], first["total"]);
    stored.stop().await;
}
