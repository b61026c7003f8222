//! Files of feedback, from the command line to an answer in SQL.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fmt::Write as _, io::Write as _, path::Path};

use hark_tests::{
    events::dead_letters,
    hark::{Hark, wait_until},
};

fn hark() -> Hark {
    Hark::new(env!("CARGO_BIN_EXE_hark"))
}

/// So many reviews, each with an id of its own.
fn reviews(rows: usize) -> String {
    let mut csv = String::from("review_id,date,text,stars\n");
    for row in 0..rows {
        let day = row % 28 + 1;
        writeln!(
            csv,
            "r{row},2025-03-{day:02}T10:00:00Z,\"Review number {row}, \"\"fine\"\" 🎉\nsecond line\",{}",
            row % 5 + 1
        )
        .unwrap();
    }
    csv
}

#[test]
fn every_row_is_stored_once_however_often_the_file_is_imported() {
    let hark = hark();
    hark.file("reviews.csv", reviews(3000) + "r7,2025-03-08T10:00:00Z,changed,1\n");
    for _ in 0..2 {
        let imported = hark.run(["import", "reviews.csv", "--wait"]);
        assert!(imported.status.success(), "{imported:#?}");
        assert!(imported.err.contains("3,001 rows read, 3,001 published"), "{imported:#?}");
        assert_eq!(hark.sql("SELECT count(), uniqExact(id) FROM mentions"), "3000\t3000");
    }
    let row = "SELECT text, toString(published_at), round(rating, 2), source FROM mentions WHERE id = 'import:r5'";
    assert_eq!(hark.sql(row), "Review number 5, \"fine\" 🎉\\nsecond line\t2025-03-06 10:00:00.000\t0\timport");
}

#[test]
fn an_import_that_is_killed_and_repeated_loses_and_doubles_nothing() {
    let hark = hark();
    hark.file("reviews.csv", reviews(60_000));
    let up = hark.up([""; 0]);
    let mut import = hark.command(["import", "reviews.csv"]).spawn().unwrap();
    let stored = || hark.sql("SELECT count() FROM mentions").parse::<u64>().unwrap();
    wait_until("some rows are stored", || stored() > 0);
    // It may have finished by now; then the rest of the test still says what it is to say.
    import.kill().unwrap();
    import.wait().unwrap();
    up.kill();

    let _up = hark.up([""; 0]);
    let again = hark.run(["import", "reviews.csv", "--wait"]);
    assert!(again.status.success(), "{again:#?}");
    assert_eq!(hark.sql("SELECT count(), uniqExact(id) FROM mentions"), "60000\t60000");
}

#[test]
fn rows_that_cannot_be_used_are_dead_letters_with_file_and_line() {
    let hark = hark();
    let up = hark.up([""; 0]);
    let mut file = Vec::from("id,published_at,text\na,2025-01-01T00:00:00Z,good\nb,yesterday-ish,bad time\n");
    file.extend(b"c,2025-01-01T00:00:00Z,bad \xff bytes\nd,2025-01-02T00:00:00Z\ne,2025-01-01T00:00:00Z,\n");
    file.extend(b"f,2025-01-01T00:00:00Z,\"");
    file.extend(std::iter::repeat_n(b'x', 3 << 20));
    file.extend(b"\"\ng,2025-01-01T00:00:00Z,good again\n");
    hark.file("mixed.csv", file);
    let imported = hark.run(["import", "mixed.csv", "--wait"]);
    assert!(imported.status.success(), "{imported:#?}");
    assert!(imported.err.contains("rejected"), "{imported:#?}");
    let stored = hark.sql("SELECT arrayStringConcat(arraySort(groupArray(id)), ' ') FROM mentions");
    assert!(stored.contains("import:a") && stored.contains("import:g"), "{stored}");
    assert!(!stored.contains("import:b") && !stored.contains("import:f"), "{stored}");
    let letters = dead_letters(hark.engines()["kafka"].as_str().unwrap());
    let line = |place: &str| letters.iter().find(|letter| letter.place.ends_with(place));
    assert_eq!(line("mixed.csv:3").map(|letter| letter.reason.as_str()), Some("bad_time"), "{letters:?}");
    assert_eq!(line("mixed.csv:7").map(|letter| letter.reason.as_str()), Some("too_large"), "{letters:?}");
    drop(up);
}

