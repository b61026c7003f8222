//! What is masked in texts as people write them, and what must survive.
#![expect(clippy::unwrap_used, reason = "tests")]

use hark_mention::{Event, ForgetAuthor, Mention, PersonalData, Timestamp};
use hark_privacy::{Masker, Pseudonyms, Tally};
use proptest::prelude::*;
use serde_json::json;

fn all() -> Masker {
    Masker::new(&PersonalData::ALL)
}

fn masked(text: &str) -> String {
    let mut text = text.to_owned();
    all().text(&mut text, &mut Tally::default());
    text.replace("[masked_email]", "[E]")
        .replace("[masked_phone]", "[P]")
        .replace("[masked_iban]", "[I]")
        .replace("[masked_card]", "[C]")
}

#[test]
fn personal_data_is_masked_in_every_way_of_writing() {
    let cases = [
        // E-mail.
        ("Mail jan.de.vries+shop@example.co.uk!", "Mail [E]!"),
        ("mailto:jan@example.org?subject=Hoi", "mailto:[E]?subject=Hoi"),
        ("[mail](mailto:jan@example.org)", "[mail](mailto:[E])"),
        ("<jan@example.org>, jürgen@müller.de; 'o'neil@example.ie'", "<[E]>, [E]; '[E]'"),
        ("Stuur naar jan@example.org.Dank!", "Stuur naar [E].Dank!"),
        ("メールはtaro@example.jpまで、またはｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐへ", "メールは[E]まで、または[E]へ"),
        ("https://example.org/?mail=jan%40example.org&x=1 x", "https://example.org/?mail=[E]&x=1 x"),
        ("https://example.org/p?e=jan@example.org#a", "https://example.org/p?e=[E]#a"),
        ("0612345678@example.org", "[E]"),
        ("jan@exa\u{200B}mple.org", "[E]"),
        ("почта: иван@почта.рф", "почта: [E]"),
        // Telephone.
        ("Bel 0612345678 of 06-12345678, 06 12 34 56 78, 06 1234 5678!", "Bel [P] of [P], [P], [P]!"),
        ("+31612345678 +31 6 12345678 +31 (0)6-12345678 +31(0)20 123 4567", "[P] [P] [P] [P]"),
        ("0031 6 12345678; 0031612345678", "[P]; [P]"),
        ("tel:020-1234567 (020) 123 45 67 0318-123456", "tel:[P] [P] [P]"),
        ("bel me op 0201234567 svp", "bel me op [P] svp"),
        ("app 31612345678", "app [P]"),
        ("+1 (555) 234-5678, +44 20 7946 0958, +49 30 123456", "[P], [P], [P]"),
        ("+33 6 12 34 56 78 ou 06.12.34.56.78, 0470 12 34 56", "[P] ou [P], [P]"),
        ("０６－１２３４５６７８ ＋３１６１２３４５６７８", "[P] [P]"),
        ("اتصل ٠٦١٢٣٤٥٦٧٨", "اتصل [P]"),
        ("お電話は+81 90-1234-5678まで", "お電話は[P]まで"),
        ("06\u{2011}12345678 06\u{A0}12345678 0\u{200B}6\u{200B}12345678", "[P] [P] [P]"),
        ("tel 06-12345678/020-1234567", "tel [P]/[P]"),
        ("(0612345678)", "([P])"),
        // Accounts and cards.
        ("NL91ABNA0417164300", "[I]"),
        ("IBAN: NL91 ABNA 0417 1643 00.", "IBAN: [I]."),
        ("nl91abna0417164300 DE89-3704-0044-0532-0130-00", "[I] [I]"),
        ("4111111111111111 / 4111 1111 1111 1111 / 5500-0000-0000-0004", "[C] / [C] / [C]"),
        ("amex 3782 822463 10005", "amex [C]"),
        ("４１１１ １１１１ １１１１ １１１１", "[C]"),
    ];
    for (text, expected) in cases {
        assert_eq!(masked(text), expected, "{text}");
    }
}

