//! Korean: a word between spaces (eojeol) is a stem and, mostly, particles. A term is found by the stem too.

/// Longest ending in [`is_particle`], in syllables.
const LONGEST: usize = 4;

/// Calls `stem` with what is left of `word` without each particle that it may end with.
pub(crate) fn stems(word: &str, mut stem: impl FnMut(&str)) {
    for (start, _) in word.char_indices().rev().take(LONGEST) {
        if let Some((before, ending)) = word.split_at_checked(start)
            && !before.is_empty()
            && is_particle(ending)
        {
            stem(before);
        }
    }
}

/// Particles that follow a noun (조사), alone and as they combine, and the forms of the copula (이다) used like them.
///
/// Source: the classes of 조사 in the standard dictionary of the National Institute of Korean Language.
fn is_particle(ending: &str) -> bool {
    matches!(
        ending,
        // Subject, topic, object, possessive, complement.
        "은" | "는" | "이" | "가" | "을" | "를" | "의" | "께서" | "께서는"
        // Place, time, direction, means.
        | "에" | "에서" | "에게" | "에게서" | "에게는" | "에게도" | "한테" | "한테서" | "한테는" | "께" | "로" | "으로" | "로서" | "으로서"
        | "로써" | "으로써" | "로는" | "으로는" | "로도" | "으로도" | "로의" | "으로의" | "에는" | "에도" | "에만" | "에선" | "에서는" | "에서도"
        | "에서만" | "에서의" | "에의" | "엔" | "부터" | "부터는" | "까지" | "까지는" | "까지도"
        // Company and comparison.
        | "와" | "과" | "와는" | "과는" | "와도" | "과도" | "와의" | "과의" | "하고" | "하고는" | "랑" | "이랑" | "보다" | "보다는" | "보다도"
        | "처럼" | "만큼" | "같이" | "대로"
        // Limits and emphasis.
        | "도" | "만" | "만은" | "만이" | "만을" | "만의" | "밖에" | "뿐" | "뿐만" | "조차" | "마저" | "마다" | "나" | "이나" | "라도" | "이라도"
        | "든지" | "이든지" | "야" | "이야" | "야말로" | "이야말로" | "요" | "이요"
        // Plural.
        | "들" | "들은" | "들이" | "들을" | "들의" | "들도" | "들과" | "들에게"
        // Naming and quoting.
        | "라는" | "이라는" | "라고" | "이라고" | "란" | "이란" | "라며" | "이라며" | "라면" | "이라면"
        // The copula.
        | "다" | "이다" | "입니다" | "이에요" | "예요" | "인데" | "인가" | "인가요" | "인지" | "이고" | "이며" | "이지만" | "였다" | "이었다"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_stands_before_its_particles() {
        let of = |word: &str| {
            let mut found = Vec::new();
            stems(word, |stem| found.push(stem.to_owned()));
            found
        };
        assert_eq!(of("삼성은"), ["삼성"]);
        assert_eq!(of("배터리에서는"), ["배터리에서", "배터리"]);
        assert_eq!(of("갤럭시입니다"), ["갤럭시입니", "갤럭시"]);
        assert_eq!(of("iphone을"), ["iphone"]);
        assert_eq!(of("은"), [""; 0]);
        assert_eq!(of("삼성전자"), [""; 0]);
    }
}
