//! What cookies hold comes back, and what is of another format is refused.
#![expect(
    clippy::indexing_slicing,
    reason = "what a test looks at is there, or the test fails"
)]

use proptest::option;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{Sealed, SealedError};
use crate::key::{Key, print_id};

fn example() -> Sealed {
    Sealed {
        key: Key::from_octets([1; 32]),
        id: "00000000-0000-4000-8000-000000000001".to_owned(),
        owner: "00000000-0000-4000-8000-000000000002".to_owned(),
        user: None,
        created: 1,
        seen: 2,
        signed_in: None,
        data: r#"{"a":1}"#.to_owned(),
    }
}

#[test]
fn the_format_stays_what_it_is() {
    let octets = example().encode();
    let expected: Vec<u8> = [
        &[1][..],
        &[1; 32],
        &[0, 0, 0, 0, 0, 0, 0, 1],
        &[0, 0, 0, 0, 0, 0, 0, 2],
        &[0],
        &[0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1],
        &[0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 2],
        &[0],
        br#"{"a":1}"#,
    ]
    .concat();
    assert_eq!(octets, expected);
    assert_eq!(Sealed::decode(&octets), Ok(example()));
}

#[test]
fn a_session_comes_back_without_what_a_cookie_does_not_hold() {
    let (key, session) = example().into_session();
    assert_eq!(
        (session.agent.as_ref(), session.address.as_ref()),
        (None, None)
    );
    assert_eq!(Sealed::new(key, &session), example());
}

#[test]
fn a_later_format_is_refused_as_such() {
    let mut octets = example().encode();
    octets[0] = 2;
    assert_eq!(
        Sealed::decode(&octets),
        Err(SealedError::Version { version: 2 })
    );
}

#[test]
fn what_is_cut_off_or_of_another_kind_is_damaged() {
    let sealed = Sealed {
        user: Some("ada".to_owned()),
        signed_in: Some(3),
        ..example()
    };
    let octets = sealed.encode();
    let without_data = octets.len() - sealed.data.len();
    for end in 0..without_data {
        assert_eq!(
            Sealed::decode(&octets[..end]),
            Err(SealedError::Damaged),
            "{end}"
        );
    }
    for (at, octet) in [(49, 2), (58, 2), (75, 9), (92, 2), (93, 7)] {
        let mut changed = octets.clone();
        changed[at] = octet;
        assert_eq!(Sealed::decode(&changed), Err(SealedError::Damaged), "{at}");
    }
    let no_text = [octets.as_slice(), &[0xff]].concat();
    assert_eq!(Sealed::decode(&no_text), Err(SealedError::Damaged));
}

#[test]
fn neither_key_nor_data_is_shown() {
    let shown = format!("{:?}", example());
    assert!(
        !shown.contains("Key") && !shown.contains("\"a\""),
        "{shown}"
    );
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![any::<[u8; 16]>().prop_map(print_id), any::<String>()]
}

proptest! {
    #[test]
    fn all_of_it_comes_back(
        key in any::<[u8; 32]>(),
        id in names(),
        owner in names(),
        user in option::of(names()),
        times in any::<(i64, i64, Option<i64>)>(),
        data in any::<String>(),
    ) {
        let (created, seen, signed_in) = times;
        let key = Key::from_octets(key);
        let sealed = Sealed { key, id, owner, user, created, seen, signed_in, data };
        prop_assert_eq!(Sealed::decode(&sealed.encode()), Ok(sealed));
    }

    #[test]
    fn no_octets_are_too_odd(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(sealed) = Sealed::decode(&octets) {
            prop_assert!(sealed.encode().first() == Some(&1));
        }
    }
}
