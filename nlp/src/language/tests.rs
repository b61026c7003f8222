#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use super::*;

fn told(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases.iter().map(|&(text, code)| (text, code, detect(text))).collect();
    let wrong: Vec<_> = wrong.into_iter().filter(|(_, code, found)| found.code != *code).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_main_languages_are_told_apart() {
    told(&[
        ("De bezorging was veel te laat en niemand nam de telefoon op", "nl"),
        ("Wat een prima service hebben jullie toch", "nl"),
        ("The delivery was far too late and nobody answered the phone", "en"),
        ("Die Lieferung kam viel zu spät und niemand ging ans Telefon", "de"),
        ("La livraison était beaucoup trop tardive et personne ne répondait", "fr"),
        ("Der Akku hält nicht mal einen Tag", "de"),
        ("Бесконечно долго ждал заказ, больше сюда ни ногой", "ru"),
        ("Дуже задоволена покупкою, раджу всім", "uk"),
        ("خدمة العملاء ممتازة وسريعة", "ar"),
        ("گوشی خیلی خوبی است و از خرید آن راضی هستم", "fa"),
        ("बहुत अच्छा फ़ोन है, बैटरी लंबी चलती है", "hi"),
        ("手机质量很好，物流也很快", "zh"),
        ("配達がとても遅くて、電話にも出ませんでした", "ja"),
        ("배송이 너무 늦었어요", "ko"),
        ("סוללה מצוינת, אני מרוצה מאוד", "he"),
        ("Πολύ καλό προϊόν, το συνιστώ", "el"),
        ("สินค้าดีมาก ส่งเร็ว", "th"),
    ]);
}

#[test]
fn neighbours_are_told_apart() {
    told(&[
        ("Jeg er meget glad for min nye cykel, den kører fantastisk", "da"),
        ("Jeg er veldig fornøyd med den nye sykkelen min, den går kjempebra", "nb"),
        ("Jag är väldigt nöjd med min nya cykel, den går jättebra", "sv"),
        ("Estoy muy contento con el servicio, ha sido muy rápido", "es"),
        ("Estou muito satisfeito com o serviço, foi muito rápido", "pt"),
        ("Estic molt content amb el servei, ha estat molt ràpid", "ca"),
        ("Barangnya bagus banget, pengiriman cepat, recommended seller", "id"),
        ("Polis menahan dua lelaki kerana disyaki terlibat dalam kes itu, kata beliau", "ms"),
        ("Ne znam kaj bi naredil, telefon ne dela več", "sl"),
        ("Som veľmi spokojný, určite odporúčam každému", "sk"),
        ("Jsem moc spokojený, určitě doporučuji všem", "cs"),
    ]);
}

#[test]
fn scripts_without_a_model_name_their_language() {
    told(&[
        ("გამარჯობა, როგორ ხარ", "ka"),
        ("Բարեւ, ինչպես ես", "hy"),
        ("வணக்கம் நண்பர்களே", "ta"),
        ("ఈ ఫోన్ చాలా బాగుంది", "te"),
        ("ഈ ഫോൺ വളരെ നല്ലതാണ്", "ml"),
        ("এই ফোনটা খুব ভালো", "bn"),
        ("આ ફોન ખૂબ સારો છે", "gu"),
        ("ਇਹ ਫ਼ੋਨ ਬਹੁਤ ਵਧੀਆ ਹੈ", "pa"),
        ("ទូរស័ព្ទនេះល្អណាស់", "km"),
        ("ဒီဖုန်းက အရမ်းကောင်းတယ်", "my"),
        ("ໂທລະສັບນີ້ດີຫຼາຍ", "lo"),
        ("މި ފޯނު ވަރަށް ރަނގަޅު", "dv"),
    ]);
}

#[test]
fn texts_without_words_are_unknown() {
    for text in
        ["", " ", "🎉🎉", "12:30 €5", "@nobody #nothing https://example.org", "!!!", "\u{200B}\u{FE0F}", "&amp; &lt;"]
    {
        assert_eq!(detect(text), Detected { code: "und", confidence: 0.0, second: None }, "{text:?}");
    }
}

#[test]
fn links_handles_and_hashtags_do_not_count() {
    told(&[
        ("@noordvonk わかります！ https://example.org/english-words", "ja"),
        (
            "@ilovethenewphone #bestphoneever #wearetheworld wat een prachtig toestel zeg https://example.com/the-best-of-the-best",
            "nl",
        ),
    ]);
}

#[test]
fn the_forms_that_letters_take_do_not_matter() {
    use unicode_normalization::UnicodeNormalization as _;
    let text = "La télé était là-bas, ça n'a pas été réparé à temps";
    let apart: String = text.nfd().collect();
    assert_eq!(detect(&apart), detect(text));
    assert_eq!(detect(&text.to_uppercase()), detect(text));
    told(&[("Ｔｈｅ ｄｅｌｉｖｅｒｙ ｗａｓ ｌａｔｅ ａｇａｉｎ", "en"), ("𝐓𝐡𝐞 𝐝𝐞𝐥𝐢𝐯𝐞𝐫𝐲 𝐰𝐚𝐬 𝐥𝐚𝐭𝐞 𝐚𝐠𝐚𝐢𝐧", "en")]);
    assert_eq!(detect("sooooooooo gooooooood this phoooooone"), detect("soo good this phoone"));
}

#[test]
fn a_text_in_two_scripts_has_a_second_language() {
    let found = detect("この電話は本当に素晴らしいです、おすすめします best phone I have ever had, really");
    assert_eq!((found.code, found.second), ("ja", Some("en")));
    assert_eq!(detect("この電話は本当に素晴らしいです、おすすめします OK").second, None);
}

#[test]
fn hostile_texts_are_read_in_bounded_time() {
    let zalgo: String = "hallo daar".chars().flat_map(|c| std::iter::once(c).chain(['\u{0336}'; 200])).collect();
    for text in ["🎉".repeat(250_000), "@".repeat(1_000_000), "&".repeat(1_000_000), "h".repeat(1_000_000), zalgo] {
        let found = detect(&text);
        assert!((0.0..=1.0).contains(&found.confidence));
    }
    for point in (0..0x11_0000).filter_map(char::from_u32) {
        assert!((0.0..=1.0).contains(&detect(point.encode_utf8(&mut [0; 4])).confidence));
    }
}

#[test]
fn the_expected_languages_come_first_in_doubt() {
    let identifier = Identifier::load(BUILT_IN).unwrap();
    let text = "ok top";
    let of = |identifier: &Identifier| identifier.identify(text, Evidence::default());
    let before = of(&identifier);
    let after = of(&identifier.expecting(&["nl"]));
    assert!(after.code == "nl" || after.confidence < before.confidence, "{before:?} {after:?}");
}

#[test]
fn a_model_can_be_trained_saved_and_loaded() {
    let line = |text: &str, lang: &str| Row { text: text.to_owned(), lang: lang.to_owned() };
    let (dutch, english) =
        (["de kat", "het huis", "een fiets", "wij lopen"], ["the cat", "a house", "my bike", "we walk"]);
    let mut rows = Vec::new();
    for number in 0..200 {
        let (one, two) = (number % 4, number / 4 % 4);
        rows.push(line(&format!("{} en {} {number}", dutch[one], dutch[two]), "nl"));
        rows.push(line(&format!("{} and {} {number}", english[one], english[two]), "en-GB"));
    }
    rows.push(line("странно", "nl"));
    rows.push(line("qapla", "tlh"));
    let options = Options { bits: 12, epochs: 3, ..Options::default() };
    let trained = train(&rows, &options);
    assert_eq!(trained.left_out, 2);
    assert_eq!(trained.rows, [("en", 200), ("nl", 200)].into());
    assert_eq!(trained.weights, train(&rows, &options).weights, "the same rows give the same model");
    let identifier = Identifier::load(&trained.weights).unwrap();
    let report = evaluate(&identifier, &rows);
    assert!(report.macro_accuracy() > 99.0, "{report:?}");
    assert!(report.f1("nl") > 99.0 && report.macro_f1() > 99.0, "{report:?}");
    assert_ne!(identifier.digest(), Identifier::built_in().digest());
    assert_eq!(report.left_out, 1);
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let refused = |bytes: &[u8]| Identifier::load(bytes).err().unwrap().to_string();
    assert!(refused(b"").contains("not a language model"));
    assert!(refused(b"PK\x03\x04 something else").contains("not a language model"));
    let mut later = BUILT_IN.to_vec();
    later[8] = 99;
    assert!(refused(&later).contains("version 99"));
    for end in [9, 10, 12, 100, 1000, BUILT_IN.len() - 1] {
        assert!(refused(&BUILT_IN[..end]).contains("broken"), "{end}");
    }
}

/// Accuracy on posts that were not trained on, where they are at hand.
#[test]
fn posts_never_seen_are_told_right() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/nlp");
    let files: Vec<PathBuf> = ["ecosent_nl", "umsab", "xed", "smsa_id", "norec_sentence_nb"]
        .iter()
        .map(|set| shared.join(set).join("dev.tsv"))
        .collect();
    if !files.iter().all(|file| file.exists()) {
        return;
    }
    let files = crate::rows::files(&files, &[], crate::rows::Part::Dev).unwrap();
    let rows = files.iter().flat_map(|file| file.read().unwrap());
    let mut rows: Vec<_> = rows.map(|row| Row { text: row.text, lang: row.lang }).collect();
    // Half of the Hindi rows of one set are plain English.
    rows.retain(|row| row.lang != "hi");
    let report = evaluate(Identifier::built_in(), &rows);
    assert!(report.macro_accuracy() > 92.0, "{report:?}");
    assert!(report.languages["nl"].percent() > 98.0, "{report:?}");
}
