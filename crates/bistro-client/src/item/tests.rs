//! What is typed, and which item it is.

use proptest::prelude::*;

use super::Kind::{
    EmptyField, Field, FieldFromFile, File, Json, JsonFromFile, Query, QueryFromFile, Text,
    TextFromFile, Without,
};
use super::{Item, SEPARATORS};

#[test]
fn the_first_and_longest_separator_counts() {
    for (typed, kind, name, value) in [
        ("a=b", Text, "a", "b"),
        ("a==b", Query, "a", "b"),
        ("a:=1", Json, "a", "1"),
        ("a:b", Field, "a", "b"),
        ("a@b", File, "a", "b"),
        ("a=@b", TextFromFile, "a", "b"),
        ("a:=@b", JsonFromFile, "a", "b"),
        ("a==@b", QueryFromFile, "a", "b"),
        ("a:@b", FieldFromFile, "a", "b"),
        ("A:", Without, "A", ""),
        ("A;", EmptyField, "A", ""),
        ("@b", File, "", "b"),
        ("=b", Text, "", "b"),
        ("a=", Text, "a", ""),
        ("a=b=c:d@e", Text, "a", "b=c:d@e"),
        ("a:b=c", Field, "a", "b=c"),
        ("a: b ", Field, "a", " b "),
        ("a===b", Query, "a", "=b"),
        ("a=:=b", Text, "a", ":=b"),
        ("year==gte.1990", Query, "year", "gte.1990"),
        (
            "artist==ilike.*nirvana*",
            Query,
            "artist",
            "ilike.*nirvana*",
        ),
        ("order==year", Query, "order", "year"),
        ("a[b]:=[\"x\",1]", Json, "a[b]", "[\"x\",1]"),
        ("서울=한국", Text, "서울", "한국"),
        (
            "cv@cv.txt;type=text/markdown",
            File,
            "cv",
            "cv.txt;type=text/markdown",
        ),
    ] {
        let item = Item::read(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
        let expected = Item {
            kind,
            name: name.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(item, expected, "{typed}");
    }
}

#[test]
fn a_backslash_makes_an_ordinary_character_of_a_separator() {
    for (typed, kind, name, value) in [
        ("a\\=b=c", Text, "a=b", "c"),
        ("a\\:b=c", Text, "a:b", "c"),
        ("a\\;b\\@c:d", Field, "a;b@c", "d"),
        ("a=\\@b", Text, "a", "@b"),
        ("a=\\=b", Text, "a", "=b"),
        ("a=b\\:c", Text, "a", "b:c"),
        ("a\\\\=b", Text, "a\\\\", "b"),
        ("a\\[b\\]=c", Text, "a\\[b\\]", "c"),
        ("a=C\\d\\", Text, "a", "C\\d\\"),
        ("a\\===b", Query, "a=", "b"),
    ] {
        let item = Item::read(typed).expect(typed);
        assert_eq!(
            (item.kind, item.name.as_str(), item.value.as_str()),
            (kind, name, value),
            "{typed}"
        );
    }
}

#[test]
fn what_is_no_item_is_told_what_one_is() {
    for (typed, expected) in [
        (
            "songs",
            "`songs` is no request item: write `name=text`, `name:=json`, `name==query`, `Field:value` or `name@file`",
        ),
        (
            "",
            "`` is no request item: write `name=text`, `name:=json`, `name==query`, `Field:value` or `name@file`",
        ),
        (
            "a\\=b",
            "`a\\=b` is no request item: write `name=text`, `name:=json`, `name==query`, `Field:value` or `name@file`",
        ),
        (
            "a;b=c",
            "`a;b=c` has something behind `;`: an empty field ends with it, and `\\;` is an ordinary one",
        ),
    ] {
        assert_eq!(Item::read(typed).expect_err(typed).to_string(), expected);
    }
}

#[test]
fn a_longer_separator_comes_before_its_beginnings() {
    for (index, (longer, _)) in SEPARATORS.iter().enumerate() {
        for (shorter, _) in &SEPARATORS[..index] {
            assert!(
                !longer.starts_with(shorter),
                "{longer} is never found behind {shorter}"
            );
        }
    }
}

proptest! {
    #[test]
    fn what_is_escaped_comes_back(name in "[a-z:;=@\\[ü]{0,9}", value in "[a-z:;=@\\[ü]{0,9}") {
        let escaped = |text: &str| {
            let characters = text.chars().flat_map(|c| {
                let backslash = ":;=@".contains(c).then_some('\\');
                backslash.into_iter().chain([c])
            });
            characters.collect::<String>()
        };
        for (separator, kind) in SEPARATORS.iter().filter(|(_, kind)| *kind != EmptyField) {
            let item = Item::read(&format!("{}{separator}{}", escaped(&name), escaped(&value))).expect("an item");
            let kind = if *kind == Field && value.is_empty() { Without } else { *kind };
            prop_assert_eq!(&item, &Item { kind, name: name.clone(), value: value.clone() });
        }
    }

    #[test]
    fn reading_never_panics(typed in "\\PC{0,20}") {
        drop(Item::read(&typed));
    }
}
