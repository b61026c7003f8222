//! Which language a text is in.

use std::sync::LazyLock;

use whatlang::{Detector, Lang};

/// Fewest letters from which a language can be told.
const MIN_LETTERS: usize = 3;

/// Small languages for which short texts in a large neighbour are mistaken (Dutch for Afrikaans, Indonesian for Javanese).
/// Telling them apart takes more than whatlang has.
const NOT_TOLD_APART: [Lang; 8] =
    [Lang::Afr, Lang::Aka, Lang::Epo, Lang::Jav, Lang::Lat, Lang::Sna, Lang::Tuk, Lang::Zul];

/// A language as found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Detected {
    /// ISO 639-1; `und` when it cannot be told.
    pub(crate) code: &'static str,
    /// How sure, 0 to 1.
    pub(crate) confidence: f32,
}

/// The languages that Hark's users write in most. A short text that no language fits well is taken for one of these.
const MAIN: [Lang; 13] = [
    Lang::Nld,
    Lang::Eng,
    Lang::Deu,
    Lang::Fra,
    Lang::Spa,
    Lang::Ita,
    Lang::Por,
    Lang::Pol,
    Lang::Tur,
    Lang::Ara,
    Lang::Jpn,
    Lang::Cmn,
    Lang::Kor,
];

/// Confidence below which only the main languages come into question.
const DOUBT: f64 = 0.25;

static MAIN_DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::with_allowlist(MAIN.to_vec()));
static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::with_denylist(NOT_TOLD_APART.to_vec()));

/// Tells the language of `text`. Links, handles and hashtags do not count: they are in no language.
pub(crate) fn detect(text: &str) -> Detected {
    let said = |word: &&str| !(word.starts_with(['@', '#']) || word.contains("://"));
    if text.contains(['@', '#']) || text.contains("://") {
        return detect_words(&text.split_whitespace().filter(said).collect::<Vec<_>>().join(" "));
    }
    detect_words(text)
}

fn detect_words(text: &str) -> Detected {
    let unknown = Detected { code: "und", confidence: 0.0 };
    if text.chars().filter(|c| c.is_alphabetic()).take(MIN_LETTERS).count() < MIN_LETTERS {
        return unknown;
    }
    let found = DETECTOR.detect(text);
    let sure = found.as_ref().is_some_and(|info| info.confidence() >= DOUBT);
    let found = if sure { found } else { MAIN_DETECTOR.detect(text).or(found) };
    found.map_or(unknown, |info| {
        #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
        let confidence = info.confidence() as f32;
        Detected { code: code(info.lang()), confidence }
    })
}

/// ISO 639-1 code of a language.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Afr => "af",
        Lang::Aka => "ak",
        Lang::Amh => "am",
        Lang::Ara => "ar",
        Lang::Aze => "az",
        Lang::Bel => "be",
        Lang::Ben => "bn",
        Lang::Bul => "bg",
        Lang::Cat => "ca",
        Lang::Ces => "cs",
        Lang::Cmn => "zh",
        Lang::Cym => "cy",
        Lang::Dan => "da",
        Lang::Deu => "de",
        Lang::Ell => "el",
        Lang::Eng => "en",
        Lang::Epo => "eo",
        Lang::Est => "et",
        Lang::Fin => "fi",
        Lang::Fra => "fr",
        Lang::Guj => "gu",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Hrv => "hr",
        Lang::Hun => "hu",
        Lang::Hye => "hy",
        Lang::Ind => "id",
        Lang::Ita => "it",
        Lang::Jav => "jv",
        Lang::Jpn => "ja",
        Lang::Kan => "kn",
        Lang::Kat => "ka",
        Lang::Khm => "km",
        Lang::Kor => "ko",
        Lang::Lat => "la",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Mal => "ml",
        Lang::Mar => "mr",
        Lang::Mkd => "mk",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Nld => "nl",
        Lang::Nob => "nb",
        Lang::Ori => "or",
        Lang::Pan => "pa",
        Lang::Pes => "fa",
        Lang::Pol => "pl",
        Lang::Por => "pt",
        Lang::Ron => "ro",
        Lang::Rus => "ru",
        Lang::Sin => "si",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Sna => "sn",
        Lang::Spa => "es",
        Lang::Srp => "sr",
        Lang::Swe => "sv",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Tgl => "tl",
        Lang::Tha => "th",
        Lang::Tuk => "tk",
        Lang::Tur => "tr",
        Lang::Ukr => "uk",
        Lang::Urd => "ur",
        Lang::Uzb => "uz",
        Lang::Vie => "vi",
        Lang::Yid => "yi",
        Lang::Zul => "zu",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_languages_are_told_apart() {
        let cases = [
            ("De bezorging was veel te laat en niemand nam de telefoon op", "nl"),
            ("Wat een prima service hebben jullie toch", "nl"),
            ("The delivery was far too late and nobody answered the phone", "en"),
            ("Die Lieferung kam viel zu spät und niemand ging ans Telefon", "de"),
            ("La livraison était beaucoup trop tardive et personne ne répondait", "fr"),
            ("配達がとても遅くて、電話にも出ませんでした", "ja"),
            ("@noordvonk わかります！ https://example.org/english-words", "ja"),
            ("@nobody #nothing https://example.org", "und"),
            ("🎉🎉", "und"),
        ];
        for (text, code) in cases {
            assert_eq!(detect(text).code, code, "{text}");
        }
    }
}
