//! The languages that can be told, with the codes that they are known by and the scripts that they are written in.

use super::scripts::Script::{
    self, Arabic, Cyrillic, Devanagari, Ethiopic, Greek, Han, Hangul, Hebrew, Latin, Other, Thai,
};

/// A language.
pub(crate) struct Language {
    /// ISO 639-1; ISO 639-3 where there is none.
    pub(crate) code: &'static str,
    /// Other codes of it or of what is counted as it: ISO 639-3, retired codes, its forms.
    aliases: &'static [&'static str],
    /// Scripts that it is commonly written in. Others are not learned, so that foreign rows do no harm.
    pub(crate) scripts: &'static [Script],
    /// One of the languages that most posts are in.
    pub(crate) common: bool,
}

/// The language with this code. Case, region and script tags do not matter: `pt-BR`, `zh_Hant`, `NOB`.
pub(crate) fn language(code: &str) -> Option<&'static Language> {
    let main = code.split(['-', '_']).next().unwrap_or_default();
    if main.is_empty() || main.len() > 3 {
        return None;
    }
    let is = |name: &&str| name.eq_ignore_ascii_case(main);
    LANGUAGES.iter().find(|language| is(&language.code) || language.aliases.iter().any(is))
}

/// Whether few posts are in the language with this code, or few of them in this script: romanised Hindi.
pub(crate) fn is_rare(code: &str, script: Script) -> bool {
    language(code).is_none_or(|one| !one.common || (script == Latin && one.scripts.first() != Some(&Latin)))
}

