//! Measuring and training models, as an operator does it.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_tests::hark::Hark;
use serde_json::Value;

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

const REVIEWS: &str = "Wat een waardeloze service, nooit meer!\tneg\tnl\n\
    Super blij met mijn nieuwe telefoon, echt een aanrader\tpos\tnl\n\
    I love this phone, the camera is amazing\tpos\ten\n";

#[test]
fn every_task_is_measured_as_tables_and_as_json() {
    let hark = hark();
    hark.file("reviews.tsv", REVIEWS);
    hark.file(
        "topics.tsv",
        "The food was delicious but the waiter was rude\tFOOD#QUALITY:pos;SERVICE#GENERAL:neg\ten\n",
    );
    hark.file("intent.tsv", "Does anyone know how to reset it?\tquestion\ten\n");
    hark.file(
        "spam.tsv",
        "You have won a £1000 cash prize. Call 09061701461 to claim now\tspam\ten\nSee you at lunch\tham\ten\n",
    );
    let tasks = [
        ("language", "reviews.tsv", "accuracy", 100.0),
        ("sentiment", "reviews.tsv", "accuracy", 100.0),
        ("topics", "topics.tsv", "F1 with tone", 100.0),
        ("intent", "intent.tsv", "accuracy", 100.0),
        ("spam", "spam.tsv", "accuracy", 100.0),
    ];
    for (task, file, figure, expected) in tasks {
        let shown = hark.must(["eval", "--task", task, "--data", file]);
        assert!(shown.contains("**languages**") && shown.contains("docs/s"), "{task}: {shown}");
        let json: Value = serde_json::from_str(&hark.must(["eval", "--task", task, "--data", file, "--json"])).unwrap();
        for language in json["languages"].as_array().unwrap() {
            assert_eq!(language[figure], expected, "{task}: {language}");
        }
    }
}

#[test]
fn rows_that_do_not_fit_are_told_with_file_and_line() {
    let hark = hark();
    hark.file("reviews.tsv", format!("{REVIEWS}fine\tgood\ten\n"));
    let refused = hark.run(["eval", "--task", "sentiment", "--data", "reviews.tsv"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.err.contains("reviews.tsv` line 4") && refused.err.contains("`good`"), "{refused:#?}");
    let refused = hark.run(["eval", "--task", "intent", "--data", "reviews.tsv"]);
    assert!(refused.err.contains("reviews.tsv:1") && refused.err.contains("complaint"), "{refused:#?}");
    let refused = hark.run(["eval", "--task", "language", "--data", "nowhere.tsv"]);
    assert!(refused.err.contains("cannot read nowhere.tsv"), "{refused:#?}");
}

#[test]
fn corrections_make_a_layer_only_when_it_helps() {
    let hark = hark();
    let corrections: String = (0..60)
        .map(|at| match at % 3 {
            0 => format!("those zork shoes number {at}\tpos\tnl\n"),
            1 => format!("the vlink shoes number {at}\tneg\tnl\n"),
            _ => format!("the plain shoes number {at}\tneu\tnl\n"),
        })
        .collect();
    hark.file("corrections.tsv", corrections);
    let told = hark.must(["train", "layer", "--rows", "corrections.tsv", "--out", "layer.bin"]);
    assert!(told.contains("with it") && told.contains("sentiment_layer"), "{told}");
    hark.file("unseen.tsv", "my zork shoes\tpos\tnl\nthe vlink shoes\tneg\tnl\n");
    let accuracy = |more: &[&str]| {
        let arguments = [&["eval", "--task", "sentiment", "--data", "unseen.tsv", "--json"], more].concat();
        let json: Value = serde_json::from_str(&hark.must(arguments)).unwrap();
        json["sets"][0]["accuracy"].as_f64().unwrap()
    };
    assert!(accuracy(&["--layer", "layer.bin"]) > accuracy(&[]));

    let models = |config: &str| {
        hark.file("hark.toml", config);
        let checked = hark.must(["check"]);
        checked.lines().find(|line| line.starts_with("models")).unwrap().to_owned()
    };
    let (base, with) = (models(""), models("[enrich]\nsentiment_layer = \"layer.bin\"\nlanguages = [\"nl\"]\n"));
    assert!(with.starts_with(&format!("{base}.d")), "{base} {with}");

    hark.file("few.tsv", "fine\tpos\ten\n");
    let refused = hark.run(["train", "layer", "--rows", "few.tsv", "--out", "none.bin"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.err.contains("no layer is written") && !hark.folder().join("none.bin").exists(), "{refused:#?}");
}
