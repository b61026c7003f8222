//! The demo: some 2,500 mentions of three invented brands over the last 90 days, in six languages and from eleven
//! sources, with edits, deletions, repeats and noise, so that Hark can be tried without an account anywhere.
//!
//! The one rule: the words, the ids and the number of mentions never depend on the day, only the dates move with it.
//! A second load, on whichever day, brings the same ids again and so doubles nothing: Hark keeps the publication
//! time that it saw first, and later states of a mention (edits, deletions) are the same ones with a later date.

mod brands;
mod changes;
mod clock;
mod people;
mod random;
mod sources;
mod story;
mod texts;
mod voice;

use hark_mention::{Event, Mention, Timestamp};

use crate::changes::Told;
use crate::clock::{Clock, HOUR, Habit};
use crate::random::Random;
use crate::sources::Source;
use crate::story::{Scene, Tone};
use crate::voice::Voice;

pub use brands::CONFIG;

const WORDS: u64 = 10;
const TIMES: u64 = 11;

/// Most answers that one mention gets; their numbers follow its own.
const MOST_ANSWERS: u64 = 9;

/// Everything that Hark would have read in the 90 days up to `now`, in the order of reading.
///
/// No mention is later than `now` or more than 90 days earlier. The same day gives the same events apart from the
/// times, which move with the hour.
pub fn events(now: Timestamp) -> Vec<Event> {
    changes::events(tell(now), &Clock::new(now))
}

/// The mentions of all scenes and the answers to them, each as it was first published.
fn tell(now: Timestamp) -> Vec<Told> {
    let clock = Clock::new(now);
    let mut voice = Voice::new();
    let mut told = Vec::new();
    for (number, scene) in story::scenes().iter().enumerate() {
        let number = number as u64 * (MOST_ANSWERS + 1);
        let mut random = Random::new(WORDS, number);
        let mut times = Random::new(TIMES, number);
        let moment = clock.moment(scene.day, scene.habit, &mut times);
        let Some(mention) = mention(scene, None, number, &mut voice, &mut random) else { continue };
        let mention = dated(mention, scene, moment, &clock, &mut times);
        let first = told.len();
        told.push(Told::new(scene, mention, &mut voice, &mut random));

        let mut before = moment;
        for answer in 1..=answers(scene, &mut random) {
            // Mostly to the mention itself, else to the answer before.
            let parent: &Told = if random.chance(70) { &told[first] } else { &told[told.len() - 1] };
            let scene = reply(scene, &mut random);
            let Some(mention) = self::mention(&scene, Some(&parent.mention), number + answer, &mut voice, &mut random)
            else {
                continue;
            };
            before = clock.after(before, 2 * HOUR, &mut times);
            let mention = dated(mention, &scene, before, &clock, &mut times);
            told.push(Told::new(&scene, mention, &mut voice, &mut random));
        }
    }
    told
}

fn mention(
    scene: &Scene,
    parent: Option<&Mention>,
    number: u64,
    voice: &mut Voice,
    random: &mut Random,
) -> Option<Mention> {
    let words = voice.say(scene, random)?;
    let somebody = people::somebody(scene.source, scene.language, random);
    let author = match scene.section {
        "reply_staff" | "reply_staff_good" => people::staff(scene.source, scene.product.brand),
        _ if changes::from_leaver(scene, random) => people::leaver(),
        _ => somebody.author,
    };
    Some(sources::publish(scene, words, author, somebody.country, parent, number, random))
}

fn dated(mut mention: Mention, scene: &Scene, moment: i64, clock: &Clock, times: &mut Random) -> Mention {
    mention.published_at = Timestamp::from_millis(moment);
    mention.collected_at = Timestamp::from_millis(clock.after(moment, scene.source.delay(), times));
    mention
}

/// How many answers a scene gets.
fn answers(scene: &Scene, random: &mut Random) -> u64 {
    let (chance, most) = match scene.source {
        Source::Discourse | Source::Reddit => (45, 3),
        Source::HackerNews => (40, 4),
        Source::Bluesky | Source::Mastodon => (20, 2),
        Source::YouTube => (15, 2),
        _ => return 0,
    };
    let (answered, count) = (random.chance(chance), random.between(1, most));
    if answered && !scene.is_noise() { count } else { 0 }
}

/// An answer to a scene, by somebody else or by the brand itself.
fn reply(scene: &Scene, random: &mut Random) -> Scene {
    let (from_brand, source) = (random.chance(22), scene.source);
    let from_brand = from_brand && !matches!(source, Source::Reddit | Source::HackerNews);
    let section = match scene.tone() {
        Tone::Bad if from_brand => "reply_staff",
        Tone::Bad => "reply_bad",
        Tone::Good if from_brand => "reply_staff_good",
        Tone::Good => "reply_good",
        Tone::Asking | Tone::Plain => "reply_answer",
    };
    Scene { section, habit: Habit::Urgent, ..scene.clone() }
}
