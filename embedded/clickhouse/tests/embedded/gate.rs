//! What an analyst may and may not do.

use crate::support::{Running, post};

async fn running() -> Running {
    let running = Running::start().await;
    for sql in [
        "CREATE TABLE hark.rows (id UInt64, day Date, text String, topics Array(String), score Float32, \
         extra Map(String, String)) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO hark.rows SELECT number, toDate('2026-01-01') + number % 30, 'text ' || toString(number), \
         ['a', 'b'], number / 10, map('k', 'v') FROM numbers(1000)",
        "CREATE VIEW hark.mentions AS SELECT * FROM hark.rows WHERE id < 900",
        // The view's own reading is trusted, also where the analyst's would not be.
        "CREATE VIEW hark.processes AS SELECT count() AS n FROM system.processes",
        "CREATE DATABASE private",
        "CREATE TABLE private.salaries (n UInt64) ENGINE = MergeTree ORDER BY n",
        "INSERT INTO private.salaries VALUES (987654321)",
        "CREATE TABLE hark.joined (k UInt64, v String) ENGINE = Join(ANY, LEFT, k)",
        "CREATE FUNCTION sneaky AS (p) -> file(p)",
        "CREATE DICTIONARY hark.dict (n UInt64) PRIMARY KEY n SOURCE(CLICKHOUSE(DB 'private' TABLE 'salaries')) \
         LAYOUT(FLAT()) LIFETIME(0)",
    ] {
        running.run(sql).await;
    }
    // In the engine's current directory, where it can read.
    for name in ["secret.txt", "secret.csv"] {
        std::fs::write(running.directory.path().join("tmp").join(name), "987654321,x\n987654321,y\n").unwrap();
    }
    assert!(running.run("SELECT file('secret.txt')").await.contains("987654321"));
    running
}

