#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::reading::Reader;

fn of(text: &str) -> Signature {
    let mut reading = Reading::default();
    Reader::default().read(text, "und", &mut reading);
    signature(&reading)
}

fn same(a: &str, b: &str) -> bool {
    let (a, b) = (of(a), of(b));
    a.keys().iter().any(|key| b.keys().contains(key)) && a.is_near(&b)
}

const ARTICLE: &str = "The telecom provider Noordvonk will raise the prices of most of its mobile subscriptions next month. \
    Customers pay on average two euros more, the company said on Tuesday. According to a spokeswoman, the rise is due to \
    higher energy costs and investments in the network. The consumers' association calls the rise 'hard to explain', as \
    the company reported a record profit earlier this year. Customers whose contract ends before the first of the month \
    keep their old price until then. They may cancel free of charge within thirty days after the letter was sent.";

#[test]
fn what_sharing_adds_does_not_make_another_story() {
    let text = "Fairphone brings five years of updates to its oldest model, something no other maker has done so far";
    let forms = [
        format!("RT @techsite: {text}"),
        format!("{text} https://example.org/a1b2c3"),
        format!("{text} #fairphone #android"),
        format!("“{text}” via @techsite"),
        format!(".@fairphone @someone {}", text.to_uppercase()),
        format!("{text} 🎉🎉🎉 pic.twitter.com/x8Yz"),
        format!("RT @a: RT @b: {text} https://example.org/1 https://example.org/2 #x"),
    ];
    for form in forms {
        assert_eq!(of(&form), of(text), "{form}");
    }
}

#[test]
fn small_edits_stay_in_the_story() {
    let changed = format!("Noordvonk makes calling dearer: two euros a month. {ARTICLE} More on this later today.");
    assert!(same(ARTICLE, &changed), "another headline and a sentence at the end");
    assert!(same(ARTICLE, &ARTICLE.replace("Tuesday", "tuesday evening")), "a word changed");
    assert!(same(ARTICLE, &ARTICLE.replace("thirty days", "30 days")), "a number in a long text");
    let long = "Noordvonk has had an outage in the whole of the north since this morning, thousands of customers cannot \
        call or use the internet and the helpdesk cannot be reached either, what a drama again";
    let cut = format!("RT @nieuws: {}…", long.get(..150).unwrap());
    assert!(same(long, &cut), "cut off");
    let ja = "新しいアップデートをインストールしてから電池の減りがとても早くなり、半日も持たなくなってしまいました。サポートに連絡しても返事がありません。";
    assert!(same(ja, &format!("RT @abc: {ja} https://example.jp/1")), "Japanese");
    assert!(same(ja, &ja.replace("とても早く", "すごく早く")), "Japanese, a word changed");
    assert!(same(
        "هذا الهاتف أفضل هاتف اشتريته في حياتي وأنصح الجميع به بدون تردد",
        "هذا الهاتف افضل هاتف اشتريته في حياتي وأنصح الجميع به بدون تردد #هاتف"
    ));
}

#[test]
fn other_texts_are_other_stories() {
    let pairs = [
        (
            "Deal of the day: iPhone 14 128GB now €799 at Mediashop, free delivery until Sunday",
            "Deal of the day: iPhone 14 128GB now €899 at Mediashop, free delivery until Sunday",
        ),
        (
            "Train 3412 to Utrecht is 10 minutes late because of a broken switch near Gouda",
            "Train 3517 to Leiden is 25 minutes late because of a broken switch near Gouda",
        ),
        (
            "My battery is empty by noon since the last update and nobody helps me",
            "The screen of my phone broke after a week and the repair took a month",
        ),
        (
            "Did anyone see him plead the 5th or did his lawyers only say so in the papers?",
            "I have not listened to them since the 5th grade but this song is actually pretty good",
        ),
        ("Great phone, would buy again", "Great phone, would not buy again"),
        (
            "電池の減りがとても早くて困っています。返事もありません。",
            "画面がとても綺麗で満足しています。配送も早かったです。",
        ),
    ];
    for (a, b) in pairs {
        assert!(!same(a, b), "{a}");
    }
}