#[test]
fn what_is_no_feedback_is_refused_clearly_and_starts_nothing() {
    let hark = hark();
    hark.file("empty.csv", "");
    hark.file(
        "garbage.csv",
        (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect::<Vec<_>>(),
    );
    hark.file("no-text.csv", "id,amount\n1,2\n");
    std::fs::create_dir(hark.folder().join("folder")).unwrap();
    for (file, says) in [
        ("missing.csv", "missing.csv"),
        ("empty.csv", "empty"),
        ("garbage.csv", "garbage.csv"),
        ("folder", "folder"),
        ("no-text.csv", "--map"),
    ] {
        let refused = hark.run(["import", file]);
        assert_eq!(refused.status.code(), Some(1), "{file}: {refused:#?}");
        assert!(refused.err.contains(says) && !refused.err.contains("panicked"), "{file}: {refused:#?}");
    }
    assert!(!hark.folder().join("hark-data").exists(), "a refused file must not start the engines");
}

#[test]
fn a_line_of_fifty_megabytes_does_not_fill_the_memory() {
    let hark = hark();
    let path = hark.file("line.jsonl", "");
    let mut file = std::fs::File::create(path).unwrap();
    for _ in 0..50 {
        file.write_all(&vec![b'{'; 1 << 20]).unwrap();
    }
    writeln!(file, "\n{{\"id\":\"x\",\"text\":\"after it\",\"published_at\":\"2025-01-01T00:00:00Z\"}}").unwrap();
    let imported = hark.run(["import", "line.jsonl", "--wait"]);
    assert!(!imported.err.contains("panicked"), "{imported:#?}");
    if imported.status.success() {
        assert!(imported.err.contains("rejected"), "{imported:#?}");
        assert_eq!(hark.sql("SELECT text FROM mentions"), "after it");
    } else {
        assert!(imported.err.contains("line.jsonl"), "{imported:#?}");
    }
}

#[test]
fn standard_input_and_a_map() {
    let hark = hark();
    let input = "nr;wanneer;opmerking\n1;03-04-2025 10:00;Wat een prima service hebben jullie toch\n";
    let map = ["import", "--source", "enquete", "--map", "text=opmerking,published_at=wanneer,id=nr", "--wait", "-"];
    let imported = hark.run_with_input(map, input.as_bytes());
    assert!(imported.status.success(), "{imported:#?}");
    let row = "SELECT id, text, toDate(published_at), sentiment FROM mentions";
    assert_eq!(hark.sql(row), "enquete:1\tWat een prima service hebben jullie toch\t2025-04-03\tpositive");
}

/// Real tweets, messy as people's exports are; the file is not part of the project.
#[test]
fn the_airline_tweets() {
    let tweets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/airline/tweets.csv");
    if !tweets.is_file() {
        eprintln!("NOT RUN: {} is not there", tweets.display());
        return;
    }
    let hark = hark();
    for _ in 0..2 {
        let imported = hark.run(["import".as_ref(), tweets.as_os_str(), "--wait".as_ref()]);
        assert!(imported.status.success(), "{imported:#?}");
        assert_eq!(hark.sql("SELECT count() FROM mentions"), "14485");
    }
    let odd = "SELECT countIf(text LIKE '%&amp;%'), countIf(position(text, '\\n') > 0) > 100, countIf(match(text, '[\\x{1F600}-\\x{1F64F}]')) > 100, toString(min(published_at)), toString(max(published_at)) FROM mentions";
    assert_eq!(hark.sql(odd), "0\t1\t1\t2015-02-16 23:36:00.000\t2015-02-24 11:53:00.000");
}
