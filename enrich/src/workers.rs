//! Labelling on all cores, and what is remembered of authors meanwhile.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use hark_mention::{Enriched, Labels, Mention};
use hark_nlp::language::{AuthorLanguages, Detected};

use crate::{Labeller, Memory};

/// Fewest items that are worth a thread of their own.
const MIN_SHARE: usize = 64;

/// What is kept from batch to batch.
pub struct Workers {
    /// One a core.
    memories: Vec<Memory>,
    /// The languages of authors, if they are remembered.
    authors: Option<AuthorLanguages>,
}

/// What is to be kept in mind of an author.
pub(crate) enum Note {
    Wrote(u64, Detected),
    Forget(u64),
}

impl Workers {
    /// Workers that remember the languages of so many authors.
    pub fn new(author_history: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let authors = (author_history > 0).then(|| AuthorLanguages::new(author_history));
        Self { memories: (0..cores).map(|_| Memory::default()).collect(), authors }
    }

    /// The labels of today for each stored mention, in their order. What the same models told before stays, unless `all`
    /// is to be told anew. If there is a transformer, it is waited for.
    pub fn relabel(&mut self, labeller: &Labeller, stored: &[Enriched], all: bool) -> Vec<Labels> {
        let stays = |stored: &Enriched| !all && labeller.knows(&stored.labels);
        let mut found = self.share(stored, |stored, authors, memory| {
            if !stays(stored) {
                return labels(labeller, &stored.mention, authors, memory);
            }
            let mut labels = stored.labels.clone();
            labeller.label_by_rules(&stored.mention, &mut labels, memory);
            (labels, None)
        });
        let anew = stored.iter().zip(&mut found).filter(|(stored, _)| !stays(stored));
        labeller.refine(anew.map(|(stored, labels)| (&stored.mention, labels)), None);
        found
    }

    /// What `label` gives for each item, in their order: labelling is where the time goes, so all cores take part.
    ///
    /// What authors wrote in is noted afterwards, in the order of the items: the labels of a batch do not depend on how
    /// it was shared out.
    pub(crate) fn share<I: Sync, O: Send>(
        &mut self,
        items: &[I],
        label: impl Fn(&I, Option<&AuthorLanguages>, &mut Memory) -> (O, Option<Note>) + Sync,
    ) -> Vec<O> {
        let share = items.len().div_ceil(self.memories.len()).max(MIN_SHARE);
        let (authors, label) = (self.authors.as_ref(), &label);
        let labelled: Vec<(O, Option<Note>)> = std::thread::scope(|threads| {
            let parts = items.chunks(share).zip(&mut self.memories).map(|(part, memory)| {
                threads.spawn(move || part.iter().map(|item| label(item, authors, memory)).collect::<Vec<_>>())
            });
            let parts: Vec<_> = parts.collect();
            parts.into_iter().flat_map(|part| part.join().expect("labelling does not panic")).collect()
        });
        let (found, notes): (Vec<_>, Vec<_>) = labelled.into_iter().unzip();
        if let Some(authors) = &mut self.authors {
            notes.into_iter().flatten().for_each(|note| match note {
                Note::Wrote(author, found) => authors.note(author, found),
                Note::Forget(author) => authors.forget(author),
            });
        }
        found
    }
}

/// The labels of a mention, and what it tells of its author.
pub(crate) fn labels(
    labeller: &Labeller,
    mention: &Mention,
    authors: Option<&AuthorLanguages>,
    memory: &mut Memory,
) -> (Labels, Option<Note>) {
    let id = mention.author.id.as_ref().or(mention.author.handle.as_ref());
    let author = id.map(|id| author(&mention.source, id));
    let history = author.zip(authors).and_then(|(author, authors)| authors.of(author));
    let labels = labeller.label(mention, history, memory);
    let note = author.zip(memory.told()).map(|(author, found)| Note::Wrote(author, found));
    (labels, note)
}

/// A number that stands for an author.
pub(crate) fn author(source: &str, id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (source, id).hash(&mut hasher);
    hasher.finish()
}
