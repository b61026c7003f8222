//! Masking: a placeholder stands where a person's data stood.

use std::mem;

use hark_mention::{Event, Mention, PersonalData};
use serde_json::Value;

use crate::{pseudonym::unkeyed, scan::scan};

/// Masks personal data in what people wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masker {
    wanted: [bool; PersonalData::ALL.len()],
}

/// How much was masked, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; PersonalData::ALL.len()]);

impl Tally {
    /// Each kind with how often it was masked.
    pub fn iter(&self) -> impl Iterator<Item = (PersonalData, u64)> + '_ {
        PersonalData::ALL.into_iter().zip(self.0)
    }

    fn add(&mut self, kind: PersonalData) {
        self.0[kind as usize] += 1;
    }
}

impl Masker {
    /// Masks these kinds.
    pub fn new(kinds: &[PersonalData]) -> Self {
        Self { wanted: PersonalData::ALL.map(|kind| kinds.contains(&kind)) }
    }

    /// Masks all that an event says; what was masked before stays as it is.
    ///
    /// Ids and the names of fields are left alone, but for an author's id that is personal data itself.
    pub fn event(&self, event: &mut Event) -> Tally {
        let mut tally = Tally::default();
        match event {
            Event::Upsert(mention) => self.mention(mention, &mut tally),
            Event::Delete(_) => {}
            Event::ForgetAuthor(forget) => self.author_id(&mut forget.author_id, &mut tally),
        }
        tally
    }

    fn mention(&self, mention: &mut Mention, tally: &mut Tally) {
        self.text(&mut mention.text, tally);
        let author = &mut mention.author;
        for text in
            [&mut mention.title, &mut mention.url, &mut mention.product_hint, &mut author.handle, &mut author.name]
                .into_iter()
                .flatten()
        {
            self.text(text, tally);
        }
        if let Some(id) = &mut author.id {
            self.author_id(id, tally);
        }
        mention.extra.values_mut().chain(mention.unknown.values_mut()).for_each(|value| self.value(value, tally));
    }

    /// Masks a text.
    pub fn text(&self, text: &mut String, tally: &mut Tally) {
        let mut masked = String::new();
        let mut copied = 0;
        scan(
            text,
            |kind| self.wanted[kind as usize],
            |range, kind| {
                masked.push_str(text.get(copied..range.start).unwrap_or_default());
                masked.push_str(kind.placeholder());
                copied = range.end;
                tally.add(kind);
            },
        );
        if copied > 0 {
            masked.push_str(text.get(copied..).unwrap_or_default());
            *text = masked;
        }
    }

    /// An author whose id is an address or a number keeps a name of their own, so that authors can still be counted.
    fn author_id(&self, id: &mut String, tally: &mut Tally) {
        let original = id.clone();
        self.text(id, tally);
        if *id != original {
            *id = unkeyed(&original);
        }
    }

    fn value(&self, value: &mut Value, tally: &mut Tally) {
        match value {
            Value::String(text) => self.text(text, tally),
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value, tally)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.value(value, tally)),
            Value::Number(number) => {
                let number = number.to_string();
                let mut text = number.clone();
                self.text(&mut text, tally);
                if text != number {
                    *value = Value::String(mem::take(&mut text));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}
