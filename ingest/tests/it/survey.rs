//! Exports of questionnaires that are put into a folder while Hark runs.

use std::{collections::BTreeSet, fs, path::Path};

use hark_ingest::{Again, Source, SourceKind, sources::survey::SurveyConfig};
use hark_mention::{DropReason, Kind, config::Span};
use tempfile::TempDir;

use crate::drive::Run;
use crate::network::context;

fn config(folder: &Path) -> SurveyConfig {
    SurveyConfig {
        folder: folder.to_owned(),
        survey: "nps-2026".into(),
        respondent: Some("Response ID".into()),
        answers: vec!["Why?".into(), "What could be better?".into()],
        score: Some("NPS".into()),
        keep: vec!["Shop".into()],
        poll_interval: Span::from_millis(5),
        settle: Span::from_secs(0),
        ..SurveyConfig::default()
    }
}

fn run(folder: &Path) -> Run<Box<dyn Source>> {
    Run::new(config(folder).build(context()).unwrap())
}

const HEADER: &str = "Response ID;Submitted At;NPS;Why?;What could be better?;Shop;Email";

fn export(folder: &TempDir, name: &str, rows: &[&str]) {
    fs::write(folder.path().join(name), format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
}

fn ids(run: &Run<Box<dyn Source>>) -> BTreeSet<String> {
    run.mentions().iter().map(|mention| mention.id.replace("survey:nps-2026/", "")).collect()
}

#[tokio::test]
async fn each_open_answer_is_a_mention_with_the_score_of_its_respondent() {
    let folder = TempDir::new().unwrap();
    let mut run = run(folder.path());
    assert!(matches!(run.step().await, Again::After(_)), "an empty folder is no error");
    export(
        &folder,
        "week-47.csv",
        &[
            "r1;2026-11-20 10:00;9;\"Snel, en\naardig\";n.v.t.;Utrecht;jan@example.org",
            "r2;2026-11-20 11:00;3;Te duur;De wachttijd;Breda;",
            "r3;2026-11-20 12:00;0;;;Breda;",
            "r4;2026-11-20 13:00;;;;Breda;",
        ],
    );
    run.until("all", |run| run.mentions().len() == 4).await;
    run.until("the end of the file", |run| run.dropped(DropReason::Empty) >= 4).await;
    let expected = ["r1/Why?", "r2/Why?", "r2/What could be better?", "r3/score"];
    assert_eq!(ids(&run), BTreeSet::from(expected.map(str::to_owned)));
    let first = run.states("survey:nps-2026/r1/Why?")[0];
    assert_eq!((first.kind, first.text.as_str(), first.rating), (Kind::Survey, "Snel, en\naardig", Some(0.9)));
    assert_eq!(first.published_at.to_string(), "2026-11-20T10:00:00.000Z");
    assert_eq!((&first.extra["nps_group"], &first.extra["Shop"]), (&"promoter".into(), &"Utrecht".into()));
    let all = format!("{:?}", run.items);
    assert!(!all.contains("jan@example.org"), "what names a person stays in the file");
    let zero = run.states("survey:nps-2026/r3/score")[0];
    assert_eq!((zero.rating, zero.title.as_deref(), zero.text.as_str()), (Some(0.0), Some("NPS"), "0"));
    assert_eq!(zero.thread_id.as_deref(), Some("survey:nps-2026/r3"));
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_file_loses_and_doubles_nothing() {
    let folder = TempDir::new().unwrap();
    let rows: Vec<String> = (0..4_500).map(|n| format!("r{n};2026-11-20 10:00;9;antwoord {n};;Breda;")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    export(&folder, "big.csv", &rows);
    let mut run = run(folder.path());
    run.step().await;
    assert!((1..4_500).contains(&run.mentions().len()), "a page of the file");
    run.source = config(folder.path()).build(context()).unwrap();
    run.until("all", |run| run.mentions().len() >= 4_500).await;
    assert_eq!((ids(&run).len(), run.mentions().len()), (4_500, 4_500));
}

#[tokio::test]
async fn a_newer_export_replaces_what_it_holds_and_a_bad_one_holds_up_nothing() {
    let folder = TempDir::new().unwrap();
    let mut run = run(folder.path());
    export(&folder, "a.csv", &["r1;2026-11-20 10:00;9;Snel;;Breda;"]);
    run.until("the first", |run| run.mentions().len() == 1).await;
    fs::write(folder.path().join("b.csv"), "PK\u{3}\u{4}not rows\0\0").unwrap();
    fs::write(folder.path().join("notes.docx"), "no export").unwrap();
    export(&folder, "c.csv", &["r1;2026-11-20 10:00;6;Snel maar duur;;Breda;", "r2;2026-11-21 10:00;8;Prima;;Breda;"]);
    run.until("the others", |run| ids(run).contains("r2/Why?") && run.rejected().len() == 1).await;
    let states = run.states("survey:nps-2026/r1/Why?");
    assert_eq!(states.last().unwrap().text, "Snel maar duur");
    assert!(states.last().unwrap().revision >= states[0].revision);
    run.until_idle().await;
    let looks = run.items.len();
    for _ in 0..5 {
        run.step().await;
    }
    assert_eq!(run.items.len(), looks, "files that did not change are not read again");
}

#[tokio::test]
async fn a_real_export_is_read() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/20-generic/nps_export.csv");
    let Ok(bytes) = fs::read(sample) else { return };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("nps.csv"), bytes).unwrap();
    let config = SurveyConfig {
        respondent: None,
        answers: vec!["Comments".into()],
        score: Some("NPS Score".into()),
        keep: vec!["Region".into()],
        ..config(folder.path())
    };
    let mut run = Run::new(config.build(context()).unwrap());
    run.until("both", |run| run.mentions().len() == 2).await;
    let read: Vec<_> = run
        .mentions()
        .iter()
        .map(|mention| (mention.published_at.to_string(), mention.rating, mention.text.len()))
        .collect();
    assert_eq!(
        read,
        [
            ("2024-01-15T00:00:00.000Z".to_owned(), Some(0.9), 17),
            ("2024-01-16T00:00:00.000Z".to_owned(), Some(0.8), 15)
        ]
    );
    assert_eq!(run.mentions()[0].extra["Region"], "West");
    assert!(run.mentions()[0].id.ends_with("/Comments"));
}