#[test]
fn short_texts_are_the_same_only_when_equal_and_not_when_generic() {
    assert!(same("accu weer leeg @fairphone", "Accu weer leeg!"));
    assert!(!same("accu weer leeg", "accu weer vol"));
    assert!(!same("お刺身も美味しかったです。", "ごはんも美味しかったです!"));
    assert!(!same("как взять кредит в втб 24 в самаре", "втб 24 справка для получения кредита онлайн"));
    for generic in [
        "Thanks!",
        "thank you so much!!",
        "Dank je wel 😊",
        "Happy birthday!",
        "Merci beaucoup",
        "👍👍👍",
        "",
        "#win",
        "ok",
    ] {
        assert_eq!(of(generic).keys(), &[] as &[u64], "{generic}");
        assert_eq!(of(generic).story_id(), "");
    }
}

/// Texts of made-up words that share a known part of their shingles.
fn pair(words: usize, changed: usize, seed: u64) -> (String, String, f64) {
    let word = |at: usize, salt: u64| {
        let hash = Hash::START.then(at as u64).then(salt).then(seed).0;
        (0..6).map(|n| char::from(b'a' + u8::try_from((hash >> (n * 8)) % 26).unwrap())).collect::<String>()
    };
    let a: Vec<_> = (0..words).map(|at| word(at, 1)).collect();
    // Changed words side by side each change one shingle, and two more at the ends.
    let b: Vec<_> = (0..words).map(|at| word(at, if at < changed { 2 } else { 1 })).collect();
    let (all, kept) = (words - 2, words - 2 - changed);
    let share = f64::from(u32::try_from(kept).unwrap()) / f64::from(u32::try_from(2 * all - kept).unwrap());
    (a.join(" "), b.join(" "), share)
}

/// Of 2,000 pairs: how many share a band, and how many of those are near.
fn found(words: usize, changed: usize) -> (f64, f64, f64) {
    let (mut reading, reader) = (Reading::default(), Reader::default());
    let mut of = |text: &str| {
        reader.read(text, "und", &mut reading);
        signature(&reading)
    };
    let (mut sharing, mut near, mut share) = (0_u32, 0_u32, 0.0);
    for seed in 0..2_000 {
        let (a, b, jaccard) = pair(words, changed, seed);
        let (a, b) = (of(&a), of(&b));
        let shares = a.bands.iter().zip(b.bands).any(|(a, b)| *a == b);
        sharing += u32::from(shares);
        near += u32::from(shares && a.is_near(&b));
        share = jaccard;
    }
    (share, f64::from(sharing) / 2_000.0, f64::from(near) / 2_000.0)
}

#[test]
fn near_texts_share_a_band_and_far_ones_are_told_apart() {
    let (share, sharing, near) = found(38, 4);
    assert!(share >= 0.8 && sharing >= 0.95 && near >= 0.93, "{share} {sharing} {near}");
    let (share, sharing, near) = found(30, 12);
    assert!(share <= 0.4 && sharing < 0.2 && near < 0.03, "{share} {sharing} {near}");
    let (share, sharing, near) = found(30, 20);
    assert!(share <= 0.2 && sharing < 0.02 && near < 0.002, "{share} {sharing} {near}");
}

#[test]
fn keys_are_fixed() {
    // A change here means that stories of old and new mentions do not meet: say so in the change log.
    let known =
        of("Fairphone brings five years of updates to its oldest model, something no other maker has done so far");
    assert_eq!(known.story_id(), "1f512e3bc3c2a5");
    assert!(known.bands.iter().chain([&known.exact, &known.sketch]).all(|key| *key < 1 << 53));
}

#[test]
fn hostile_texts_are_no_trouble() {
    for part in ["🎉", "a", "e\u{301}\u{302}\u{303}", "# ", "@a ", "a…", "… ", "\u{200b}", "字", "1.", "RT @a: ", "' "]
    {
        let text = part.repeat(1 << 18);
        let signature = of(&text);
        assert!(signature.sketch < 1 << 53);
    }
}
