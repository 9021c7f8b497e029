//! What passes, what is shown instead, and that it does not matter where the pieces end.

use proptest::prelude::*;

use super::{Escaper, Keep, is_safe, octets, text};

#[test]
fn what_steers_a_terminal_becomes_visible() {
    for (given, one_line, lines) in [
        ("", "", ""),
        ("plain \\ text", "plain \\ text", "plain \\ text"),
        ("서울 é \u{1f37d}", "서울 é \u{1f37d}", "서울 é \u{1f37d}"),
        ("a\tb\n", "a\\u{9}b\\u{a}", "a\tb\n"),
        ("a\r\nb", "a\\u{d}\\u{a}b", "a\r\nb"),
        ("a\rb\r", "a\\u{d}b\\u{d}", "a\\u{d}b\\u{d}"),
        ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}", "\\u{1b}[2J\\u{7}"),
        (
            "\0\u{7f}\u{9b}31m",
            "\\u{0}\\u{7f}\\u{9b}31m",
            "\\u{0}\\u{7f}\\u{9b}31m",
        ),
        ("\u{202e}txt.exe", "\\u{202e}txt.exe", "\\u{202e}txt.exe"),
        (
            "\u{2067}a\u{2069}",
            "\\u{2067}a\\u{2069}",
            "\\u{2067}a\\u{2069}",
        ),
        (
            "a\u{200b}\u{feff}\u{2028}",
            "a\\u{200b}\\u{feff}\\u{2028}",
            "a\\u{200b}\\u{feff}\\u{2028}",
        ),
        ("\u{e0041}", "\\u{e0041}", "\\u{e0041}"),
        ("می\u{200c}خواهم", "می\u{200c}خواهم", "می\u{200c}خواهم"),
        ("👩\u{200d}👧", "👩\u{200d}👧", "👩\u{200d}👧"),
    ] {
        assert_eq!(text(given, Keep::Nothing), one_line, "{given:?}");
        assert_eq!(text(given, Keep::Lines), lines, "{given:?}");
        assert_eq!(is_safe(given, Keep::Lines), given == lines, "{given:?}");
    }
}

#[test]
fn octets_that_are_no_text_are_shown_one_by_one() {
    for (given, expected) in [
        (&b"caf\xe9!"[..], "caf\\xe9!"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"\xe2\x82", "\\xe2\\x82"),
        (b"\xe2\x82\r", "\\xe2\\x82\\u{d}"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        (b"\xc2\x9b", "\\u{9b}"),
        (b"\xe2\x82\xac", "\u{20ac}"),
    ] {
        assert_eq!(octets(given, Keep::Lines), expected, "{given:?}");
    }
}

#[test]
fn at_most_one_character_waits_for_the_next_piece() {
    let mut escaper = Escaper::new(Keep::Lines);
    let mut safe = String::new();
    escaper.write(b"a\xe2\x82", &mut safe);
    assert_eq!(safe, "a");
    escaper.write(b"\xac\r", &mut safe);
    assert_eq!(safe, "a\u{20ac}");
    escaper.write(b"\nb", &mut safe);
    assert_eq!(safe, "a\u{20ac}\r\nb");
}

proptest! {
    #[test]
    fn where_the_pieces_end_does_not_matter(
        given in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(0xe2), Just(0x80), Just(0xae)], 0..40,
        ),
        size in 1_usize..5,
    ) {
        let mut safe = String::new();
        let mut escaper = Escaper::new(Keep::Lines);
        for piece in given.chunks(size) {
            escaper.write(piece, &mut safe);
        }
        escaper.finish(&mut safe);
        prop_assert_eq!(&safe, &octets(&given, Keep::Lines));
        prop_assert!(is_safe(&safe, Keep::Lines), "{:?}", safe);
    }
}