/// Each with a word that the refusal must contain.
const REFUSED: &[(&str, &str)] = &[
    // Writes.
    ("INSERT INTO hark.rows (id) VALUES (1)", "INSERT"),
    ("INSERT INTO hark.rows (id) SELECT 1", "INSERT"),
    ("WITH x AS (SELECT 1 AS id) INSERT INTO hark.rows (id) SELECT id FROM x", "not open"),
    ("INSERT INTO FUNCTION file('x.csv') SELECT 1", "INSERT"),
    ("CREATE TABLE hark.x (n UInt8) ENGINE = Memory", "CREATE"),
    ("CREATE TEMPORARY TABLE x (n UInt8)", "CREATE"),
    ("CREATE VIEW hark.v AS SELECT 1", "CREATE"),
    ("DROP TABLE hark.rows", "DROP"),
    ("TRUNCATE TABLE hark.rows", "TRUNCATE"),
    ("ALTER TABLE hark.rows DELETE WHERE 1", "ALTER"),
    ("DELETE FROM hark.rows WHERE 1", "DELETE"),
    ("OPTIMIZE TABLE hark.rows FINAL", "OPTIMIZE"),
    ("RENAME TABLE hark.rows TO hark.gone", "RENAME"),
    ("EXCHANGE TABLES hark.rows AND hark.joined", "EXCHANGE"),
    // Files, by every road.
    ("SELECT 1 INTO OUTFILE 'stolen.txt'", "INTO OUTFILE"),
    ("SELECT 1 INTO/**/OUTFILE 'stolen.txt' FORMAT CSV", "INTO OUTFILE"),
    ("INSERT INTO hark.rows FROM INFILE 'secret.txt' FORMAT CSV", "INSERT"),
    ("SELECT file('secret.txt')", "function file"),
    ("SELECT `file`('secret.txt')", "function file"),
    ("SELECT\nfile\n('secret.txt')", "function file"),
    ("SELECT/**/file/*x*/('secret.txt') -- file", "function file"),
    ("SELECT * APPLY file FROM (SELECT 'secret.txt')", "function file"),
    ("SELECT * APPLY(x -> file(x)) FROM (SELECT 'secret.txt' AS x)", "function file"),
    ("SELECT * REPLACE(file(x) AS x) FROM (SELECT 'secret.txt' AS x)", "function file"),
    ("SELECT COLUMNS('x') APPLY(file) FROM (SELECT 'secret.txt' AS x)", "function file"),
    ("SELECT arrayMap(x -> file(x), ['secret.txt'])", "function file"),
    ("SELECT 1 UNION ALL SELECT length(file('secret.txt'))", "function file"),
    ("WITH f AS (SELECT file('secret.txt') AS x) SELECT * FROM f", "function file"),
    ("WITH (SELECT file('secret.txt')) AS x SELECT x", "function file"),
    ("SELECT (SELECT file('secret.txt'))", "function file"),
    ("SELECT 1 WHERE 1 IN (SELECT length(file('secret.txt')))", "function file"),
    ("SELECT number FROM numbers(3) ORDER BY file('secret.txt')", "function file"),
    ("SELECT number FROM numbers(3) GROUP BY number HAVING any(file('secret.txt')) != ''", "function file"),
    ("SELECT sum(1) OVER (PARTITION BY file('secret.txt')) FROM numbers(3)", "function file"),
    ("SELECT number FROM numbers(3) LIMIT 1 BY file('secret.txt')", "function file"),
    ("SELECT number FROM numbers(3) LIMIT length(file('secret.txt'))", "function file"),
    ("SELECT number FROM numbers(3) QUALIFY file('secret.txt') != ''", "function file"),
    ("SELECT 1 AS a FROM numbers(1) ORDER BY a WITH FILL INTERPOLATE (a AS file('secret.txt'))", ""),
    ("SELECT * FROM numbers(length(file('secret.txt')))", "function file"),
    (
        "SELECT 1 AS `function_name: plus, function_type`, file('secret.txt') AS `x\n  function_name: plus`",
        "function file",
    ),
    ("SELECT sneaky('secret.txt')", "function"),
    ("SELECT * FROM file('secret.txt', 'LineAsString')", "table function file"),
    ("SELECT * FROM 'secret.txt'", ""),
    ("SELECT * FROM `secret.txt`", ""),
    ("SELECT * FROM default.`secret.txt`", "default.secret"),
    ("DESCRIBE TABLE default.`secret.txt`", "default.secret"),
    ("DESCRIBE TABLE file('secret.txt')", "cannot be checked"),
    ("DESCRIBE (SELECT * FROM file('secret.txt', 'LineAsString'))", "table function file"),
    ("DESCRIBE TABLE (SELECT 1) UNION ALL (SELECT file('secret.txt'))", ""),
    ("EXPLAIN SELECT file('secret.txt')", "function file"),
    ("EXPLAIN PIPELINE SELECT (SELECT file('secret.txt'))", "function file"),
    ("EXPLAIN QUERY TREE SELECT file('secret.txt')", "function file"),
    ("EXPLAIN AST INSERT INTO hark.rows VALUES (1)", "EXPLAIN"),
    ("SHOW TABLES WHERE name = file('secret.txt')", "SHOW"),
    ("SHOW CREATE TABLE default.`secret.txt`", "default.secret"),
    // Network and programs.
    ("SELECT * FROM url('http://127.0.0.1:1/', CSV, 'x String')", "table function url"),
    ("SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV', 'x String')", "table function s3"),
    ("SELECT * FROM remote('127.0.0.1', private.salaries)", "table function remote"),
    ("SELECT * FROM cluster('default', private.salaries)", "table function cluster"),
    ("SELECT * FROM executable('cat', 'CSV', 'x String')", "table function executable"),
    ("SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')", "table function mysql"),
    ("SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')", "table function postgresql"),
    ("SELECT * FROM sqlite('a.db', 't')", "table function sqlite"),
    ("SELECT * FROM input('x String')", "table function input"),
    ("SELECT * FROM format(LineAsString, 'x')", "table function format"),
    ("SELECT aiGenerate('x', 'y')", "function aiGenerate"),
    ("SELECT AIClassify('x', ['y'])", "function AIClassify"),
    // Other tables.
    ("SELECT * FROM private.salaries", "private.salaries"),
    ("SELECT * FROM `private`.`salaries`", "private.salaries"),
    ("SELECT * FROM \"private\".\"salaries\"", "private.salaries"),
    ("SELECT * FROM private . salaries", "private.salaries"),
    ("SELECT n FROM hark.rows, private.salaries", "private.salaries"),
    ("SELECT * FROM hark.rows JOIN private.salaries ON id = n", "private.salaries"),
    ("SELECT 987654321 IN private.salaries", "private.salaries"),
    ("SELECT 987654321 IN (SELECT n FROM private.salaries)", "private.salaries"),
    ("SELECT globalIn(987654321, private.salaries)", "private.salaries"),
    ("SELECT count() FROM hark.rows WHERE id NOT IN private.salaries", "private.salaries"),
    ("SELECT * FROM private.salaries FINAL", "private.salaries"),
    ("SELECT private.salaries.n FROM private.salaries", "private.salaries"),
    ("SELECT * FROM merge('private', '.*')", "table function merge"),
    ("SELECT * FROM merge(REGEXP('private'), '.*')", "table function merge"),
    ("SELECT * FROM mergeTreeIndex('private', 'salaries')", "table function mergeTreeIndex"),
    ("SELECT * FROM view(SELECT * FROM private.salaries)", "view"),
    ("SELECT * FROM loop(private.salaries)", "loop"),
    ("SELECT * FROM dictionary('hark.dict')", "table function dictionary"),
    ("SELECT dictGet('hark.dict', 'n', 1)", "function dictGet"),
    ("SELECT dictHas('hark.dict', 1)", "function dictHas"),
    ("SELECT joinGet('hark.joined', 'v', toUInt64(1))", "function joinGet"),
    ("SELECT hasColumnInTable('private', 'salaries', 'n')", "function hasColumnInTable"),
    ("SHOW CREATE TABLE private.salaries", "private.salaries"),
    ("SHOW TABLES FROM private", "private"),
    ("SHOW COLUMNS FROM salaries FROM private", "private"),
    ("DESCRIBE TABLE private.salaries", "private.salaries"),
    ("EXISTS TABLE private.salaries", "private.salaries"),
    ("SELECT * FROM system.processes", "system.processes"),
    ("SELECT * FROM system.users", "system.users"),
    ("SELECT * FROM `system`.processes", "system.processes"),
    ("SELECT * FROM system.server_settings", "system.server_settings"),
    ("SELECT * FROM system.merges", "system.merges"),
    ("SELECT * FROM system.parts", "system.parts"),
    ("SELECT * FROM system.disks", "system.disks"),
    // The machine and the process.
    ("SELECT hostName()", "function hostName"),
    ("SELECT hostname()", "function hostname"),
    ("SELECT FQDN()", "function FQDN"),
    ("SELECT fqdn()", "function fqdn"),
    ("SELECT getSetting('max_threads')", "function getSetting"),
    ("SELECT getServerPort('tcp_port')", "function getServerPort"),
    ("SELECT getServerSetting('max_server_memory_usage')", "function getServerSetting"),
    ("SELECT getOSKernelVersion()", "function getOSKernelVersion"),
    ("SELECT filesystemAvailable()", "function filesystemAvailable"),
    ("SELECT demangle('x')", "function demangle"),
    ("SELECT addressToSymbol(1)", "function addressToSymbol"),
    ("SELECT buildId()", "function buildId"),
    ("SELECT sleep(0.1)", "function sleep"),
    ("SELECT SLEEP(0.1)", "function SLEEP"),
    ("SELECT sleepEachRow(0.1) FROM numbers(3)", "function sleepEachRow"),
    ("SELECT catboostEvaluate('x', 1)", "function catboostEvaluate"),
    ("SELECT * FROM generateRandom('n UInt8') LIMIT 1", "table function generateRandom"),
    ("SELECT * FROM fuzzJSON('x', 1)", "table function"),
    ("SELECT arrayReduce('sum', [1]), flameGraph(1)", "function flameGraph"),
    // The session.
    ("USE private", "USE"),
    ("USE system", "USE"),
    ("SET max_threads = 1", "SET"),
    ("SET readonly = 0", "SET"),
    ("SET ROLE ALL", "SET"),
    ("SELECT 1 SETTINGS max_threads = 1", "SETTINGS"),
    ("SELECT 1 FORMAT CSV SETTINGS readonly = 0", "SETTINGS"),
    ("SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)", "SETTINGS"),
    ("SELECT 1; SELECT 2", "one statement"),
    ("SELECT 1;SELECT file('secret.txt')", "one statement"),
    ("SELECT 1; DROP TABLE hark.rows", "one statement"),
    ("SELECT 1 PARALLEL WITH SELECT 2", ""),
    ("KILL QUERY WHERE 1", "KILL"),
    ("SYSTEM FLUSH LOGS", "SYSTEM"),
    ("SYSTEM SHUTDOWN", "SYSTEM"),
    ("BACKUP DATABASE hark TO File('x')", "BACKUP"),
    ("ATTACH TABLE hark.y UUID '00000000-0000-0000-0000-000000000001' (n UInt8) ENGINE = Memory", "ATTACH"),
    ("DETACH TABLE hark.rows", "DETACH"),
    ("CREATE USER x", "CREATE"),
    ("GRANT ALL ON *.* TO analyst", "GRANT"),
    ("CREATE FUNCTION f AS x -> x", "CREATE"),
    ("CREATE DICTIONARY hark.d (n UInt64) PRIMARY KEY n SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)", "CREATE"),
    ("CHECK TABLE hark.rows", "CHECK"),
    ("SHOW PROCESSLIST", "SHOW"),
    ("SHOW GRANTS", "SHOW"),
    // Attempts to blind the check.
    ("SELECT file('secret.txt') FORMAT Null", "function file"),
    ("SELECT file('secret.txt') FoRmAt/**/CSV", "function file"),
    ("SELECT file('secret.txt') FORMAT `Null`", ""),
    ("SELECT file('secret.txt') FORMAT \"Null\"", ""),
    ("SELECT file('secret.txt') FORMAT Null FORMAT CSV", ""),
    ("SELECT file('secret.txt') # FORMAT Null\n", "function file"),
    ("SELECT '/*', file('secret.txt'), '*/'", "function file"),
    ("SELECT 'a\\'', file('secret.txt'), '--'", "function file"),
    ("SELECT $$ ' $$, file('secret.txt'), $$ ' $$", "function file"),
    ("SELECT /* /* */ 1, */ file('secret.txt')", "function file"),
    ("SELECT 'unfinished", ""),
    ("SELECT 1 /* unfinished", ""),
];

