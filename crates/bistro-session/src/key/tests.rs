//! Keys are random, are read in one way only, and do not show themselves.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "what a test looks at is there, or the test fails"
)]

use std::collections::HashSet;

use proptest::prelude::{any, prop_assert_eq, proptest};

use super::{KEY_CHARACTERS, Key, new_id, print_id, read_id};

#[test]
fn keys_are_random_and_read_as_they_are_written() {
    let mut seen = HashSet::new();
    let mut counts = [0_u32; 256];
    for _ in 0..4_000 {
        let key = Key::random();
        let text = key.print();
        assert_eq!(text.len(), KEY_CHARACTERS);
        assert_eq!(Key::read(text.as_bytes()), Some(key.clone()));
        for octet in key.octets() {
            counts[usize::from(*octet)] += 1;
        }
        assert!(seen.insert(text));
    }
    // 128,000 octets, 500 of each on average: chi-square with 255 degrees of freedom is beyond 400 once in 10^8 runs.
    let chi_square: f64 = counts
        .iter()
        .map(|count| (f64::from(*count) - 500.0).powi(2) / 500.0)
        .sum();
    assert!(chi_square < 400.0, "{chi_square}");
}

#[test]
fn a_key_is_written_in_one_way() {
    let text = Key::from_octets([0xff; 32]).print();
    assert_eq!(text, format!("{}8", "_".repeat(42)));
    let wrong = [
        String::new(),
        text[1..].to_owned(),
        format!("{text}="),
        format!("{text}A"),
        // The last character has two bits that mean nothing.
        format!("{}9", "_".repeat(42)),
        format!("{}/", "_".repeat(42)),
        format!("{}+", "A".repeat(42)),
        format!("{}\n", "A".repeat(42)),
        format!("\"{}\"", "A".repeat(41)),
        "é".repeat(22),
        "A".repeat(44),
    ];
    for text in wrong {
        assert_eq!(Key::read(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn a_key_is_kept_as_sha_256() {
    // FIPS 180-4 over 32 octets of zero, as `head -c 32 /dev/zero | sha256sum` says.
    let hash = Key::from_octets([0; 32]).hash();
    let digits: Vec<String> = hash.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(
        digits.concat(),
        "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    );
}

#[test]
fn a_key_does_not_show_itself() {
    let key = Key::from_octets([7; 32]);
    assert_eq!(format!("{key:?}"), "Key(…)");
}

#[test]
fn identifiers_are_random_uuids() {
    let mut seen = HashSet::new();
    for _ in 0..1_000 {
        let id = new_id();
        assert_eq!(id.len(), 36);
        let parts: Vec<&str> = id.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(parts[2].starts_with('4'), "{id}");
        assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        assert_eq!(id, id.to_lowercase());
        assert!(seen.insert(id));
    }
}

#[test]
fn only_the_one_form_of_a_uuid_is_taken_for_one() {
    let id = "0190a6d5-7a4b-4c3d-8e2f-000000000001";
    assert_eq!(read_id(id).map(print_id).as_deref(), Some(id));
    for text in [
        "",
        "0190A6D5-7A4B-4C3D-8E2F-000000000001",
        "0190a6d57a4b4c3d8e2f000000000001",
        "0190a6d57a4b-4c3d-8e2f-00000000-0001",
        "{190a6d5-7a4b-4c3d-8e2f-00000000001}",
        "+190a6d5-7a4b-4c3d-8e2f-000000000001",
        "0190a6d5-7a4b-4c3d-8e2f-00000000000g",
    ] {
        assert_eq!(read_id(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn uuids_read_as_they_are_written(octets in any::<[u8; 16]>()) {
        prop_assert_eq!(read_id(&print_id(octets)), Some(octets));
    }

    #[test]
    fn what_is_read_as_a_key_is_written_so(text in "[-_A-Za-z0-9]{43}") {
        if let Some(key) = Key::read(text.as_bytes()) {
            prop_assert_eq!(key.print(), text);
        }
    }
}
