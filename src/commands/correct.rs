//! `hark correct`: a person knows better, and `hark corrections export`: rows to learn from.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context as _, Result, bail};
use hark_mention::{Intent, Sentiment, config::Problem};
use hark_nlp::language;
use hark_sink::{Field, Stored};

use crate::{
    args::{CorrectArgs, CorrectionsTask},
    config::{Config, Refused},
    editions,
    engines::Engines,
    privacy::privacy,
    suggest::{nearest, not_known},
};

pub(crate) async fn run(config: Config, args: CorrectArgs) -> Result<()> {
    let engines = Engines::open(&config, &args.data.data).await?;
    let corrected = correct(&config, &args, &engines).await;
    engines.shutdown().await;
    corrected
}

async fn correct(config: &Config, args: &CorrectArgs, engines: &Engines) -> Result<()> {
    let client = engines.writer.client();
    hark_sink::migrate(&client, &engines.writer.database).await?;
    let config = &editions::in_force(config.clone(), &engines.kafka).await?;
    let names = known_names(config, &client, args.field).await?;
    let new = value(args, &names).map_err(|rule| Refused::argument(Problem::new(args.field.as_str(), rule)))?;
    let mention = find(config, &args.data.data, &client, &args.id).await?;
    let by = args.by.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_default();
    let Some(old) = hark_sink::correct(&client, &mention, args.field, &new, &by).await? else {
        bail!("no mention `{}` is shown: it is deleted or past its retention", args.id)
    };
    let field = args.field.as_str();
    match new.as_str() {
        "" => println!("{}: {field} is what the models say again", mention.id),
        _ => println!("{}: {field} was {old}, is {new}", mention.id),
    }
    Ok(())
}

/// The mention of which somebody typed the id, as it is stored or as its source knows it.
async fn find(config: &Config, data: &Path, client: &hark_sink::Client, id: &str) -> Result<Stored> {
    if let Some(stored) = hark_sink::find(client, id).await? {
        return Ok(stored);
    }
    if let Some(pseudonyms) = privacy(config, Some(data))?.pseudonyms
        && let Some(stored) = hark_sink::find(client, &pseudonyms.id(id)).await?
    {
        return Ok(stored);
    }
    bail!("no mention has the id `{id}`; `hark sql \"SELECT id, text FROM mentions LIMIT 10\"` shows some")
}

/// The names that a list may hold: those that are configured, and those that stored mentions have.
pub(crate) async fn known_names(config: &Config, client: &hark_sink::Client, field: Field) -> Result<Vec<String>> {
    let configured: Vec<String> = match field {
        Field::Brands => config.rules.brands.iter().map(|brand| brand.name.clone()).collect(),
        Field::Products => config.rules.products.iter().map(|product| product.name.clone()).collect(),
        Field::Topics => {
            let built_in = hark_enrich::starter_topics().into_iter().map(|topic| topic.name);
            config.rules.topics.iter().map(|topic| topic.name.clone()).chain(built_in).collect()
        }
        _ => return Ok(Vec::new()),
    };
    let mut names = hark_sink::names_in_use(client, field).await?;
    names.extend(configured);
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The value as it is stored, or what is wrong with it.
fn value(args: &CorrectArgs, names: &[String]) -> Result<String, String> {
    if args.undo {
        return Ok(String::new());
    }
    if args.field.is_list() && args.values.is_empty() && !args.none {
        return Err("takes one name or more, --none for none, or --undo".to_owned());
    }
    checked(args.field, &args.values, names)
}

/// The new value of a label as it is stored, or what is wrong with it: one value, or for a list any of `names`.
pub(crate) fn checked(field: Field, values: &[String], names: &[String]) -> Result<String, String> {
    if field.is_list() {
        return list(values, names);
    }
    let [value] = values else {
        return Err("takes one value, or --undo".to_owned());
    };
    let one_of =
        |known: &[&str]| known.contains(&value.as_str()).then(|| value.clone()).ok_or_else(|| not_known(value, known));
    match field {
        Field::Sentiment => one_of(&Sentiment::ALL.map(Sentiment::as_str)),
        Field::Intent => one_of(&Intent::ALL.map(Intent::as_str)),
        Field::Spam => one_of(&["yes", "no"]),
        _ if value == "und" => Ok(value.clone()),
        _ => language::code(value)
            .map(str::to_owned)
            .ok_or_else(|| format!("`{value}` is no code of a language such as `nl`, or `und` for none")),
    }
}

fn list(values: &[String], names: &[String]) -> Result<String, String> {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(unknown) = values.iter().find(|name| !names.contains(name)) {
        let several = unknown.contains(',') && nearest(unknown, known.iter().copied()).is_none();
        let hint = if several { "; several names are several arguments" } else { "" };
        return Err(format!("{}{hint}", not_known(unknown, &known)));
    }
    let mut values = values.to_vec();
    let mut seen = std::collections::HashSet::new();
    values.retain(|name| seen.insert(name.clone()));
    serde_json::to_string(&values).map_err(|error| error.to_string())
}

/// A field, from the command line.
pub(crate) fn field(name: &str) -> Result<Field, String> {
    Field::named(name).ok_or_else(|| not_known(name, &Field::ALL.map(Field::as_str)))
}

pub(crate) async fn corrections(config: Config, task: CorrectionsTask) -> Result<()> {
    let CorrectionsTask::Export { file, field, data } = task;
    if field.is_list() {
        let rule = "has no rows to learn from: export sentiment, intent, lang or spam";
        return Err(Refused::argument(Problem::new(field.as_str(), rule)).into());
    }
    let engines = Engines::open(&config, &data.data).await?;
    let exported = export(&engines, &file, field).await;
    engines.shutdown().await;
    exported
}

async fn export(engines: &Engines, file: &Path, field: Field) -> Result<()> {
    let client = engines.writer.client();
    hark_sink::migrate(&client, &engines.writer.database).await?;
    let mut rows = String::new();
    let lessons = hark_sink::lessons(&client, field).await?;
    for lesson in &lessons {
        writeln!(rows, "{}\t{}\t{}", lesson.text, lesson.label, lesson.lang).context("cannot write a row")?;
    }
    if file == Path::new("-") {
        print!("{rows}");
    } else {
        std::fs::write(file, rows).with_context(|| format!("cannot write {}", file.display()))?;
        println!("{}: {} corrections of {}", file.display(), lessons.len(), field.as_str());
    }
    Ok(())
}
