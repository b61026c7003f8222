//! The command as a stranger meets it: help, refusals, exit codes.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::TcpListener;

use hark_tests::hark::Hark;

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

#[test]
fn every_subcommand_explains_itself() {
    let hark = hark();
    let help = hark.must(["--help"]);
    let commands = [
        "up",
        "ingest",
        "enrich",
        "sink",
        "dashboards",
        "embedded",
        "import",
        "sql",
        "check",
        "sources",
        "backfill",
        "migrate",
        "verify",
        "dead",
        "replay",
        "correct",
        "corrections",
        "relabel",
        "erase",
    ];
    for command in commands {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        assert!(hark.must([command, "--help"]).contains("Usage: hark"), "{command}");
    }
    assert_eq!(hark.run(["explode"]).status.code(), Some(2));
}

#[test]
fn a_wrong_configuration_is_refused_with_all_its_problems_before_anything_starts() {
    let hark = hark();
    hark.file(
        "hark.toml",
        "[sink]\nbatch_age = \"forever\"\n[[brand]]\nname = \"A\"\nquery = \"a OR\"\n[[source]]\ntype = \"carrier pigeon\"\n[kafca]\n",
    );
    for command in [&["check"][..], &["up"], &["sql", "SELECT 1"]] {
        let refused = hark.run(command);
        assert_eq!(refused.status.code(), Some(2), "{refused:#?}");
        for said in ["4 problems", "sink.batch_age", "brand[0].query", "column", "source[0].type", "kafca"] {
            assert!(refused.err.contains(said), "{said}: {refused:#?}");
        }
    }
    assert!(!hark.folder().join("hark-data").exists());
    assert_eq!(hark.run(["check", "--config", "nowhere.toml"]).status.code(), Some(2));
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let hark = hark();
    hark.file("hark.toml", "[clickhouse]\nurl = \"http://localhost:1\"\npassword = \"hunter2\"\n");
    let refused = hark.run(["check"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.err.contains("${env:NAME}") && !refused.err.contains("hunter2"), "{refused:#?}");
}

#[test]
fn a_stage_without_servers_says_what_to_set() {
    let refused = hark().run(["sink"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.err.contains("[kafka] brokers") && refused.err.contains("hark up"), "{refused:#?}");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_key_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let hark = hark();
    let refused = hark.run(["up", "--listen", &address]);
    assert_eq!(refused.status.code(), Some(1), "{refused:#?}");
    assert!(refused.err.contains(&address) && refused.err.contains("--listen"), "{refused:#?}");
    for (section, key) in [("kafka", "[kafka] listen"), ("clickhouse", "[clickhouse] listen")] {
        hark.file("hark.toml", format!("[{section}]\nlisten = \"{address}\"\n"));
        let refused = hark.run(["up", "--listen", "127.0.0.1:0"]);
        assert_eq!(refused.status.code(), Some(1), "{refused:#?}");
        assert!(refused.err.contains(&address) && refused.err.contains(key), "{refused:#?}");
    }
}

#[test]
fn everything_can_be_reached_on_a_fresh_folder() {
    let report = hark().must(["check", "--connect"]);
    for component in ["kafka", "clickhouse", "analyst"] {
        assert!(report.lines().any(|line| line.starts_with(component) && line.contains("ok")), "{report}");
    }
}

#[test]
fn a_second_up_on_the_same_folder_is_refused_and_ctrl_c_stops_the_first_cleanly() {
    let hark = hark();
    let up = hark.up([""; 0]);
    let second = hark.run(["up", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1), "{second:#?}");
    assert!(second.err.contains("already running"), "{second:#?}");
    let (status, said) = up.stop();
    assert!(status.success(), "{said}");
    assert!(!said.contains("panicked") && !said.contains("ERROR"), "{said}");
    assert!(!hark.folder().join("hark-data/running.json").exists());
}
