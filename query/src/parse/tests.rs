#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;

#[test]
fn precedence_and_canonical_form() {
    let cases = [
        ("fairphone", "fairphone"),
        ("a b OR c", "a AND b OR c"),
        ("a (b OR c)", "a AND (b OR c)"),
        ("NOT a b", "NOT a AND b"),
        ("a NOT (b OR c)", "a AND NOT (b OR c)"),
        ("a NOT (b NEAR/2 c)", "a AND NOT (b NEAR/2 c)"),
        (" \"fair   phone\"   OR batter* ", "\"fair phone\" OR batter*"),
        ("#tag OR @handle OR \"#a b\"", "#tag OR @handle OR \"#a b\""),
        ("a NEAR/3 b c OR d ONEAR/0 e", "a NEAR/3 b AND c OR d ONEAR/0 e"),
        ("a NEAR/3 b NEAR/4 c", "a NEAR/3 b NEAR/4 c"),
        ("a NEAR/3 (b NEAR/4 c)", "a NEAR/3 (b NEAR/4 c)"),
        ("(a OR \"b c\") ONEAR/3 (doo* OR {E})", "(a OR \"b c\") ONEAR/3 (doo* OR {E})"),
        ("a AND (b AND c)", "a AND (b AND c)"),
        ("a <<< a note (with \" anything) >>> b", "a AND b"),
        ("“fair phone” （a OR b） ＃tag", "\"fair phone\" AND (a OR b) AND #tag"),
        ("LANG:NL source:(app_store OR trustpilot)", "lang:NL AND (source:app_store OR source:trustpilot)"),
        ("author:\"Jan de Vries\" site:nu.nl url:\"a b\"", "author:\"Jan de Vries\" AND site:nu.nl AND url:\"a b\""),
        ("title:(accu* OR \"fair phone\") rating:<=0.40", "(title:accu* OR title:\"fair phone\") AND rating:<=0.4"),
        ("followers:>10k followers:10..2M", "followers:>10000 AND followers:10..2000000"),
        ("title:{IT} author:jan*", "title:{IT} AND author:jan*"),
        ("電* 삼성* wom?n ?phone", "電* AND 삼성* AND wom?n AND ?phone"),
        ("\"Is it good?\" 12:30 and or", "\"Is it good?\" AND 12:30 AND and AND or"),
    ];
    for (written, canonical) in cases {
        let query: Query = written.parse().unwrap_or_else(|error: QueryError| panic!("{}", error.pointed(written)));
        assert_eq!(query.to_string(), canonical);
        assert_eq!(canonical.parse::<Query>().unwrap(), query, "{written}");
    }
}

#[test]
fn errors_point_at_the_column_and_say_what_to_do() {
    let cases = [
        ("", 1, "the query ends here"),
        ("a OR", 5, "expected behind `OR`"),
        ("a AND OR b", 7, "an operator stands here"),
        ("(a OR b", 1, "this bracket is never closed"),
        ("a)", 2, "no opening one"),
        ("a ()", 3, "nothing between these brackets"),
        ("a \"b", 3, "this quotation mark is never closed"),
        ("a {b", 3, "this brace is never closed"),
        ("a }", 3, "no opening one"),
        ("a <<< b", 3, "put `>>>` behind it"),
        ("a OR ab*", 6, "at least 3 letters before the `*`"),
        ("a OR *", 6, "would match every word"),
        ("?? OR a", 1, "would match every word"),
        ("a*b", 1, "did you mean `ab*`?"),
        ("abc**", 1, "did you mean `abc*`?"),
        ("fair-ph?ne", 1, "a single word, without `-`"),
        ("NOT a", 1, "name something to find too"),
        ("a OR NOT b", 1, "name something to find too"),
        ("a AND !!", 7, "holds no letter"),
        ("a \"\"", 3, "this phrase is empty"),
        ("OR a", 1, "to find the word itself, put it in quotes"),
        ("a NEAR b", 3, "did you mean `NEAR/3`?"),
        ("a NEAR/x b", 3, "did you mean `NEAR/3`?"),
        ("a NEAR5 b", 3, "did you mean `NEAR/5`?"),
        ("a NEAR/3f b", 3, "did you mean `ONEAR/3`?"),
        ("a near/3 b", 3, "operators are in capitals; did you mean `NEAR/3`?"),
        ("a NEAR/999 b", 3, "at most 100 words"),
        ("a NEAR/3", 9, "expected behind `NEAR`"),
        ("a NEAR/3 NOT b", 10, "did you mean `NOT (one NEAR/3 other)`?"),
        ("a NEAR/3 (b or c)", 10, "did you mean `OR`?"),
        ("(a b) NEAR/3 c", 1, "did you mean OR instead of AND?"),
        ("a NEAR/3 lang:nl", 10, "a field has no place"),
        ("title:a NEAR/3 b", 1, "leave out `title:`"),
        ("\"a b\"~3", 6, "did you mean `one NEAR/3 other`?"),
        ("a && b", 3, "did you mean `AND`?"),
        ("a | b", 3, "did you mean `OR`?"),
        ("phone -case", 7, "did you mean `NOT case`?"),
        ("langauge:nl", 1, "did you mean `lang:`?"),
        ("sorce:rss", 1, "did you mean `source:`?"),
        ("zzzzzz:rss", 1, "fields are source, site,"),
        ("https://nu.nl", 1, "`url:example.org/page`"),
        ("lang: nl", 6, "without a space"),
        ("lang:(nl, en)", 7, "did you mean `lang:(nl OR …)`?"),
        ("lang:(nl en)", 10, "`OR` or `)` was expected"),
        ("lang:(nl OR en", 6, "this bracket is never closed"),
        ("lang:>nl", 6, "is no number"),
        ("kind:revieuw", 6, "did you mean `review`?"),
        ("rating:4", 8, "from 0 (worst) to 1 (best)"),
        ("rating:0,4", 8, "did you mean `0.4`?"),
        ("rating:=<0.4", 8, "did you mean `<=`?"),
        ("rating:good", 8, "is not a number"),
        ("followers:9..2", 11, "the smaller number comes first"),
        ("url:nu.nl*", 5, "leave out the `*`"),
        ("{ab*}", 1, "do not work where case counts"),
    ];
    for (written, column, message) in cases {
        let error = written.parse::<Query>().expect_err(written);
        assert_eq!(error.column, column, "{written}: {error}");
        assert!(error.message.contains(message), "{written}: {error}");
    }
}

#[test]
fn a_pointed_error_shows_its_line() {
    let query = "one\n電池 two)";
    let error = query.parse::<Query>().unwrap_err();
    assert_eq!(error.pointed(query), "電池 two)\n\u{3000}\u{3000}    ^ this closing bracket has no opening one");
}

#[test]
fn nesting_is_bounded() {
    let deep = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(deep(60).parse::<Query>().is_ok());
    assert!(deep(100_000 / 3).parse::<Query>().is_err());
    assert!(format!("a {}b", "NOT ".repeat(20_000)).parse::<Query>().is_err());
    assert!(["a"; 20_000].join(" NEAR/3 ").parse::<Query>().is_err());
    assert!(["a"; 20_000].join(" OR ").parse::<Query>().is_ok());
    assert!("a".repeat(200_000).parse::<Query>().is_err());
}