#[tokio::test]
async fn every_known_way_around_is_refused() {
    let running = running().await;
    let analyst = running.engine.analyst();
    let mut wrong = Vec::new();
    for (sql, names) in REFUSED {
        let (status, body) = running.send(&analyst, sql).await;
        if status == 200 || !body.contains("DB::Exception") || !body.contains(names) || body.contains("987654321") {
            wrong.push(format!("{sql}\n    {status} {}", body.trim_end()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} got through or were not named:\n{}",
        wrong.len(),
        REFUSED.len(),
        wrong.join("\n")
    );
    assert_eq!(running.run("SELECT count() FROM hark.rows").await, "1000");
    assert!(!running.directory.path().join("stolen.txt").exists());
    running.engine.shutdown().await;
}

/// Questions that are answered, but must not tell what is in a file or another database.
const SILENT: &[&str] = &[
    "SELECT * FROM system.tables WHERE database = 'default' AND name = 'secret.csv'",
    "SELECT * FROM system.columns WHERE database = 'default' AND table = 'secret.csv'",
    "SELECT * FROM information_schema.columns WHERE table_schema = 'default' AND table_name = 'secret.csv'",
    "SHOW COLUMNS FROM `secret.csv`",
    "EXISTS `secret.csv`",
    "SELECT * FROM system.tables WHERE database = 'private'",
    "SELECT * FROM system.columns WHERE database = 'private'",
    "SELECT * FROM system.settings",
    "SELECT * FROM system.build_options",
];

#[tokio::test]
async fn tables_about_tables_do_not_read_files() {
    let running = running().await;
    for sql in SILENT {
        let (_, body) = running.send(&running.engine.analyst(), sql).await;
        assert!(!body.contains("987654321"), "{sql}: {body}");
    }
    running.engine.shutdown().await;
}

const ACCEPTED: &[&str] = &[
    "SELECT 1",
    "select 1;",
    "-- a comment\nSELECT 1 /* another */",
    "(SELECT 1)",
    "SELECT count() FROM mentions",
    "SELECT COUNT(*), Sum(score), uniqExact(id) FROM hark.mentions",
    "SELECT n FROM hark.processes",
    "SELECT toStartOfWeek(day) AS w, count() AS n FROM mentions GROUP BY w ORDER BY w",
    "SELECT date_trunc('month', day) AS m, countIf(score > 3) FROM mentions GROUP BY ALL ORDER BY m",
    "SELECT topic, count() FROM mentions ARRAY JOIN topics AS topic GROUP BY topic",
    "SELECT arrayJoin(topics) AS t, quantilesTDigestIf(0.5, 0.9)(score, id > 3) FROM mentions GROUP BY t",
    "SELECT m.id, m.text FROM mentions AS m LEFT JOIN rows AS r USING (id) WHERE m.text ILIKE '%text%' LIMIT 5",
    "WITH a AS (SELECT day, count() AS n FROM mentions GROUP BY day) SELECT day, n, sum(n) OVER (ORDER BY day) FROM a",
    "SELECT id, row_number() OVER w FROM mentions WINDOW w AS (PARTITION BY day ORDER BY id) QUALIFY row_number() OVER w = 1",
    "SELECT lagInFrame(score, 1, 0) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM mentions LIMIT 3",
    "SELECT id FROM mentions WHERE id IN (SELECT id FROM rows WHERE id < 5) AND day BETWEEN '2026-01-01' AND '2026-02-01'",
    "SELECT id FROM mentions WHERE id IN (1, 2, 3) OR has(topics, 'a') OR extra['k'] = 'v'",
    "SELECT 1 IN rows.id FROM rows",
    "SELECT sumMap(map('a', 1)), groupArraySorted(3)(id), argMax(text, score), topK(3)(topics[1]) FROM mentions",
    "SELECT uniqMerge(u) FROM (SELECT day, uniqState(id) AS u FROM mentions GROUP BY day)",
    "SELECT CASE WHEN score > 1 THEN 'high' ELSE 'low' END AS c, if(1, 2, 3), multiIf(1, 2, 3), coalesce(NULL, 1) FROM mentions LIMIT 1",
    "SELECT CAST(1 AS String), 1::Float64, toDate('2026-01-01') + INTERVAL 1 DAY, now() - INTERVAL 1 HOUR",
    "SELECT EXTRACT(YEAR FROM now()), formatDateTime(now(), '%Y'), dateDiff('day', today(), yesterday())",
    "SELECT splitByChar(',', 'a,b'), arrayMap(x -> x * 2, [1, 2]), arrayFilter((x, y) -> y, [1], [1]), tuple(1, 2).1",
    "SELECT JSONExtractString('{\"a\":\"b\"}', 'a'), domain('https://a.b/c'), cityHash64('x'), hex(MD5('x'))",
    "SELECT substr('abc', 2), substring('abc' FROM 2 FOR 1), trim(BOTH ' ' FROM ' a '), lcase('A'), position('a' IN 'ba')",
    "SELECT hasToken('a b', 'a'), match('a', 'a'), extractAll('a1b2', '\\\\d'), replaceRegexpAll('a', 'a', 'b'), 'a' LIKE 'a'",
    "SELECT * EXCEPT (text) FROM mentions LIMIT 1",
    "SELECT * REPLACE (upper(text) AS text) APPLY toString FROM mentions LIMIT 1",
    "SELECT number FROM numbers(10) WHERE number % 2 = 0 UNION DISTINCT SELECT 3",
    "SELECT day, count() FROM mentions GROUP BY day WITH TOTALS ORDER BY day WITH FILL",
    "SELECT day, count(), grouping(day) FROM mentions GROUP BY GROUPING SETS ((day), ())",
    "SELECT day, topics[1], count() FROM mentions GROUP BY ROLLUP(day, topics[1])",
    "SELECT id FROM mentions ORDER BY score DESC LIMIT 2 BY day LIMIT 5 OFFSET 2",
    "SELECT exists(SELECT 1 FROM mentions), (SELECT max(id) FROM mentions)",
    "SELECT 'function_names are words; FORMAT JSON; INTO OUTFILE; it''s' AS `odd; name`",
    "SELECT seriesDecomposeSTL([10.1, 20.45, 40.34, 10.1, 20.45, 40.34, 10.1, 20.45, 40.34], 3)",
    "SELECT windowFunnel(10)(toDateTime(day), id = 1, id = 2), retention(id = 1, id = 2) FROM mentions",
    "SELECT version(), timezone(), currentDatabase(), currentUser()",
    "SELECT name FROM system.tables WHERE database = 'hark'",
    "SELECT name, type FROM system.columns WHERE database = currentDatabase()",
    "SELECT name, value FROM system.settings LIMIT 1",
    "SELECT name FROM system.databases",
    "SELECT * FROM system.one",
    "SELECT table_name FROM information_schema.tables LIMIT 1",
    "SELECT table_name FROM INFORMATION_SCHEMA.TABLES LIMIT 1",
    "SHOW TABLES",
    "SHOW FULL TABLES FROM hark LIKE 'm%'",
    "SHOW DATABASES",
    "SHOW COLUMNS FROM mentions",
    "SHOW CREATE TABLE mentions",
    "SHOW CREATE VIEW hark.mentions",
    "SHOW FUNCTIONS LIKE 'uniq%'",
    "DESCRIBE TABLE hark.mentions",
    "DESC mentions",
    "DESCRIBE (SELECT id, text FROM mentions)",
    "EXISTS TABLE hark.mentions",
    "EXISTS mentions",
    "EXPLAIN SELECT count() FROM mentions WHERE id = 1",
    "EXPLAIN indexes = 1 SELECT count() FROM mentions WHERE id = 1",
    "EXPLAIN PIPELINE SELECT 1",
    "EXPLAIN SYNTAX WITH 1 AS x SELECT x",
    "EXPLAIN ESTIMATE SELECT * FROM rows",
    "SELECT {a:UInt8} + {b:UInt8}, {t:String}",
    "SELECT count() FROM {table:Identifier}",
];

#[tokio::test]
async fn ordinary_questions_are_answered() {
    let running = running().await;
    let analyst = running.engine.analyst();
    let params = [("param_a", "1"), ("param_b", "2"), ("param_t", "file('x')"), ("param_table", "mentions")];
    let mut wrong = Vec::new();
    for sql in ACCEPTED {
        for format in ["", "JSON", "RowBinaryWithNamesAndTypes"] {
            let sql = if format.is_empty() {
                (*sql).to_owned()
            } else {
                format!("{} FORMAT {format}", sql.trim_end_matches(';'))
            };
            let answer = post(&analyst, &params).body(sql.clone()).send().await.unwrap();
            if answer.status() != 200 {
                wrong.push(format!("{sql}\n    {}", answer.text().await.unwrap()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} were refused:\n{}", wrong.len(), wrong.join("\n"));
    running.engine.shutdown().await;
}

#[tokio::test]
async fn parameters_cannot_name_what_the_text_may_not() {
    let running = running().await;
    let analyst = running.engine.analyst();
    let params = [("param_d", "private"), ("param_t", "salaries"), ("param_dt", "private.salaries")];
    for sql in
        ["SELECT * FROM {d:Identifier}.{t:Identifier}", "SELECT * FROM {dt:Identifier}", "DESCRIBE {dt:Identifier}"]
    {
        let (status, body) = running.send_with(&analyst, sql, &params).await;
        assert!(status != 200 && !body.contains("987654321"), "{sql}: {body}");
    }
    running.engine.shutdown().await;
}

#[tokio::test]
async fn settings_and_databases_are_limited() {
    let running = running().await;
    let analyst = running.engine.analyst();
    for (name, value) in [
        ("readonly", "0"),
        ("max_execution_time", "99999"),
        ("session_timezone", "Asia/Tokyo"),
        ("output_format_json_quote_64bit_integers", "1"),
        ("database", "hark"),
        ("database", "default"),
        ("session_id", "x"),
        ("client_protocol_version", "54460"),
        ("send_progress_in_http_headers", "1"),
        ("wait_end_of_query", "1"),
    ] {
        let (status, body) = running.send_with(&analyst, "SELECT 1", &[(name, value)]).await;
        assert_eq!((status, body.as_str()), (200, "1\n"), "{name}");
    }
    for (name, value, code) in [
        ("database", "private", 497),
        ("database", "system", 497),
        ("additional_table_filters", "{}", 164),
        ("output_format_schema", "x", 164),
        ("allow_introspection_functions", "1", 164),
        ("dialect", "prql", 164),
        ("enable_analyzer", "0", 164),
        ("no_such_setting", "0", 164),
        ("path", "/", 164),
        ("config-file", "x", 164),
        ("role", "admin", 511),
    ] {
        let (status, body) = running.send_with(&analyst, "SELECT 1", &[(name, value)]).await;
        assert!(status != 200 && body.starts_with(&format!("Code: {code}.")), "{name}: {body}");
    }
    for (sql, code) in [
        ("SELECT number FROM numbers(2000000)", 396),
        ("SELECT groupArray(toString(number)) FROM numbers(100000000)", 241),
    ] {
        let (_, body) = running.send(&analyst, sql).await;
        assert!(
            body.contains(&format!("Code: {code}.")),
            "{sql}: {}",
            body.chars().rev().take(300).collect::<String>()
        );
    }
    let (_, body) = running
        .send_with(
            &analyst,
            "SELECT count() FROM numbers(1900000000) WHERE NOT ignore(sipHash64(number))",
            &[("max_execution_time", "0.3")],
        )
        .await;
    assert!(body.contains("Code: 159."), "{body}");
    running.engine.shutdown().await;
}

#[tokio::test]
async fn the_list_of_functions_names_real_functions() {
    let running = Running::start().await;
    let known = running.run("SELECT name FROM system.functions WHERE alias_to = '' AND origin = 'System'").await;
    let known: std::collections::HashSet<&str> = known.lines().collect();
    // Syntax that the engine reads as functions.
    let syntax = ["exists", "grouping", "untuple"];
    let listed = include_str!("../../src/gate/functions.txt").lines().filter(|line| !line.starts_with('#'));
    let unknown: Vec<_> =
        listed.flat_map(str::split_whitespace).filter(|name| !known.contains(name) && !syntax.contains(name)).collect();
    assert!(unknown.is_empty(), "not functions of this engine: {unknown:?}");
    running.engine.shutdown().await;
}
