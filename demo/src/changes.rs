//! What happens to mentions after they were published: edits, deletions, an author who leaves, and events that
//! arrive twice or in the wrong order.

use hark_mention::{Delete, Event, ForgetAuthor, Mention, Timestamp};

use crate::clock::{Clock, DAY, HOUR, Habit, MINUTE};
use crate::people;
use crate::random::Random;
use crate::sources::Source;
use crate::story::{Scene, Tone};
use crate::texts::Language;
use crate::voice::{self, Voice};

const CHANGES: u64 = 12;

/// The author who leaves writes between these days before today, and is gone on [`LEAVES`].
const WRITES: std::ops::RangeInclusive<u32> = 34..=70;
const LEAVES: u32 = 28;

/// Days before today on which the fix of the update has reached everybody.
const MENDED: u32 = 32;

/// How sources name the number of stars.
const STARS: [&str; 2] = ["stars", "starRating"];

/// A mention and what becomes of it.
pub(crate) struct Told {
    pub(crate) mention: Mention,
    fate: Fate,
}

/// What becomes of a mention.
enum Fate {
    Stays,
    /// Its text, and where there are stars perhaps those too, are replaced some hours after so many days.
    Edited {
        text: String,
        rating: Option<f32>,
        days: u32,
    },
    /// Somebody removes it.
    Deleted {
        reason: &'static str,
    },
    /// The removal is read before the mention.
    DeletedEarly,
    /// A moderator removes it and puts it back.
    Restored,
    /// It is read twice.
    Repeated,
}

impl Told {
    /// Decides what becomes of a mention.
    pub(crate) fn new(scene: &Scene, mut mention: Mention, voice: &mut Voice, random: &mut Random) -> Self {
        let social = matches!(scene.source, Source::Bluesky | Source::Mastodon | Source::Discourse | Source::Reddit);
        let review = matches!(scene.source, Source::GooglePlay | Source::Trustpilot);
        let fate = match random.below(1000) {
            0..350 if scene.section == "advert" => Fate::Deleted { reason: "moderator" },
            0..250 if review && scene.section.starts_with("update_") => edit(scene, &mut mention, voice, random),
            0..30 if social => edit(scene, &mut mention, voice, random),
            30..45 if social => Fate::Deleted { reason: "author" },
            45..50 if social => Fate::DeletedEarly,
            50..60 if scene.source == Source::Discourse && scene.day > 3 => Fate::Restored,
            980..1000 => Fate::Repeated,
            _ => Fate::Stays,
        };
        Self { mention, fate }
    }
}

/// Complaints get an afterthought; elsewhere it is a slip of the pen that is put right.
fn edit(scene: &Scene, mention: &mut Mention, voice: &mut Voice, random: &mut Random) -> Fate {
    if scene.tone() != Tone::Bad {
        let text = mention.text.clone();
        mention.text = voice::mistyped(&text, random);
        return Fate::Edited { text, rating: None, days: 0 };
    }
    let mended = scene.section.starts_with("update_");
    let text = format!("{}\n\n{}", mention.text, voice.afterthought(scene, random));
    let rating = mention.rating.filter(|_| mended).map(|_| 0.75);
    Fate::Edited { text, rating, days: if mended { scene.day.saturating_sub(MENDED) } else { 0 } }
}

/// Whether the author who leaves wrote this.
pub(crate) fn from_leaver(scene: &Scene, random: &mut Random) -> bool {
    let lot = random.chance(12);
    lot && scene.source == Source::Bluesky && scene.language == Language::Dutch && WRITES.contains(&scene.day)
}

/// The events of all mentions, in the order in which Hark reads them.
pub(crate) fn events(told: Vec<Told>, clock: &Clock) -> Vec<Event> {
    let mut events: Vec<(i64, Event)> = Vec::with_capacity(told.len() * 11 / 10);
    for (number, told) in told.into_iter().enumerate() {
        let mut random = Random::new(CHANGES, number as u64);
        events.extend(told.events(clock, &mut random));
    }
    let mut random = Random::new(CHANGES, u64::MAX);
    let left = clock.moment(LEAVES, Habit::Urgent, &mut random);
    let author_id = people::leaver().id.unwrap_or_default();
    let at = Timestamp::from_millis(left);
    let forget = ForgetAuthor { author_id, source: Source::Bluesky.name().to_owned(), at };
    events.push((left, Event::ForgetAuthor(forget)));
    events.sort_by_key(|(read_at, _)| *read_at);
    events.into_iter().map(|(_, event)| event).collect()
}

impl Told {
    /// The events of this mention, each with the moment of reading.
    fn events(self, clock: &Clock, random: &mut Random) -> Vec<(i64, Event)> {
        let mut mention = self.mention;
        let read_at = mention.collected_at.as_millis();
        let published = mention.published_at.as_millis();
        let first = upsert(&mention, read_at);
        match self.fate {
            Fate::Stays => vec![first],
            Fate::Repeated => {
                let again = (clock.after(read_at, DAY, random), first.1.clone());
                vec![first, again]
            }
            Fate::Edited { text, rating, days } => {
                let edited = clock.after(published + i64::from(days) * DAY, 6 * HOUR, random);
                mention.text = text;
                if let Some(rating) = rating {
                    mention.rating = Some(rating);
                    let stars = mention.extra.iter_mut().filter(|(key, _)| STARS.contains(&key.as_str()));
                    stars.for_each(|(_, stars)| *stars = 4.into());
                }
                vec![first, revised(mention, edited, clock, random)]
            }
            Fate::Deleted { reason } => {
                let removed = clock.after(read_at, 9 * HOUR, random);
                vec![first, delete(&mention, reason, removed)]
            }
            Fate::DeletedEarly => {
                let removed = clock.after(published, 5 * MINUTE, random);
                let late = clock.after(removed, HOUR, random);
                vec![delete(&mention, "author", removed), upsert(&mention, late)]
            }
            Fate::Restored => {
                let removed = clock.after(read_at, 5 * HOUR, random);
                let restored = clock.after(removed + MINUTE, 5 * HOUR, random);
                let gone = delete(&mention, "moderator", removed);
                vec![first, gone, revised(mention, restored, clock, random)]
            }
        }
    }
}

fn upsert(mention: &Mention, read_at: i64) -> (i64, Event) {
    let mention = Mention { collected_at: Timestamp::from_millis(read_at), ..mention.clone() };
    (read_at, Event::Upsert(Box::new(mention)))
}

fn revised(mut mention: Mention, edited: i64, clock: &Clock, random: &mut Random) -> (i64, Event) {
    mention.edited_at = Some(Timestamp::from_millis(edited));
    mention.revision = edited.unsigned_abs();
    upsert(&mention, clock.after(edited, MINUTE, random))
}

fn delete(mention: &Mention, reason: &str, at: i64) -> (i64, Event) {
    let (id, source) = (mention.id.clone(), mention.source.clone());
    (at, Event::Delete(Delete { id, source, reason: Some(reason.to_owned()), at: Timestamp::from_millis(at) }))
}
