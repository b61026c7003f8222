//! The HTTP interface itself, with `curl` and a plain HTTP client.

use std::process::Command;

use futures::StreamExt;
use hark_embedded_clickhouse::{Credentials, start};

use crate::support::{Running, options, post, until};

/// Runs the curl program; `None` when the machine has none.
fn curl(arguments: &[&str]) -> Option<(String, Vec<u8>)> {
    match Command::new("curl").args(["-sS", "-D", "/dev/stderr"]).args(arguments).output() {
        Ok(output) => Some((String::from_utf8_lossy(&output.stderr).to_lowercase(), output.stdout)),
        Err(error) => {
            eprintln!("SKIPPED: the curl program cannot be run: {error}");
            None
        }
    }
}

fn address(who: &Credentials, rest: &str) -> String {
    format!("{}/{rest}", who.url)
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_works_as_with_a_server() {
    let running = Running::start().await;
    let admin = running.engine.admin();
    let login = format!("{}:{}", admin.user, admin.password);
    let login = login.as_str();
    let Some((head, body)) = curl(&[&address(&admin, "ping")]) else { return };
    assert!(head.starts_with("http/1.1 200") && body == b"Ok.\n");
    let run = |arguments: &[&str]| curl(&[&["-u", login], arguments].concat()).unwrap();

    let (head, body) = run(&[&address(&admin, "?query=SELECT+1,'a'+FORMAT+JSONEachRow&query_id=mine")]);
    assert_eq!(body, b"{\"1\":1,\"'a'\":\"a\"}\n");
    for header in [
        "x-clickhouse-query-id: mine",
        "x-clickhouse-format: jsoneachrow",
        "x-clickhouse-summary: {",
        "x-clickhouse-timezone: ",
    ] {
        assert!(head.contains(header), "{header} is missing in {head}");
    }
    let (head, body) = run(&[&address(&admin, "?query=DROP+DATABASE+hark")]);
    assert!(head.starts_with("http/1.1 500") && head.contains("x-clickhouse-exception-code: 164"), "{head}");
    assert!(String::from_utf8(body).unwrap().contains("readonly"));
    run(&[
        &address(&admin, ""),
        "--data-binary",
        "CREATE TABLE hark.t (n UInt64, s String) ENGINE = MergeTree ORDER BY n",
    ]);
    run(&[&address(&admin, "?query=INSERT+INTO+hark.t+FORMAT+CSV"), "--data-binary", "1,\"a\nb\"\n2,c\n"]);
    run(&[&address(&admin, ""), "--data-binary", "INSERT INTO hark.t VALUES (3, 'd'), (4, 'FORMAT CSV')"]);
    let (_, body) =
        run(&["--compressed", &address(&admin, "?default_format=CSV"), "-d", "SELECT * FROM hark.t ORDER BY n"]);
    assert_eq!(String::from_utf8(body).unwrap(), "1,\"a\nb\"\n2,\"c\"\n3,\"d\"\n4,\"FORMAT CSV\"\n");
    let (_, body) = run(&["-F", "query=SELECT {x:String}", "-F", "param_x=it's", &address(&admin, "")]);
    assert_eq!(body, b"it\\'s\n");
    let (_, body) = run(&[&address(&admin, "?param_x=5&database=hark"), "-d", "SELECT sum(n) + {x:UInt8} FROM t"]);
    assert_eq!(body, b"15\n");
    running.engine.shutdown().await;
}

#[tokio::test]
async fn only_a_right_password_opens_and_by_one_way_at_a_time() {
    let running = Running::start().await;
    let admin = running.engine.admin();
    let client = reqwest::Client::new();
    let url = || client.post(&admin.url).body("SELECT 1");
    let right = [
        url().basic_auth(&admin.user, Some(&admin.password)),
        url().header("X-ClickHouse-User", &admin.user).header("X-ClickHouse-Key", &admin.password),
        url().query(&[("user", &admin.user), ("password", &admin.password)]),
    ];
    for request in right {
        assert_eq!(request.send().await.unwrap().text().await.unwrap(), "1\n");
    }
    let wrong = [
        url(),
        url().basic_auth("admin", Some("wrong")),
        url().basic_auth("nobody", Some(&admin.password)),
        url().header("Authorization", "Bearer x"),
        url().query(&[("user", "admin")]),
        url().basic_auth("admin", Some(&admin.password)).header("X-ClickHouse-User", "admin"),
    ];
    for request in wrong {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.headers()["x-clickhouse-exception-code"], "516");
        assert!(answer.text().await.unwrap().contains("(AUTHENTICATION_FAILED)"));
    }
    for path in ["ping", "replicas_status", ""] {
        let answer = client.get(address(&admin, path)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "Ok.\n"), "{path}");
    }
    assert_eq!(client.get(address(&admin, "nothing")).send().await.unwrap().status(), 404);
    running.engine.shutdown().await;
}

