//! `hark dictionary`: builds the dictionary for Japanese words.

use anyhow::{Context as _, Result};

use crate::{args::DictionaryArgs, pipeline::dictionary_folders};

pub(crate) fn run(args: &DictionaryArgs) -> Result<()> {
    let folder = match &args.to {
        Some(folder) => folder.clone(),
        None => dictionary_folders().into_iter().next().context("no home folder; name one with --to")?,
    };
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    hark_query::build_dictionary(&args.from, &folder)?;
    println!("the dictionary for Japanese words is in {}", folder.display());
    Ok(())
}