/// A language that many posts are in.
const fn common(code: &'static str, aliases: &'static [&'static str], scripts: &'static [Script]) -> Language {
    Language { code, aliases, scripts, common: true }
}

/// A language that few posts are in: it takes more to believe in it.
const fn rare(code: &'static str, aliases: &'static [&'static str], scripts: &'static [Script]) -> Language {
    Language { code, aliases, scripts, common: false }
}

/// Those that most texts are in come first, for the sake of look-ups.
static LANGUAGES: &[Language] = &[
    common("en", &["eng"], &[Latin]),
    common("nl", &["nld", "dut"], &[Latin]),
    common("de", &["deu", "ger"], &[Latin]),
    common("fr", &["fra", "fre"], &[Latin]),
    common("es", &["spa"], &[Latin]),
    common("pt", &["por"], &[Latin]),
    common("ja", &["jpn"], &[Han]),
    common("it", &["ita"], &[Latin]),
    common("pl", &["pol"], &[Latin]),
    common("tr", &["tur"], &[Latin]),
    common("ar", &["ara", "arb", "ary", "arq", "arz", "apc", "ajp"], &[Arabic, Latin]),
    common("zh", &["zho", "chi", "cmn", "yue"], &[Han]),
    common("ko", &["kor"], &[Hangul]),
    common("id", &["ind", "in"], &[Latin]),
    common("ms", &["msa", "may", "zsm", "zlm", "mly"], &[Latin]),
    common("ru", &["rus"], &[Cyrillic]),
    common("uk", &["ukr"], &[Cyrillic]),
    common("sv", &["swe"], &[Latin]),
    common("nb", &["nob", "nor", "no", "nn", "nno"], &[Latin]),
    common("da", &["dan"], &[Latin]),
    common("fi", &["fin"], &[Latin]),
    common("th", &["tha"], &[Thai]),
    common("vi", &["vie"], &[Latin]),
    common("hi", &["hin"], &[Devanagari, Latin]),
    common("fa", &["fas", "per", "pes", "prs"], &[Arabic]),
    common("he", &["heb", "iw"], &[Hebrew]),
    common("el", &["ell", "gre"], &[Greek]),
    common("ro", &["ron", "rum", "mo"], &[Latin]),
    common("hu", &["hun"], &[Latin]),
    common("cs", &["ces", "cze"], &[Latin]),
    common("sk", &["slk", "slo"], &[Latin]),
    common("sl", &["slv"], &[Latin]),
    common("hr", &["hrv"], &[Latin]),
    common("sr", &["srp"], &[Latin, Cyrillic]),
    common("bs", &["bos"], &[Latin]),
    common("bg", &["bul"], &[Cyrillic]),
    common("ca", &["cat"], &[Latin]),
    rare("gl", &["glg"], &[Latin]),
    rare("eu", &["eus", "baq"], &[Latin]),
    rare("et", &["est", "ekk"], &[Latin]),
    rare("lv", &["lav", "lvs"], &[Latin]),
    rare("lt", &["lit"], &[Latin]),
    rare("is", &["isl", "ice"], &[Latin]),
    rare("af", &["afr"], &[Latin]),
    rare("sq", &["sqi", "alb", "als"], &[Latin]),
    rare("mk", &["mkd", "mac"], &[Cyrillic]),
    rare("be", &["bel"], &[Cyrillic]),
    rare("tl", &["tgl", "fil"], &[Latin]),
    rare("sw", &["swa", "swh"], &[Latin]),
    rare("az", &["aze", "azj"], &[Latin]),
    rare("uz", &["uzb", "uzn"], &[Latin]),
    rare("tk", &["tuk"], &[Latin]),
    rare("ku", &["kur", "kmr"], &[Latin]),
    rare("ckb", &[], &[Arabic]),
    rare("ga", &["gle"], &[Latin]),
    rare("cy", &["cym", "wel"], &[Latin]),
    rare("br", &["bre"], &[Latin]),
    rare("fy", &["fry"], &[Latin]),
    rare("lb", &["ltz"], &[Latin]),
    rare("oc", &["oci"], &[Latin]),
    rare("mt", &["mlt"], &[Latin]),
    rare("eo", &["epo"], &[Latin]),
    rare("jv", &["jav"], &[Latin]),
    rare("su", &["sun"], &[Latin]),
    rare("ha", &["hau"], &[Latin]),
    rare("ig", &["ibo"], &[Latin]),
    rare("yo", &["yor"], &[Latin]),
    rare("rw", &["kin"], &[Latin]),
    rare("so", &["som"], &[Latin]),
    rare("zu", &["zul"], &[Latin]),
    rare("xh", &["xho"], &[Latin]),
    rare("kk", &["kaz"], &[Cyrillic]),
    rare("ky", &["kir"], &[Cyrillic]),
    rare("tg", &["tgk"], &[Cyrillic]),
    rare("tt", &["tat"], &[Cyrillic]),
    rare("ba", &["bak"], &[Cyrillic]),
    rare("mn", &["mon", "khk"], &[Cyrillic]),
    rare("ur", &["urd"], &[Arabic]),
    rare("ps", &["pus", "pbt"], &[Arabic]),
    rare("sd", &["snd"], &[Arabic]),
    rare("ug", &["uig"], &[Arabic]),
    rare("mr", &["mar"], &[Devanagari]),
    rare("ne", &["nep", "npi"], &[Devanagari]),
    rare("am", &["amh"], &[Ethiopic]),
    rare("ti", &["tir"], &[Ethiopic]),
    rare("yi", &["yid", "ydd"], &[Hebrew]),
    rare("bn", &["ben"], &[Other]),
    rare("pa", &["pan"], &[Other]),
    rare("gu", &["guj"], &[Other]),
    rare("or", &["ori", "ory"], &[Other]),
    rare("ta", &["tam"], &[Other]),
    rare("te", &["tel"], &[Other]),
    rare("kn", &["kan"], &[Other]),
    rare("ml", &["mal"], &[Other]),
    rare("si", &["sin"], &[Other]),
    rare("km", &["khm"], &[Other]),
    rare("lo", &["lao"], &[Other]),
    rare("my", &["mya", "bur"], &[Other]),
    rare("ka", &["kat", "geo"], &[Other]),
    rare("hy", &["hye", "arm"], &[Other]),
    rare("bo", &["bod", "tib"], &[Other]),
    rare("dv", &["div"], &[Other]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_by_any_of_their_names() {
        let code = |name| language(name).map(|language| language.code);
        assert_eq!(code("pt-BR"), Some("pt"));
        assert_eq!(code("zh_Hant_TW"), Some("zh"));
        assert_eq!(code("NOR"), Some("nb"));
        assert_eq!(code("in"), Some("id"));
        assert_eq!(code("und"), None);
        assert_eq!(code(""), None);
        assert_eq!(code("é"), None);
    }

    #[test]
    fn no_code_stands_for_two_languages() {
        let mut all: Vec<_> = LANGUAGES.iter().flat_map(|one| one.aliases.iter().chain([&one.code])).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