#[tokio::test]
async fn every_format_goes_in_as_it_came_out() {
    let running = Running::start().await;
    let admin = running.engine.admin();
    let columns = "(n UInt64, s String, a Array(Nullable(Int32)), d DateTime64(3, 'UTC'), l LowCardinality(String))";
    running.run(&format!("CREATE TABLE hark.a {columns} ENGINE = MergeTree ORDER BY n")).await;
    // More than one chunk of a streamed result.
    running
        .run("INSERT INTO hark.a SELECT number, 'x\n\"\\'\\t' || toString(number), [number % 7, NULL], toDateTime64(number, 3), toString(number % 3) FROM numbers(150000)")
        .await;
    let sum = "SELECT count(), sum(cityHash64(n, s, toString(a), d, l)) FROM hark.";
    let expected = running.run(&format!("{sum}a")).await;
    for format in [
        "RowBinary",
        "RowBinaryWithNames",
        "RowBinaryWithNamesAndTypes",
        "Native",
        "JSONEachRow",
        "JSONCompactEachRow",
        "JSONCompactEachRowWithNamesAndTypes",
        "CSV",
        "CSVWithNames",
        "CSVWithNamesAndTypes",
        "TSV",
        "TSVWithNames",
        "TSVWithNamesAndTypes",
        "Values",
        "Parquet",
        "Arrow",
        "JSON",
    ] {
        running.run(&format!("CREATE OR REPLACE TABLE hark.b {columns} ENGINE = MergeTree ORDER BY n")).await;
        let out =
            post(&admin, &[]).body(format!("SELECT * FROM hark.a ORDER BY n FORMAT {format}")).send().await.unwrap();
        assert_eq!(out.headers()["x-clickhouse-format"], format);
        let data = out.bytes().await.unwrap();
        let query = format!("INSERT INTO hark.b FORMAT {format}");
        let back = post(&admin, &[("query", &query)]).body(data).send().await.unwrap();
        let summary = back.headers()["x-clickhouse-summary"].to_str().unwrap().to_owned();
        assert_eq!(back.text().await.unwrap(), "", "{format}");
        assert!(summary.contains("\"written_rows\":\"150000\""), "{format}: {summary}");
        assert_eq!(running.run(&format!("{sum}b")).await, expected, "{format}");
    }
    running.run("INSERT INTO hark.b (n) SETTINGS async_insert = 1, wait_for_async_insert = 1 VALUES (1000000)").await;
    running.run("INSERT INTO hark.b (n) SELECT 1000001 + number FROM numbers(2)").await;
    running.run("/* a */ INSERT INTO hark.b (n) FORMAT JSONEachRow SETTINGS input_format_skip_unknown_fields = 1\n{\"n\": 1000003, \"x\": 1}").await;
    assert_eq!(running.run("SELECT count() FROM hark.b WHERE n >= 1000000").await, "4");
    running.engine.shutdown().await;
}