#[test]
fn what_only_looks_alike_survives() {
    let texts = [
        // Handles, addresses, versions.
        "@jan @jan@mastodon.social cc:@jan.bsky.social .@KLM a@b user@localhost",
        "git clone git@github.com:owner/repo.git; npm i react@18.2.0 @angular/core@17.0.1",
        "https://x.com/jan/status/1234567890123456789 https://example.org/0612345678/4111111111111111?id=0612345678",
        "https://medium.com/@jan/4111-1111 https://jan:geheim@example.org/a www.example.org/06-12345678",
        "https://mastodon.social/@jan/113456789012345678",
        // Orders, parcels, articles.
        "Bestelling 1234567890, order #4111111111111111, ORD-4111111111111111, order4111111111111111",
        "3SABCD1234567890 JVGL06123456780001 05212345678901 CD123456785NL",
        "EAN 4006381333931 ISBN 978-0-306-40615-7, 0306406152 of 0-306-40615-2",
        "klantnummer 0201234567, factuur 2024-0612345678, IMEI 356938035643809",
        "NL92ABNA0417164300 NL91ABNA04171643 NL001234567B01 XX91ABNA0417164300",
        "4111 1111 1111 1112, 1111 4111 1111 1111",
        "0012345678905",
        // Dates, times, years, amounts, scores.
        "06-12-2024 10:30, 2024-06-12T06:12:34.567, 20240612, 1999-2024, 06-12-24",
        "€ 0612345678,00 $4111111111111111 1.234.567,89 0,06 10.000.000 +10 000 000 euro",
        "2-1 3-0 11-9 21-19 06:12 08:00-17:30 +31% +1,234,567,890",
        "01 02 03 04 05 06 07 08, 1234 AB Amsterdam, 0800-1234567, 0900 123 4567, 112",
        "192.168.178.001 10.0.0.1 00:1A:2B:3C:4D:5E 52.370216, 4.895168",
        "1️⃣ 2️⃣ 3️⃣ ½ ² ① 100% 10° 2e 4K",
        "",
    ];
    for text in texts {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn only_what_is_asked_for_is_masked_and_it_is_counted() {
    let mut text = "jan@example.org 0612345678 0687654321 NL91ABNA0417164300 4111111111111111".to_owned();
    let mut tally = Tally::default();
    Masker::new(&[PersonalData::Phone, PersonalData::Iban]).text(&mut text, &mut tally);
    assert_eq!(text, "jan@example.org [masked_phone] [masked_phone] [masked_iban] 4111111111111111");
    assert_eq!(tally.iter().map(|(_, count)| count).collect::<Vec<_>>(), [0, 2, 1, 0]);
}

fn mention() -> Mention {
    let mut mention = Mention::new(
        "bluesky:at://did:plc:jan/app.bsky.feed.post/1",
        "bluesky",
        "Mail jan@example.org",
        Timestamp::EPOCH,
    );
    mention.title = Some("Bel 0612345678".into());
    mention.url = Some("https://bsky.app/profile/did:plc:jan/post/1".into());
    mention.author.id = Some("did:plc:jan".into());
    mention.author.handle = Some("Jan.example.org".into());
    mention.author.name = Some("Jan (0612345678)".into());
    mention.parent_id = Some("bluesky:at://did:plc:piet/app.bsky.feed.post/2".into());
    let extra = json!({"alt": ["IBAN NL91ABNA0417164300"], "card": 4_111_111_111_111_111_u64, "stars": 5,
        "quoted": ["bluesky:at://did:plc:piet/app.bsky.feed.post/2"],
        "links": ["https://jan.example.org/blog", "https://example.com/x", "https://x.org/?u=did%3Aplc%3Ajan"]});
    mention.extra = extra.as_object().unwrap().clone();
    mention
}

#[test]
fn every_field_of_a_mention_is_masked_and_nothing_is_masked_twice() {
    let mut event = Event::Upsert(Box::new(mention()));
    assert_eq!(all().event(&mut event).iter().map(|(_, count)| count).sum::<u64>(), 5);
    let once = event.clone();
    assert!(all().event(&mut event).iter().all(|(_, count)| count == 0));
    assert_eq!(event, once);
    let Event::Upsert(mention) = event else { unreachable!() };
    assert_eq!(mention.text, "Mail [masked_email]");
    assert_eq!(mention.title.as_deref(), Some("Bel [masked_phone]"));
    assert_eq!(mention.author.name.as_deref(), Some("Jan ([masked_phone])"));
    assert_eq!(
        (&mention.extra["alt"][0], &mention.extra["card"]),
        (&json!("IBAN [masked_iban]"), &json!("[masked_card]"))
    );
    assert_eq!(mention.extra["stars"], 5);
}

#[test]
fn an_author_known_by_an_address_is_still_one_author_and_can_be_forgotten() {
    let author = |id: &str| {
        let mut mention = Mention::new("import:1", "import", "t", Timestamp::EPOCH);
        mention.author.id = Some(id.into());
        let mut event = Event::Upsert(Box::new(mention));
        all().event(&mut event);
        let Event::Upsert(mention) = event else { unreachable!() };
        mention.author.id.unwrap()
    };
    let (jan, piet) = (author("jan@example.org"), author("piet@example.org"));
    assert!(jan != piet && !jan.contains("example"), "{jan} {piet}");
    let forget = ForgetAuthor { author_id: "jan@example.org".into(), source: "import".into(), at: Timestamp::EPOCH };
    let mut event = Event::ForgetAuthor(forget);
    all().event(&mut event);
    assert_eq!(event.key(), jan);
}

#[test]
fn pseudonyms_leave_no_way_back_and_still_match() {
    let pseudonyms = Pseudonyms::new(b"a key");
    let mut event = Event::Upsert(Box::new(mention()));
    pseudonyms.event(&mut event);
    let wire = String::from_utf8(event.encode()).unwrap().to_lowercase();
    for trace in ["did:plc", "jan.example", "jan (", "bsky.app/profile"] {
        assert!(!wire.contains(trace), "{trace} in {wire}");
    }
    let Event::Upsert(first) = event else { unreachable!() };
    assert_eq!(first.extra["links"], json!(["https://example.com/x"]));
    assert_eq!(first.extra["quoted"][0].as_str(), first.parent_id.as_deref(), "ids still lead to each other");
    assert_eq!(first.parent_id, Some(pseudonyms.id("bluesky:at://did:plc:piet/app.bsky.feed.post/2")));

    let forget = ForgetAuthor { author_id: "did:plc:jan".into(), source: "bluesky".into(), at: Timestamp::EPOCH };
    let mut forget = Event::ForgetAuthor(forget);
    pseudonyms.event(&mut forget);
    assert_eq!(Some(forget.key()), first.author.id.as_deref());
    let delete =
        hark_mention::Delete { id: mention().id, source: "bluesky".into(), reason: None, at: Timestamp::EPOCH };
    let mut delete = Event::Delete(delete);
    pseudonyms.event(&mut delete);
    assert_eq!(delete.key(), first.id);

    let mut other = Event::Upsert(Box::new(mention()));
    Pseudonyms::new(b"another key").event(&mut other);
    assert_ne!(other.key(), first.id);
}

proptest! {
    #[test]
    fn no_text_breaks_it_and_what_is_masked_stays_masked(text in "(\\PC|[0-9+@. ()/-]|NL|https://|[٠-٩０-９]|\u{200B}){0,80}") {
        let once = masked(&text);
        prop_assert_eq!(masked(&once), once);
    }

    #[test]
    fn a_number_is_found_among_any_words(before in "([a-z]{1,8} ){0,5}", mobile in "06[1-5][0-9]{7}", after in "( [a-z]{1,8}){0,5}") {
        prop_assert_eq!(masked(&format!("{before}{mobile}{after}")), format!("{before}[P]{after}"));
    }

    #[test]
    fn a_wrong_check_digit_is_no_card(digits in "4[0-9]{14}") {
        let found = (0..10).filter(|check| masked(&format!("x {digits}{check} x")) == "x [C] x").count();
        prop_assert_eq!(found, 1);
    }

    #[test]
    fn numbers_that_begin_with_years_survive(rest in "(19|20)[0-9]{2}[0-9 .-]{0,20}") {
        prop_assert!(!masked(&rest).contains("[C]"), "{}", rest);
    }
}

#[test]
fn a_megabyte_of_traps_takes_no_longer_than_a_megabyte() {
    // Each would take minutes if any part of a text were looked at again and again.
    let traps = [
        "1",
        "a@",
        "@",
        "0 ",
        "+",
        "+1(",
        "NL12",
        "4111 ",
        "06-",
        "1\u{200B}",
        "a.",
        "٣",
        "%40",
        "://1",
        "🎉1",
        "a@a.a",
    ];
    for trap in traps {
        let mut text = trap.repeat((1 << 20) / trap.len());
        let length = text.len();
        all().text(&mut text, &mut Tally::default());
        assert!(text.len() <= length * 20);
    }
}
