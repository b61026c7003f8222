//! Ratings of any scale, brought to 0 (worst) to 1 (best).

use std::{fmt, str::FromStr};

/// From the worst to the best rating of a scale; `1-5`, `0-10`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f32,
    high: f32,
}

impl Scale {
    /// One to five stars.
    pub const STARS: Self = Self { low: 1.0, high: 5.0 };
    const UNIT: Self = Self { low: 0.0, high: 1.0 };
    const FIVE_AND_NONE: Self = Self { low: 0.0, high: 5.0 };
    const TEN: Self = Self { low: 0.0, high: 10.0 };
    const HUNDRED: Self = Self { low: 0.0, high: 100.0 };

    /// `value` from 0 to 1, or `None` when it lies outside the scale.
    fn normalise(self, value: f32) -> Option<f32> {
        let place = (value - self.low) / (self.high - self.low);
        (0.0..=1.0).contains(&place).then_some(place)
    }

    /// The scale that ends at `high`: five stars begin at one, others at zero.
    fn up_to(high: f32) -> Option<Self> {
        if high == Self::STARS.high { Some(Self::STARS) } else { (high > 0.0).then_some(Self { low: 0.0, high }) }
    }

    /// The smallest usual scale that holds all these ratings; `None` when they are no ratings.
    pub(super) fn guess<'a>(values: impl Iterator<Item = &'a str>) -> Option<Self> {
        let (mut low, mut high, mut whole, mut count, mut wrong) = (f32::MAX, f32::MIN, true, 0, 0);
        for value in values {
            match Written::read(value) {
                Some(Written { value, best: None }) => {
                    low = low.min(value);
                    high = high.max(value);
                    whole &= value.fract() == 0.0;
                    count += 1;
                }
                // A rating that tells its own scale says nothing about the others.
                Some(_) => count += 1,
                None => wrong += 1,
            }
        }
        if count == 0 || wrong * 5 > count {
            return None;
        }
        match (low, high) {
            (f32::MAX, _) => Some(Self::STARS),
            (..0.0, _) => None,
            (_, ..=1.0) if !whole => Some(Self::UNIT),
            (1.0.., ..=5.0) => Some(Self::STARS),
            (_, ..=5.0) => Some(Self::FIVE_AND_NONE),
            (_, ..=10.0) => Some(Self::TEN),
            (_, ..=100.0) => Some(Self::HUNDRED),
            _ => None,
        }
    }

    /// A written rating from 0 to 1; one such as `4/5` tells its own scale.
    pub(crate) fn read(self, text: &str) -> Option<f32> {
        let Written { value, best } = Written::read(text)?;
        match best {
            Some(best) => Self::up_to(best)?.normalise(value),
            None => self.normalise(value),
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.low, self.high)
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<f32>().ok().filter(|number| number.is_finite());
        text.split_once('-')
            .and_then(|(low, high)| Some(Self { low: number(low)?, high: number(high)? }))
            .filter(|scale| scale.low < scale.high)
            .ok_or_else(|| format!("must be a scale from worst to best such as \"1-5\" or \"0-10\", found `{text}`"))
    }
}

/// `4`, `4,5`, `4/5`, `4 out of 5`, `80%`, `★★★★☆`.
struct Written {
    value: f32,
    best: Option<f32>,
}

impl Written {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > 40 {
            return None;
        }
        if text.starts_with('★') {
            let count = |star| f32::from(u8::try_from(text.chars().filter(|c| *c == star).count()).unwrap_or(u8::MAX));
            return Some(Self { value: count('★'), best: Some(Scale::STARS.high) });
        }
        let (value, rest) = number(text)?;
        let rest = rest.trim();
        if rest.is_empty() {
            return Some(Self { value, best: None });
        }
        if rest == "%" {
            return Some(Self { value, best: Some(100.0) });
        }
        let rest = rest.trim_end_matches(|c: char| !c.is_ascii_digit());
        let (between, _) = rest.split_at(rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()));
        let best = match between.trim() {
            "" => None,
            "/" | "out of" | "of" | "van" | "van de" | "von" | "sur" | "de" => {
                let (best, rest) = number(rest.strip_prefix(between)?)?;
                rest.is_empty().then_some(Some(best))?
            }
            _ => return None,
        };
        // `4 stars`, `4 sterren`: a word after the number; but not `4 days ago 12:00`.
        Some(Self { value, best })
    }
}

/// A number at the beginning, with a point or a comma for the fraction.
fn number(text: &str) -> Option<(f32, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-'))).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let value: f32 = if digits.contains(',') { digits.replace(',', ".").parse() } else { digits.parse() }.ok()?;
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn scales_are_guessed_and_ratings_normalised() {
        type Case<'a> = (&'a [&'a str], &'a str, &'a [(&'a str, Option<f32>)]);
        let cases: [Case<'_>; 7] = [
            (&["1", "5", "3"], "1-5", &[("1", Some(0.0)), ("5", Some(1.0)), ("4.0", Some(0.75)), ("7", None)]),
            (&["4 stars", "2 sterren"], "1-5", &[("3 stars", Some(0.5))]),
            (&["0", "5"], "0-5", &[("1", Some(0.2))]),
            (&["7,5", "10"], "0-10", &[("7,5", Some(0.75)), ("4/5", Some(0.75)), ("11", None)]),
            (&["80", "35"], "0-100", &[("80", Some(0.8)), ("80%", Some(0.8))]),
            (&["0.5", "1"], "0-1", &[("0.25", Some(0.25))]),
            (&["4/5", "3 out of 10"], "1-5", &[("3 out of 10", Some(0.3)), ("★★★★☆", Some(0.75)), ("good", None)]),
        ];
        for (sample, name, ratings) in cases {
            let scale = Scale::guess(sample.iter().copied()).unwrap();
            assert_eq!(scale.to_string(), name);
            for (text, expected) in ratings {
                assert_eq!(scale.read(text), *expected, "{text} of {name}");
            }
        }
        assert_eq!(Scale::guess(["good", "bad", "5"].into_iter()), None);
        assert_eq!(Scale::guess(["17", "2041"].into_iter()), None);
    }

    #[test]
    fn a_scale_is_written_as_it_is_read() {
        assert_eq!("0-10".parse::<Scale>().unwrap().to_string(), "0-10");
        for wrong in ["", "5", "5-1", "a-b", "1-inf", "3-3"] {
            assert!(wrong.parse::<Scale>().is_err(), "{wrong}");
        }
    }
}
