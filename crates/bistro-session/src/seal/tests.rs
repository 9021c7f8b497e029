//! What is sealed is opened by its keys, for its cookie, and by nothing else.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "what a test looks at is there, or the test fails"
)]

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::{OpenError, SEALED_CHARACTERS_MAX, SealKeys, SealKeysError, Sealer};

fn sealer(keys: &str) -> Sealer {
    Sealer::new(&keys_of(keys), "__Host-sid", "session")
}

fn keys_of(text: &str) -> SealKeys {
    SealKeys::read(text).expect("keys")
}

/// A key of one octet, 32 times.
fn key(octet: u8) -> String {
    format!("{octet:02x}").repeat(32)
}

#[test]
fn what_is_sealed_is_opened_by_the_same_key() {
    let sealer = sealer(&key(1));
    let text = sealer.seal(1_700_000_000, b"content");
    let opened = sealer.open(text.as_bytes()).expect("it is ours");
    assert_eq!(opened.content, b"content");
    assert_eq!((opened.issued, opened.key), (1_700_000_000, 0));
    assert!(!text.contains("content"));
    assert_ne!(sealer.seal(1_700_000_000, b"content"), text);
    assert!(!format!("{opened:?}").contains("99"));
}

/// Sealed by libsodium, so that neither the cipher nor the form can change unseen.
#[test]
fn the_form_of_a_seal_stays_what_it_is() {
    let sealer = sealer("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    let text = "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fHP5sJp9eIL8EvwdnF7AFjcYIcnZSFQaCMIm87Qtbg";
    let opened = sealer.open(text.as_bytes()).expect("it is ours");
    assert_eq!(opened.content, br#"{"a":1}"#);
    assert_eq!(opened.issued, 1_700_000_000);
}

#[test]
fn keys_are_changed_one_after_the_other() {
    let [old, both, new] =
        [key(1), format!("{}\n{}", key(2), key(1)), key(2)].map(|keys| sealer(&keys));
    let before = old.seal(0, b"x");
    let after = both.seal(0, b"x");
    let opened_by = |sealer: &Sealer, text: &str| sealer.open(text.as_bytes()).map(|it| it.key);
    assert_eq!(opened_by(&both, &before), Ok(1));
    assert_eq!(opened_by(&both, &after), Ok(0));
    assert_eq!(opened_by(&new, &after), Ok(0));
    assert_eq!(opened_by(&new, &before), Err(OpenError));
    assert_eq!(opened_by(&old, &after), Err(OpenError));
}

#[test]
fn a_seal_is_of_no_use_elsewhere() {
    let keys = keys_of(&key(1));
    let text = Sealer::new(&keys, "__Host-sid", "session").seal(0, b"x");
    for (cookie, purpose) in [
        ("sid", "session"),
        ("__Host-sid", "other"),
        ("__Host-sids", "ession"),
        ("__Host-sidsession", ""),
    ] {
        let opened = Sealer::new(&keys, cookie, purpose).open(text.as_bytes());
        assert_eq!(opened, Err(OpenError), "{cookie} {purpose}");
    }
}

#[test]
fn one_changed_octet_is_as_wrong_as_any() {
    let sealer = sealer(&key(1));
    let text = sealer.seal(0, b"some content").into_bytes();
    for at in 0..text.len() {
        for octet in [b'A', b'z', b'=', b'+', b'/', b' ', b'\0', 0xff] {
            let mut changed = text.clone();
            if changed[at] == octet {
                continue;
            }
            changed[at] = octet;
            assert_eq!(sealer.open(&changed), Err(OpenError), "{at} {octet}");
        }
        assert_eq!(sealer.open(&text[..at]), Err(OpenError), "{at}");
        assert_eq!(sealer.open(&text[at + 1..]), Err(OpenError), "{at}");
    }
    let longer = [text.as_slice(), b"="].concat();
    assert_eq!(sealer.open(&longer), Err(OpenError));
}

#[test]
fn what_is_too_long_for_a_cookie_is_not_looked_at() {
    let sealer = sealer(&key(1));
    let most = (0..SEALED_CHARACTERS_MAX)
        .take_while(|octets| Sealer::sealed_characters(*octets) <= SEALED_CHARACTERS_MAX)
        .last()
        .expect("some fit");
    assert_eq!(most, 3_024);
    let text = sealer.seal(0, &vec![1; most]);
    assert_eq!(text.len(), SEALED_CHARACTERS_MAX);
    assert!(sealer.open(text.as_bytes()).is_ok());
    let text = sealer.seal(0, &vec![1; most + 1]);
    assert_eq!(sealer.open(text.as_bytes()), Err(OpenError));
}

#[test]
fn keys_are_read_from_lines_and_lists() {
    let random = SealKeys::random();
    let text = random.print();
    assert_eq!(text.len(), 44);
    assert_eq!(keys_of(&text).print(), text);
    let base64 = text.trim();
    let table = [
        (
            format!("# keys\n\n  {base64} # the new one\n{}\n", key(1)),
            2,
        ),
        (format!("{},{base64}", key(1)), 2),
        (format!("{base64}="), 1),
        (key(0xab).to_uppercase(), 1),
        (format!("\r\n{base64}\r\n,,"), 1),
        ((0..16).map(|octet| key(octet) + "\n").collect(), 16),
    ];
    for (text, count) in table {
        assert_eq!(keys_of(&text).count(), count, "{text}");
    }
    assert_eq!(format!("{:?}", keys_of(&key(1))), "SealKeys(1 keys)");
    assert_eq!(format!("{:?}", sealer(&key(1))), "Sealer(1 keys)");
}

#[test]
fn what_are_no_keys_is_told_without_showing_them() {
    let one = key(1);
    let short = &one[2..];
    let table = [
        (String::new(), SealKeysError::None),
        ("# nothing\n , \n".to_owned(), SealKeysError::None),
        (short.to_owned(), SealKeysError::Form { number: 1 }),
        (format!("{one}\n{one}ab"), SealKeysError::Form { number: 2 }),
        (
            format!("{one}\npassword"),
            SealKeysError::Form { number: 2 },
        ),
        (one.replace('0', "g"), SealKeysError::Form { number: 1 }),
        ("+".repeat(43), SealKeysError::Form { number: 1 }),
        ("é".repeat(32), SealKeysError::Form { number: 1 }),
        (
            format!("{one}\n{}\n{one}", key(2)),
            SealKeysError::Twice { number: 3 },
        ),
        (
            (0..17).map(|octet| key(octet) + "\n").collect(),
            SealKeysError::TooMany { count: 17 },
        ),
    ];
    for (text, expected) in table {
        let error = SealKeys::read(&text).expect_err(&text);
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains("0101"), "{error}");
    }
}

proptest! {
    #[test]
    fn any_content_comes_back(content in vec(any::<u8>(), 0..3_000), now in any::<i64>()) {
        let sealer = sealer(&key(9));
        let text = sealer.seal(now, &content);
        prop_assert_eq!(text.len(), Sealer::sealed_characters(content.len()));
        let opened = sealer.open(text.as_bytes()).expect("it is ours");
        prop_assert_eq!((opened.content, opened.issued), (content, now));
    }

    #[test]
    fn no_stranger_s_text_opens(text in "[-_A-Za-z0-9]{0,300}") {
        prop_assert!(sealer(&key(9)).open(text.as_bytes()).is_err());
    }
}
