//! `hark train`: makes models from labelled rows.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use hark_nlp::{
    language,
    rows::{self, Part, Row},
    sentiment::{self, LabelledSet, Model, Sets, Settings},
    spam,
};

use super::eval::sentiment_tables;
use crate::args::{TrainLanguageArgs, TrainLayerArgs, TrainSentimentArgs, TrainSpamArgs, TrainTask};

pub(super) fn run(task: &TrainTask) -> Result<()> {
    match task {
        TrainTask::Language(args) => language(args),
        TrainTask::Sentiment(args) => sentiment(args),
        TrainTask::Spam(args) => spam(args),
        TrainTask::Layer(args) => layer(args),
    }
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

fn language(args: &TrainLanguageArgs) -> Result<()> {
    let mut rows = Vec::new();
    for file in rows::files(&args.rows.rows, &args.rows.only, Part::Train)? {
        rows.extend(file.read()?.into_iter().map(|row| language::Row { text: row.text, lang: row.lang }));
    }
    eprintln!("training on {} rows; this takes some minutes", rows.len());
    let options = language::Options { epochs: args.epochs, ..language::Options::default() };
    let trained = language::train(&rows, &options);
    if trained.rows.is_empty() {
        bail!("no language has {} rows or more, so there is nothing to learn", options.min_rows);
    }
    write(&args.out, &trained.weights)?;
    let learned: Vec<_> = trained.rows.iter().map(|(code, count)| format!("{code} {count}")).collect();
    println!("{}: {} bytes, {} languages", args.out.display(), trained.weights.len(), trained.rows.len());
    println!("rows learned from: {}", learned.join(", "));
    println!("rows left out: {}", trained.left_out);
    Ok(())
}

fn sentiment(args: &TrainSentimentArgs) -> Result<()> {
    let sets = match &args.sets {
        Some(manifest) => Sets::read(manifest, &args.rows, args.open)?,
        None => {
            let read = |part| -> Result<Vec<LabelledSet>> {
                let files = rows::files(&args.rows, &[], part)?;
                files.iter().map(|file| Ok(LabelledSet::read(&file.set, &file.path)?)).collect()
            };
            // Where there are no rows to score on, none are scored on.
            Sets { learnt: read(Part::Train)?, unseen: read(Part::Dev).unwrap_or_default() }
        }
    };
    let count: usize = sets.learnt.iter().map(|set| set.rows.len()).sum();
    ensure!(count > 0, "there are no rows to learn from: a set is a folder with a `train.tsv`");
    eprintln!("training on {count} rows of {} sets; this takes some minutes", sets.learnt.len());
    let settings = Settings { bits: args.bits, ..Settings::default() };
    let model = sentiment::train(&sets.learnt, &sets.unseen, &settings);
    let bytes = model.to_bytes();
    write(&args.out, &bytes)?;
    println!("{}: {} bytes, {} rows learned from", args.out.display(), bytes.len(), count);
    if !sets.unseen.is_empty() {
        println!("\nOn the `dev.tsv` of each set, which were not learned from:\n");
        print!("{}", sentiment_tables(&sentiment::evaluate(&model, &sets.unseen)));
    }
    Ok(())
}

fn spam(args: &TrainSpamArgs) -> Result<()> {
    let mut rows: Vec<Row> = Vec::new();
    for file in rows::files(&args.rows.rows, &args.rows.only, Part::Train)? {
        rows.extend(file.read()?);
    }
    let count = rows.iter().filter(|row| row.label == "spam").count();
    ensure!(
        count > 0 && count < rows.len(),
        "rows labelled `spam` and others are needed; {count} of {} are",
        rows.len()
    );
    write(&args.out, spam::train(&rows).as_bytes())?;
    println!("{}: learned from {count} spam rows and {} others", args.out.display(), rows.len() - count);
    Ok(())
}

fn layer(args: &TrainLayerArgs) -> Result<()> {
    let base = match &args.model {
        Some(file) => Model::load(file).with_context(|| format!("--model {}", file.display()))?,
        None => Model::built_in(),
    };
    let mut corrections = Vec::new();
    for file in rows::files(&args.rows, &[], Part::Train)? {
        corrections.extend(LabelledSet::read(&file.set, &file.path)?.rows);
    }
    let adapted = sentiment::adapt(&base, &corrections).context("no layer is written")?;
    write(&args.out, &adapted.layer.to_bytes())?;
    println!("{}: {} features, from {} corrections", args.out.display(), adapted.layer.len(), corrections.len());
    println!(
        "corrections told right that were not learned from: {:.1} % without the layer, {:.1} % with it",
        adapted.before * 100.0,
        adapted.after * 100.0
    );
    println!("To use it: `sentiment_layer = \"{}\"` under [enrich] in hark.toml", args.out.display());
    Ok(())
}
