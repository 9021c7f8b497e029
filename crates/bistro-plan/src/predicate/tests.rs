//! What is a predicate, and what is wrong with what is none.

use proptest::proptest;

use super::*;

/// The pieces, each between bars; parameters with their colon.
fn shown(text: &str) -> Result<String, Mistake> {
    let pieces = Predicate::read(text)?;
    let pieces = pieces.pieces().iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Caller(value) => format!(":{}", value.name()),
    });
    Ok(pieces.collect::<Vec<_>>().join("|"))
}

#[test]
fn a_condition_is_cut_at_its_parameters() {
    for (text, pieces) in [
        ("owner = :owner", "owner = |:owner"),
        (":user IS NOT NULL", ":user| IS NOT NULL"),
        ("a=:email OR b=:email", "a=|:email| OR b=|:email"),
        (
            "EXISTS (SELECT 1 FROM json_each(:roles) WHERE value = role)",
            "EXISTS (SELECT 1 FROM json_each(|:roles|) WHERE value = role)",
        ),
        (":claims ->> '$.org' = org", ":claims| ->> '$.org' = org"),
        (
            "a = ':user' AND \":owner\" = `:x` AND [:?@$;)] = 1",
            "a = ':user' AND \":owner\" = `:x` AND [:?@$;)] = 1",
        ),
        ("a = 'it''s :user' || :user", "a = 'it''s :user' || |:user"),
        ("a -- the :nobody; (\n = 1", "a  \n = 1"),
        ("a /* ?1 ; ( */ = 1", "a   = 1"),
        ("a/**/b", "a b"),
        ("a /*/ still */ = 1", "a   = 1"),
        ("a = 1 -- to the end", "a = 1  "),
        ("a$b = 1", "a$b = 1"),
        (
            "도시 = 'Köln' AND 나라=:user",
            "도시 = 'Köln' AND 나라=|:user",
        ),
        ("x - -1 / 2 * 3", "x - -1 / 2 * 3"),
        ("x'00' = b", "x'00' = b"),
        ("owner=:owner\n", "owner=|:owner|\n"),
    ] {
        assert_eq!(shown(text).as_deref(), Ok(pieces), "{text}");
    }
}

#[test]
fn a_mistake_has_its_place() {
    use Fault::{Empty, Nul, OtherParameter, Semicolon, Unbalanced, Unclosed};
    let unknown = |name: &str, nearest| Fault::UnknownParameter {
        name: name.to_owned(),
        nearest,
    };
    let other = |sign| OtherParameter { sign };
    for (text, at, fault) in [
        ("", 0, Empty),
        ("  -- nothing\n /* at all */ ", 0, Empty),
        ("a = :usr", 4, unknown("usr", Some("user"))),
        ("a = :Owner", 4, unknown("Owner", Some("owner"))),
        ("a = :nobody", 4, unknown("nobody", None)),
        ("a = :user$x", 4, unknown("user$x", Some("user"))),
        ("a = :userä", 4, unknown("userä", Some("user"))),
        ("a = :user::x", 4, other(':')),
        ("a = :user(x)", 4, other(':')),
        ("a = : user", 4, other(':')),
        ("a::text = 1", 1, other(':')),
        ("a = ?", 4, other('?')),
        ("a = ?1", 4, other('?')),
        ("a = @user", 4, other('@')),
        ("a = $user", 4, other('$')),
        ("a = #1", 4, other('#')),
        ("a = 1; DROP TABLE b", 5, Semicolon),
        ("a = 1) OR (1", 5, Unbalanced(')')),
        ("(a = (1)", 0, Unbalanced('(')),
        ("a = ((1)", 4, Unbalanced('(')),
        ("a = 'b", 4, Unclosed("'")),
        ("a = 'b''", 7, Unclosed("'")),
        ("\"a = 1", 0, Unclosed("\"")),
        ("`a = 1", 0, Unclosed("`")),
        ("[a = 1", 0, Unclosed("[")),
        ("a /* b", 2, Unclosed("/*")),
        ("a /*/", 2, Unclosed("/*")),
        ("도 = :usr", 6, unknown("usr", Some("user"))),
        ("a = 1\0 OR 1", 5, Nul),
        ("a = '\0'", 5, Nul),
    ] {
        assert_eq!(shown(text), Err(Mistake { at, fault }), "{text}");
    }
}

#[test]
fn what_depends_on_more_than_its_row_is_not_steady() {
    for (text, is_steady) in [
        ("owner = :owner", true),
        ("is_public OR (author = :user AND level IN (1, 2))", true),
        ("NOT (a BETWEEN 1 AND 2) AND lower(name) = 'x'", true),
        ("coalesce(a, b) IS NOT NULL", true),
        ("shown_at <= datetime('now')", false),
        ("shown_at <= date ('now')", false),
        ("shown_at <= \"date\" ('now')", false),
        ("shown_on <= CURRENT_DATE", false),
        ("shown_on <= (((current_timestamp)))", false),
        ("random() > 0", false),
        ("id IN (SELECT id FROM view)", false),
        ("EXISTS (SELECT 1)", false),
        ("own_function(a)", false),
        ("title LIKE 'select (now)' AND \"now\" = 1", true),
        ("CASE WHEN (a) THEN (b) ELSE (c) END", true),
        ("shown_at < datetime/* */('now')", false),
        ("shown_at < [datetime] ('now')", false),
        ("id IN recent", false),
        ("id IN /* */ \"recent\"", false),
        ("id IN json_each(:roles)", false),
    ] {
        let predicate = Predicate::read(text).expect(text);
        assert_eq!(predicate.is_steady(), is_steady, "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_kept_or_refused(text in "[a-c'\"`\\[\\]()/*;:?@$#\n -]{0,24}|(\\PC|:user|:owner){0,12}") {
        match Predicate::read(&text) {
            Err(Mistake { at, .. }) => assert!(text.is_char_boundary(at)),
            Ok(predicate) => {
                // What is left is a predicate again, and has no more in it.
                let written = shown(&text).expect("it was read before").replace('|', "");
                if !text.contains('|') {
                    assert_eq!(shown(&written).map(|again| again.replace('|', "")), Ok(written));
                }
                assert_eq!(predicate.text(), text);
            }
        }
    }
}
