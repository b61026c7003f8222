//! How long each part takes on one core: `cargo run --release -p hark-nlp --example speed [-- FILE.tsv]`
//!
//! Without a file it runs on a handful of texts in several languages; a file has `text<TAB>label<TAB>lang`.
#![expect(clippy::print_stdout, reason = "its output")]

use std::{hint::black_box, sync::LazyLock, time::Instant};

use hark_mention::{Mention, Timestamp};
use hark_nlp::{
    aspects::Aspects,
    intent,
    reading::{Reader, Reading},
    spam, story,
};

const TEXTS: [(&str, &str); 6] = [
    (
        "en",
        "@support my phone has been dead since the last update, the screen is great but your customer service never answers",
    ),
    (
        "nl",
        "Prachtig scherm, maar de klantenservice van Noordvonk is waardeloos: al drie weken wachten op een nieuwe accu #fail",
    ),
    (
        "de",
        "Die Lieferung kam viel zu spät, aber die Verarbeitung ist wirklich gut und der Akku hält zwei Tage durch, danke!",
    ),
    (
        "fr",
        "Très déçue par la livraison, le colis est arrivé abîmé et personne ne répond au service client depuis lundi",
    ),
    ("ja", "画面はとても綺麗ですが、電池の減りが早くて困っています。サポートに連絡しても返事がありません。"),
    ("es", "El móvil va muy bien y la cámara es buenísima, pero tardaron dos semanas en enviarlo. Gracias por nada."),
];

/// At least this many texts are read for each part.
const TOTAL: usize = 200_000;

fn main() -> std::io::Result<()> {
    let rows: Vec<(String, String)> = match std::env::args().nth(1) {
        None => TEXTS.iter().map(|(lang, text)| ((*text).to_owned(), (*lang).to_owned())).collect(),
        Some(file) => {
            let rows = std::fs::read_to_string(file)?;
            let row = |line: &str| {
                let mut fields = line.split('\t');
                Some((fields.next()?.to_owned(), fields.nth(1)?.to_owned()))
            };
            rows.lines().filter_map(row).collect()
        }
    };
    let mentions: Vec<Mention> =
        rows.iter().map(|(text, _)| Mention::new("a:1", "a", text.as_str(), Timestamp::EPOCH)).collect();
    let bytes: usize = rows.iter().map(|(text, _)| text.len()).sum();
    println!("{} texts of {} bytes", rows.len(), bytes / rows.len().max(1));

    let reader = Reader::default();
    let mut readings: Vec<Reading> = rows.iter().map(|_| Reading::default()).collect();
    time("reading (folding and cues)", rows.len(), |at| reader.read(&rows[at].0, &rows[at].1, &mut readings[at]));
    time("story signature", rows.len(), |at| {
        black_box(story::signature(&readings[at]));
    });
    time("intent", rows.len(), |at| {
        black_box(intent::detect(&readings[at], 0.0));
    });
    time("spam", rows.len(), |at| {
        black_box(spam::score(&readings[at], &rows[at].0, &mentions[at]));
    });
    let mut aspects = Aspects::default();
    time("aspects of two topics", rows.len(), |at| {
        // Two words of the text stand for the places that speak of topics.
        let middle = rows[at].0.floor_char_boundary(rows[at].0.len() / 2);
        let places = [0..rows[at].0.floor_char_boundary(8), middle..rows[at].0.len()];
        aspects.fill(&readings[at], places.iter().cloned());
        for place in places {
            black_box(aspects.score(&readings[at], place, |_| 0.0));
        }
    });
    Ok(())
}

fn time(part: &str, rows: usize, mut run: impl FnMut(usize)) {
    (0..rows).for_each(&mut run);
    let rounds = TOTAL.div_ceil(rows.max(1));
    let start = processor_time();
    for _ in 0..rounds {
        (0..rows).for_each(&mut run);
    }
    let each = (processor_time() - start) * 1e6 / f64::from(u32::try_from(rounds * rows).unwrap_or(u32::MAX).max(1));
    println!("{part:<28} {each:.2} µs");
}

/// Seconds of this thread on a processor, where the system tells; else seconds.
fn processor_time() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}
