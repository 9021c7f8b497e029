//! Which passwords are taken, and that hashes are those of RFC 9106.

use super::{Cost, HashError, PASSWORD_OCTETS_MAX, Password, PasswordError, Verdict};
use crate::email::Email;

const RIGHT: Verdict = Verdict::Right {
    needs_rehash: false,
};

fn check(text: &str) -> Result<(), PasswordError> {
    let email = Email::read("ada.lovelace@example.org").expect("an address");
    Password::new(text).check(&email, 8)
}

#[test]
fn passwords_that_nobody_guesses_are_taken_whatever_they_are_made_of() {
    for text in [
        "correct horse battery staple",
        "tR0ub4dor&3-x!",
        "          . lots of space .          ",
        "열려라 참깨 그리고 닫혀라",
        "🦀🍽🥐🔑🗝🪑🫖🧂",
        "zq'x;--<script>",
        &"a long one ".repeat(90),
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn passwords_that_are_tried_first_are_refused() {
    for text in [
        "password",
        "PASSWORD",
        "password1",
        "Passw0rd",
        "12345678",
        "123456789",
        "qwertyuiop",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "trustno1",
        "letmein1",
        "aaaaaaaa",
        "abcdefgh",
        "11111111",
        "qwerty123",
        "1q2w3e4r",
        "superman",
        "drowssap",
        "asdfghjkl",
        "bistro123",
        "lovelace1",
    ] {
        assert_eq!(check(text), Err(PasswordError::Common), "{text}");
    }
    assert_eq!(
        check("Ada.Lovelace@example.org "),
        Err(PasswordError::Email)
    );
}

#[test]
fn characters_are_counted_and_octets_are_bounded() {
    let short = |characters| Err(PasswordError::TooShort { characters, min: 8 });
    assert_eq!(check(""), short(0));
    assert_eq!(check("zq'x;-<"), short(7));
    assert_eq!(check("열려라참깨"), short(5));
    // Seven characters, one of them written as two.
    assert_eq!(check("zq'x;-e\u{301}"), short(7));
    let random = "x9-Kq.2w;Lp8!Zm4".repeat(PASSWORD_OCTETS_MAX / 16);
    assert_eq!(check(&random), Ok(()));
    assert_eq!(check(&(random + "x")), Err(PasswordError::TooLong));
}

#[test]
fn a_password_is_the_same_from_every_keyboard() {
    assert_eq!(Password::new("cr\u{e8}me"), Password::new("cre\u{300}me"));
    assert_ne!(Password::new("Crème"), Password::new("crème"));
    // Nothing is trimmed, and what only looks alike is not the same.
    assert_ne!(Password::new("ﬁne"), Password::new("fine"));
    assert_ne!(Password::new("a "), Password::new("a"));
    assert_eq!(format!("{:?}", Password::new("secret")), "Password(…)");
}

/// The hashes were made by OpenSSL.
#[test]
fn hashes_of_others_are_verified() {
    let password = Password::new("cre\u{300}me bru\u{302}le\u{301}e 서울");
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBvY3RldHMuLg$dFo7LPCkSRU589MrdUz4dD85raVaZWcWUXgyTakgN68";
    assert_eq!(Cost::default().verify(&password, hash), Ok(RIGHT));
    let weak = "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBvY3RldHMuLg$bz+uQx9AGICz59wkVeEGNNmayFR6Uf94Bvqn/V2LFH4";
    let needs_rehash = Verdict::Right { needs_rehash: true };
    assert_eq!(Cost::default().verify(&password, weak), Ok(needs_rehash));
    let wrong = Cost::default().verify(&Password::new("creme brulee 서울"), weak);
    assert_eq!(wrong, Ok(Verdict::Wrong));
}

#[test]
fn a_hash_is_verified_at_its_own_cost_and_says_all() {
    let cost = Cost {
        memory: 64,
        passes: 1,
        lanes: 1,
    };
    let password = Password::new("열려라 참깨");
    let hash = cost.hash(&password).expect("the cost is possible");
    assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
    assert_ne!(cost.hash(&password).as_deref(), Ok(hash.as_str()));
    assert_eq!(cost.verify(&password, &hash), Ok(RIGHT));
    for other in [
        Cost {
            memory: 128,
            ..cost
        },
        Cost { passes: 2, ..cost },
        Cost { lanes: 2, ..cost },
    ] {
        let verdict = other.verify(&password, &hash);
        assert_eq!(
            verdict,
            Ok(Verdict::Right { needs_rehash: true }),
            "{other:?}"
        );
    }
    assert_eq!(cost.verify(&Password::new(""), &hash), Ok(Verdict::Wrong));
    let long = Password::new(&"x".repeat(PASSWORD_OCTETS_MAX + 1));
    let hash_of_long = cost.hash(&long).expect("the cost is possible");
    assert_eq!(cost.verify(&long, &hash_of_long), Ok(Verdict::Wrong));
}

#[test]
fn what_is_no_hash_is_damaged_and_no_cost_is_too_odd() {
    let cost = Cost::default();
    for hash in [
        "",
        "x",
        "$argon2id$",
        "$2b$12$abcdefghijklmnopqrstuv",
        "plain",
    ] {
        let verdict = cost.verify(&Password::new("x"), hash);
        assert!(
            matches!(verdict, Err(HashError::Damaged) | Ok(Verdict::Wrong)),
            "{hash} {verdict:?}"
        );
    }
    let impossible = Cost { memory: 1, ..cost };
    let error = impossible
        .hash(&Password::new("x"))
        .map_err(|error| error.to_string());
    assert_eq!(
        error,
        Err("Argon2 cannot hash with 1 KiB, 2 passes and 1 lanes".to_owned())
    );
}