#[tokio::test]
async fn every_compression_goes_in_as_it_came_out() {
    let running = Running::start().await;
    let admin = running.engine.admin();
    running.run("CREATE TABLE hark.t (n UInt64) ENGINE = MergeTree ORDER BY n").await;
    let select = "SELECT number FROM numbers(500000) FORMAT RowBinary";
    let insert = ("query", "INSERT INTO hark.t FORMAT RowBinary");
    let plain = post(&admin, &[])
        .body(select)
        .header("Accept-Encoding", "identity")
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(plain.len(), 4_000_000);
    for coding in ["gzip", "deflate", "zstd", "lz4", "blocks"] {
        let blocks = coding == "blocks";
        let request = if blocks {
            post(&admin, &[("compress", "1")])
        } else {
            post(&admin, &[]).header("Accept-Encoding", coding)
        };
        // A client of our own that leaves the coding alone.
        let raw = reqwest::Client::builder().no_gzip().no_zstd().no_brotli().no_deflate().build().unwrap();
        let answer = raw.execute(request.body(select).build().unwrap()).await.unwrap();
        let named = answer.headers().get("content-encoding").map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(named.as_deref(), (!blocks).then_some(coding));
        let data = answer.bytes().await.unwrap();
        assert!(data.len() < plain.len(), "{coding}");
        running.run("TRUNCATE TABLE hark.t").await;
        let request = if blocks {
            post(&admin, &[insert, ("decompress", "1")])
        } else {
            post(&admin, &[insert]).header("Content-Encoding", coding)
        };
        assert_eq!(request.body(data.clone()).send().await.unwrap().status(), 200, "{coding}");
        assert_eq!(running.run("SELECT count(), sum(n) FROM hark.t").await, "500000\t124999750000", "{coding}");
        if blocks {
            let mut broken = data.to_vec();
            broken[100] ^= 1;
            let answer = post(&admin, &[insert, ("decompress", "1")]).body(broken).send().await.unwrap();
            assert_eq!(answer.headers()["x-clickhouse-exception-code"], "40");
        }
    }
    running.engine.shutdown().await;
}

#[tokio::test]
async fn exceptions_have_the_codes_of_a_server() {
    let running = Running::start().await;
    let admin = running.engine.admin();
    for (sql, url, status, code) in [
        ("SELEC 1", ("a", ""), 404, 115),
        ("SELEC 1", ("query_id", ""), 400, 62),
        ("", ("query_id", ""), 400, 62),
        ("SELECT 1; SELECT 2", ("query_id", ""), 400, 62),
        ("SELECT * FROM nowhere", ("query_id", ""), 404, 60),
        ("SELECT nothing", ("query_id", ""), 404, 47),
        ("SELECT 1", ("database", "nowhere"), 404, 81),
        ("SELECT 1", ("max_threads", "many"), 400, 27),
        ("SELECT 1", ("session_timeout", "9999"), 400, 374),
        ("SELECT 1 INTO OUTFILE 'x'", ("query_id", ""), 501, 48),
        ("INSERT INTO hark.x FROM INFILE 'x' FORMAT CSV", ("query_id", ""), 501, 48),
        ("SELECT throwIf(number = 200000) FROM numbers(300000)", ("wait_end_of_query", "1"), 500, 395),
    ] {
        let answer = post(&admin, &[url]).body(sql).send().await.unwrap();
        let got = (
            answer.status().as_u16(),
            answer.headers().get("x-clickhouse-exception-code").map(|c| c.to_str().unwrap().to_owned()),
        );
        let body = answer.text().await.unwrap();
        assert_eq!(got, (status, Some(code.to_string())), "{sql}: {body}");
        assert!(body.starts_with(&format!("Code: {code}. DB::Exception: ")), "{body}");
    }
    let session = [("session_id", "s"), ("session_check", "1")];
    let (_, body) = running.send_with(&admin, "SELECT 1", &session).await;
    assert!(body.starts_with("Code: 372."), "{body}");
    running.engine.shutdown().await;
}

/// Queries the engine is running, but for the one that asks.
async fn running_queries(running: &Running) -> usize {
    let sql =
        "SELECT count() FROM system.processes WHERE query NOT LIKE '%system.processes%' AND query NOT LIKE 'KILL%'";
    running.run(sql).await.parse().unwrap()
}

