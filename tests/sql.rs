//! `hark sql` as the analyst: answers in every form, and refuses what an analyst may not do.

use hark_tests::hark::Hark;

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

#[test]
fn answers_come_in_the_form_that_is_asked_for() {
    let hark = hark();
    let ask = |format: &str| hark.must(["sql", "--format", format, "SELECT 1 AS one, 'a\tb' AS text"]);
    assert_eq!(ask("tsv"), "1\ta\\tb\n");
    assert_eq!(ask("csv"), "\"one\",\"text\"\n1,\"a\tb\"\n");
    assert_eq!(ask("jsonl"), "{\"one\":1,\"text\":\"a\\tb\"}\n");
    assert!(ask("json").contains("\"rows\": 1"));
    assert!(ask("pretty").contains("┌─one─┬─text"));
    let answered = hark.run_with_input(["sql", "-"], b"SELECT count() FROM mentions");
    assert_eq!(answered.out, "0\n", "{answered:#?}");
    assert!(hark.must(["sql", "DESCRIBE mentions"]).contains("published_at"));
}

#[test]
fn an_analyst_can_only_read_mentions() {
    let hark = hark();
    let folder = hark.folder().to_path_buf();
    let leak = folder.join("leak.csv");
    hark.file("secret.csv", "secret\n");
    let refused = [
        "INSERT INTO mention_states (id) VALUES ('x')".to_owned(),
        "DROP TABLE mention_states".into(),
        "ALTER TABLE mention_states DELETE WHERE 1".into(),
        "CREATE TABLE t (a Int8) ENGINE = Memory".into(),
        "SET readonly = 0".into(),
        "SELECT 1 SETTINGS readonly = 0".into(),
        format!("SELECT * FROM file('{}')", folder.join("secret.csv").display()),
        format!("SELECT file('{}')", folder.join("secret.csv").display()),
        format!("SELECT 1 INTO OUTFILE '{}'", leak.display()),
        "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')".into(),
        "SELECT * FROM merge('hark', '.*')".into(),
        "SELECT * FROM remote('127.0.0.1', system.one)".into(),
        "SELECT * APPLY file FROM (SELECT '/etc/passwd')".into(),
        "SELECT sleep(3)".into(),
        "SELECT 1; SELECT 2".into(),
        "KILL QUERY WHERE 1".into(),
        "SYSTEM SHUTDOWN".into(),
    ];
    for query in refused {
        let answer = hark.run(["sql", &query]);
        assert_eq!(answer.status.code(), Some(1), "{query}: {answer:#?}");
        assert_eq!(answer.out, "", "{query}");
        assert!(answer.err.contains("Code: "), "{query}: {answer:#?}");
    }
    assert!(!leak.exists());
    assert_eq!(hark.sql("SELECT count() FROM mentions"), "0");
}

#[test]
fn a_query_that_would_take_too_much_is_stopped() {
    let hark = hark();
    let endless = hark.run(["sql", "SELECT count() FROM numbers(1000000000000000) WHERE sipHash64(number) = 1"]);
    assert_eq!(endless.status.code(), Some(1), "{endless:#?}");
    let greedy = hark.run(["sql", "SELECT length(groupArray(toString(number))) FROM numbers(1000000000)"]);
    assert_eq!(greedy.status.code(), Some(1), "{greedy:#?}");
    assert!(greedy.err.contains("Code: "), "{greedy:#?}");
}
