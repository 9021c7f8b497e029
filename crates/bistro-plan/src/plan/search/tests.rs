//! Text-search queries in FTS5's words.

use bistro_dialect::operator::Operator;

use super::{ONLY_NOT, SYNTAX, TOO_DEEP, fts5};

fn check(operator: Operator, table: &[(&str, Result<Option<&str>, &str>)]) {
    for (text, expected) in table {
        let found = fts5(operator, "words", text);
        assert_eq!(
            found.as_ref().map(Option::as_deref),
            expected.as_ref().copied(),
            "{text}"
        );
    }
}

#[test]
fn words_and_signs_are_a_query() {
    check(
        Operator::Search,
        &[
            ("cat", Ok(Some(r#""words" : ((("cat")))"#))),
            ("cat & dog", Ok(Some(r#""words" : ((("cat" AND "dog")))"#))),
            ("cat|dog", Ok(Some(r#""words" : ((("cat")) OR (("dog")))"#))),
            ("cat & !dog", Ok(Some(r#""words" : ((("cat") NOT "dog"))"#))),
            ("!!cat", Ok(Some(r#""words" : ((("cat")))"#))),
            ("ca:*", Ok(Some(r#""words" : ((("ca" *)))"#))),
            ("'big cat'", Ok(Some(r#""words" : ((("big cat")))"#))),
            ("say\"hi\"", Ok(Some(r#""words" : ((("say""hi""")))"#))),
            (" ", Ok(None)),
            ("!cat", Err(ONLY_NOT)),
            ("cat | !dog", Err(ONLY_NOT)),
            ("cat dog", Err(SYNTAX)),
            ("cat &", Err(SYNTAX)),
            ("(cat", Err(SYNTAX)),
            ("'cat", Err(SYNTAX)),
            ("cat:A", Err(SYNTAX)),
            ("((((((((((((((((((cat", Err(TOO_DEEP)),
        ],
    );
}

#[test]
fn plain_words_and_phrases_have_no_signs() {
    let plain = [("a&b  c", Ok(Some(r#""words" : (("a&b" AND "c"))"#)))];
    check(Operator::SearchPlain, &plain);
    let phrases = [("every \"day\"", Ok(Some(r#""words" : "every ""day""""#)))];
    check(Operator::SearchPhrase, &phrases);
}

#[test]
fn people_type_or_minus_and_quotes() {
    check(
        Operator::SearchWeb,
        &[
            ("cat dog", Ok(Some(r#""words" : ((("cat" AND "dog")))"#))),
            (
                "cat OR \"big dog\"",
                Ok(Some(r#""words" : ((("cat")) OR (("big dog")))"#)),
            ),
            ("cat -dog", Ok(Some(r#""words" : ((("cat") NOT "dog"))"#))),
            ("or", Ok(Some(r#""words" : """#))),
            ("-cat", Err(ONLY_NOT)),
            ("\"open", Ok(Some(r#""words" : ((("open")))"#))),
        ],
    );
}