#[tokio::test]
async fn a_query_ends_when_its_client_hangs_up() {
    let running = Running::start().await;
    let (admin, analyst) = (running.engine.admin(), running.engine.analyst());
    let nothing_to_send = "SELECT count() FROM numbers(1900000000) WHERE NOT ignore(SHA512(toString(number)))";
    let more_than_anyone_reads = "SELECT number, toString(number) FROM numbers(1900000000)";
    let a_write = "INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers(1900000000) WHERE NOT ignore(SHA512(toString(number)))";
    for (who, sql) in
        [(&admin, nothing_to_send), (&analyst, nothing_to_send), (&admin, more_than_anyone_reads), (&admin, a_write)]
    {
        let request = tokio::spawn({
            let request = post(who, &[]).body(sql);
            async move {
                let mut body = request.send().await.unwrap().bytes_stream();
                body.next().await;
                std::future::pending::<()>().await;
                drop(body);
            }
        });
        until("the query to run", async || (running_queries(&running).await > 0).then_some(())).await;
        request.abort();
        until("the query to be stopped", async || (running_queries(&running).await == 0).then_some(())).await;
    }
    running.engine.shutdown().await;
}

#[tokio::test]
async fn an_insert_that_breaks_off_stores_nothing() {
    let running = Running::start().await;
    let admin = running.engine.admin();
    running.run("CREATE TABLE hark.t (n UInt64) ENGINE = MergeTree ORDER BY n").await;
    let (sender, pieces) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let body = reqwest::Body::wrap_stream(futures::stream::unfold(pieces, async |mut pieces| {
        Some((pieces.recv().await?, pieces))
    }));
    let request = post(&admin, &[("query", "INSERT INTO hark.t FORMAT CSV")]).body(body).send();
    let request = tokio::spawn(request);
    for n in 0..100 {
        sender.send(Ok(format!("{n}\n"))).await.unwrap();
    }
    until("the insert to run", async || (running_queries(&running).await > 0).then_some(())).await;
    sender.send(Err(std::io::Error::other("broken off"))).await.unwrap();
    assert!(request.await.unwrap().is_err());
    until("the insert to be given up", async || (running_queries(&running).await == 0).then_some(())).await;
    assert_eq!(running.run("SELECT count() FROM hark.t").await, "0");
    running.engine.shutdown().await;
}

#[tokio::test]
async fn more_requests_than_places_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(directory.path());
    (options.concurrent_reads, options.concurrent_inserts, options.waiting_requests) = (1, 1, 0);
    let engine = start(options).await.unwrap();
    let admin = engine.admin();
    let endless = || post(&admin, &[]).body("SELECT count() FROM numbers(1000000000000)").send();
    // One runs, one waits for its turn, and there is no place for the third.
    let held: Vec<_> = (0..3).map(|_| tokio::spawn(endless())).collect();
    let (refused, _, held) = futures::future::select_all(held).await;
    let refused = refused.unwrap().unwrap();
    assert_eq!(refused.headers()["x-clickhouse-exception-code"], "202");
    held.iter().for_each(|request| request.abort());
    until("a free place", async || {
        let answer = post(&admin, &[]).body("SELECT 1").send().await.unwrap();
        (answer.status() == 200).then_some(())
    })
    .await;
    engine.shutdown().await;
}

#[tokio::test]
async fn a_session_is_for_one_request_at_a_time() {
    let running = Running::start().await;
    let admin = running.engine.admin();
    let session = [("session_id", "s")];
    let held = tokio::spawn(post(&admin, &session).body("SELECT count() FROM numbers(1000000000000)").send());
    let body = until("a locked session", async || {
        let (status, body) = running.send_with(&admin, "SELECT 1", &session).await;
        (status != 200).then_some(body)
    })
    .await;
    assert!(body.starts_with("Code: 373."), "{body}");
    held.abort();
    until("the session to be free", async || {
        (running.send_with(&admin, "SELECT 1", &session).await.0 == 200).then_some(())
    })
    .await;
    running.engine.shutdown().await;
}
