//! Tokens of others: signed by them, or not; and what is made of what they claim.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "what a test looks at is there, or the test fails"
)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::keys::{KeyError, Source};
use super::{Claims, JwtError, Settings, TOKEN_OCTETS_MAX, Verifier};

/// The secret and, in `tests/keys`, the keys that `tokens.txt` was signed with, by OpenSSL: a token for each algorithm.
const SECRET: &str = "a secret that is long enough for all of HS256, HS384 and HS512..";
const TOKENS: &str = include_str!("../../tests/keys/tokens.txt");
const RSA: &str = include_str!("../../tests/keys/rsa.public.pem");
const RSA_1024: &str = include_str!("../../tests/keys/rsa-1024.public.pem");
const P256: &str = include_str!("../../tests/keys/p256.public.pem");
const P384: &str = include_str!("../../tests/keys/p384.public.pem");
const ED25519: &str = include_str!("../../tests/keys/ed25519.public.pem");
const JWKS: &str = include_str!("../../tests/keys/jwks.json");

/// What RFC 7515's examples claim, as it is signed there.
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const NOW: i64 = 1_700_000_000;

fn with(keys: Vec<Source>) -> Settings {
    Settings {
        keys,
        ..Settings::default()
    }
}

fn verifier(settings: &Settings) -> Verifier {
    Verifier::new(settings).expect("the keys can be read")
}

fn pem(text: &str) -> Source {
    Source::Pem(text.to_owned())
}

fn secret() -> Source {
    Source::Secret(SECRET.to_owned())
}

/// A token with these claims, signed with the secret.
fn token(claims: &Value) -> String {
    sign(&Header::new(Algorithm::HS256), claims, SECRET.as_bytes())
}

fn sign(header: &Header, claims: &Value, secret: &[u8]) -> String {
    let key = EncodingKey::from_secret(secret).expect("it is a secret");
    jsonwebtoken::encode(header, claims, &key).expect("it is signed")
}

fn encode(part: &str) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

fn tokens() -> Vec<(&'static str, &'static str)> {
    let tokens: Vec<_> = TOKENS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    assert_eq!(tokens.len(), 12);
    tokens
}

#[test]
fn each_algorithm_is_verified_with_keys_of_its_kind_only() {
    let kinds = [
        ("HS", vec![secret()]),
        ("RS PS", vec![pem(RSA)]),
        ("ES256", vec![pem(P256)]),
        ("ES384", vec![pem(P384)]),
        ("EdDSA", vec![pem(ED25519)]),
        ("HS RS PS ES EdDSA", vec![Source::Jwks(JWKS.to_owned())]),
        (
            "HS RS PS ES EdDSA",
            vec![secret(), pem(&[RSA, P256, P384, ED25519].concat())],
        ),
    ];
    let expected = Claims {
        subject: "u1".to_owned(),
        roles: vec!["editor".to_owned()],
        email: None,
        json: r#"{"exp":2000000000,"role":"editor","sub":"u1"}"#.to_owned(),
    };
    for (known, keys) in kinds {
        let verifier = verifier(&with(keys));
        for (algorithm, token) in tokens() {
            let is_known = known.split(' ').any(|known| algorithm.starts_with(known));
            let verified = verifier.verify(token, NOW);
            match verified {
                Ok(claims) => assert!(is_known && claims == expected, "{known} {algorithm}"),
                Err(JwtError::Algorithm | JwtError::Signature) => {
                    assert!(!is_known, "{known} {algorithm}");
                }
                Err(error) => panic!("{known} {algorithm}: {error}"),
            }
        }
    }
}

#[test]
fn no_octet_of_a_token_can_be_changed() {
    let verifier = verifier(&with(vec![Source::Jwks(JWKS.to_owned())]));
    for (algorithm, token) in tokens() {
        // RSA in an unoptimised build is slow: some octets there, all of those that are fast.
        let step = if algorithm.starts_with("HS") { 1 } else { 37 };
        for at in (0..token.len()).step_by(step) {
            let mut octets = token.as_bytes().to_vec();
            octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(octets).expect("it is ASCII");
            assert!(verifier.verify(&changed, NOW).is_err(), "{algorithm} {at}");
            assert!(
                verifier.verify(&token[..at], NOW).is_err(),
                "{algorithm} {at}"
            );
        }
    }
}

/// RFC 7515 A.1 to A.3, RFC 8037 A.4. Their tokens have no subject, or are no claims at all: all that is wrong is said after the
/// signature was found right.
#[test]
fn the_examples_of_the_rfcs_are_verified() {
    let check = |key: Value, header: &str, signature: &str| {
        let set = json!({ "keys": [key] }).to_string();
        let verifier = verifier(&with(vec![Source::Jwks(set)]));
        let token = format!("{header}.{PAYLOAD}.{signature}");
        let missing = Err(JwtError::Claim { claim: "sub" });
        assert_eq!(verifier.verify(&token, 1_300_819_380), missing, "{header}");
        assert_eq!(
            verifier.verify(&token, NOW),
            Err(JwtError::Expired),
            "{header}"
        );
    };
    check(
        json!({ "kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" }),
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    );
    check(
        json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" }),
        "eyJhbGciOiJSUzI1NiJ9",
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    );
    check(
        json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }),
        "eyJhbGciOiJFUzI1NiJ9",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let set = json!({ "keys": [key] }).to_string();
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let verified = verifier(&with(vec![Source::Jwks(set)])).verify(token, NOW);
    assert_eq!(verified, Err(JwtError::Malformed));
}

#[test]
fn a_token_does_not_choose_how_it_is_verified() {
    let claims = encode(r#"{"sub":"u1","exp":2000000000}"#);
    let unsigned = format!("{}.{claims}.", encode(r#"{"alg":"none"}"#));
    for keys in [vec![secret()], vec![pem(RSA)]] {
        let verifier = verifier(&with(keys));
        assert_eq!(verifier.verify(&unsigned, NOW), Err(JwtError::Algorithm));
        let odd = format!("{}.{claims}.AA", encode(r#"{"alg":"nOnE"}"#));
        assert_eq!(verifier.verify(&odd, NOW), Err(JwtError::Algorithm));
    }
    // A public key is no secret, whoever signs with it.
    for (text, only_public) in [(RSA, pem(RSA)), (P256, pem(P256)), (ED25519, pem(ED25519))] {
        let claims = json!({ "sub": "u1", "exp": 2_000_000_000 });
        let forged = sign(&Header::new(Algorithm::HS256), &claims, text.as_bytes());
        let verified = verifier(&with(vec![only_public])).verify(&forged, NOW);
        assert_eq!(verified, Err(JwtError::Algorithm));
    }
    // Keys and addresses in the header are not looked at.
    let header = json!({ "alg": "HS256", "jku": "https://evil.test", "jwk": { "kty": "oct", "k": encode("evil") } });
    let forged = format!("{}.{claims}.AA", encode(&header.to_string()));
    assert_eq!(
        verifier(&with(vec![secret()])).verify(&forged, NOW),
        Err(JwtError::Signature)
    );
    let header = encode(r#"{"alg":"HS256","crit":["exp"],"exp":1}"#);
    let critical = format!("{header}.{claims}.AA");
    assert_eq!(
        verifier(&with(vec![secret()])).verify(&critical, NOW),
        Err(JwtError::Critical)
    );
}

#[test]
fn only_the_algorithms_that_are_listed_are_taken() {
    let settings = Settings {
        algorithms: vec!["RS256".to_owned(), "ES256".to_owned()],
        ..with(vec![Source::Jwks(JWKS.to_owned())])
    };
    let verifier = verifier(&settings);
    for (algorithm, token) in tokens() {
        let expected = ["RS256", "ES256"].contains(&algorithm);
        assert_eq!(verifier.verify(token, NOW).is_ok(), expected, "{algorithm}");
    }
}

#[test]
fn a_key_is_found_by_its_name() {
    let other = encode("another secret of thirty-two octets or so");
    let set = json!({ "keys": [
        { "kty": "oct", "kid": "old", "k": other },
        { "kty": "oct", "kid": "new", "k": encode(SECRET) },
    ] });
    let named = verifier(&with(vec![Source::Jwks(set.to_string())]));
    let claims = json!({ "sub": "u1", "exp": 2_000_000_000 });
    let check = |kid: Option<&str>, expected: Result<(), JwtError>| {
        let header = Header {
            kid: kid.map(str::to_owned),
            ..Header::new(Algorithm::HS256)
        };
        let token = sign(&header, &claims, SECRET.as_bytes());
        assert_eq!(named.verify(&token, NOW).map(drop), expected, "{kid:?}");
    };
    check(Some("new"), Ok(()));
    check(None, Ok(()));
    check(Some("old"), Err(JwtError::Signature));
    check(Some("lost"), Err(JwtError::Key));
}

#[test]
fn times_are_kept_within_the_leeway() {
    let verifier = verifier(&with(vec![secret()]));
    let table = [
        (json!({ "exp": NOW }), Ok(())),
        (json!({ "exp": NOW - 29 }), Ok(())),
        (json!({ "exp": NOW - 30 }), Err(JwtError::Expired)),
        (json!({ "exp": 0 }), Err(JwtError::Expired)),
        (json!({ "exp": -1e300 }), Err(JwtError::Expired)),
        (json!({ "exp": 1e300 }), Ok(())),
        (json!({ "exp": 1_700_000_000.5 }), Ok(())),
        (json!({ "exp": u64::MAX }), Ok(())),
        (json!({ "exp": NOW, "nbf": NOW + 30 }), Ok(())),
        (
            json!({ "exp": NOW, "nbf": NOW + 31 }),
            Err(JwtError::NotYet),
        ),
        (
            json!({ "exp": NOW, "nbf": "now" }),
            Err(JwtError::Claim { claim: "nbf" }),
        ),
        (
            json!({ "exp": "2000000000" }),
            Err(JwtError::Claim { claim: "exp" }),
        ),
        (
            json!({ "exp": null }),
            Err(JwtError::Claim { claim: "exp" }),
        ),
        (json!({}), Err(JwtError::Claim { claim: "exp" })),
    ];
    for (mut claims, expected) in table {
        claims["sub"] = json!("u1");
        assert_eq!(
            verifier.verify(&token(&claims), NOW).map(drop),
            expected,
            "{claims}"
        );
    }
    let settings = Settings {
        needs_expiry: false,
        ..with(vec![secret()])
    };
    let endless = token(&json!({ "sub": "u1" }));
    assert!(self::verifier(&settings).verify(&endless, NOW).is_ok());
}

#[test]
fn audience_and_issuer_are_ours_where_they_are_told() {
    let settings = Settings {
        audience: vec!["shop".to_owned(), "store".to_owned()],
        issuer: vec!["https://id.example".to_owned()],
        ..with(vec![secret()])
    };
    let issuer = "https://id.example";
    let table = [
        (json!({ "aud": "shop", "iss": issuer }), Ok(())),
        (json!({ "aud": ["other", "store"], "iss": issuer }), Ok(())),
        (
            json!({ "aud": "other", "iss": issuer }),
            Err(JwtError::Audience),
        ),
        (json!({ "aud": [], "iss": issuer }), Err(JwtError::Audience)),
        (
            json!({ "aud": [["shop"]], "iss": issuer }),
            Err(JwtError::Audience),
        ),
        (
            json!({ "aud": null, "iss": issuer }),
            Err(JwtError::Audience),
        ),
        (json!({ "iss": issuer }), Err(JwtError::Audience)),
        (
            json!({ "aud": "shop", "iss": "https://id.example/" }),
            Err(JwtError::Issuer),
        ),
        (
            json!({ "aud": "shop", "iss": [issuer] }),
            Err(JwtError::Issuer),
        ),
        (json!({ "aud": "shop" }), Err(JwtError::Issuer)),
    ];
    for (mut claims, expected) in table {
        claims["sub"] = json!("u1");
        claims["exp"] = json!(NOW);
        let token = token(&claims);
        assert_eq!(
            verifier(&settings).verify(&token, NOW).map(drop),
            expected,
            "{claims}"
        );
        assert!(
            verifier(&with(vec![secret()])).verify(&token, NOW).is_ok(),
            "{claims}"
        );
    }
}

#[test]
fn roles_are_where_they_are_said_to_be() {
    let table = [
        ("role", json!({ "role": "editor" }), vec!["editor"]),
        (
            "role",
            json!({ "role": ["a", 1, null, "b"] }),
            vec!["a", "b"],
        ),
        ("role", json!({ "role": { "a": true } }), vec![]),
        ("role", json!({}), vec![]),
        (
            "realm_access.roles",
            json!({ "realm_access": { "roles": ["a"] } }),
            vec!["a"],
        ),
        (
            "realm_access.roles",
            json!({ "realm_access": ["roles"] }),
            vec![],
        ),
        (
            "realm_access.roles",
            json!({ "realm_access.roles": ["a"] }),
            vec![],
        ),
        ("", json!({ "": "a" }), vec![]),
    ];
    for (path, mut claims, expected) in table {
        let settings = Settings {
            role_claim: path.to_owned(),
            ..with(vec![secret()])
        };
        claims["sub"] = json!("u1");
        claims["exp"] = json!(NOW);
        let verified = verifier(&settings).verify(&token(&claims), NOW);
        assert_eq!(
            verified.expect("it is ours").roles,
            expected,
            "{path} {claims}"
        );
    }
}

#[test]
fn a_subject_is_a_name_and_an_email_is_the_user_s() {
    let verifier = verifier(&with(vec![secret()]));
    for subject in [
        json!(null),
        json!(""),
        json!(1),
        json!(["u1"]),
        json!("a\nb"),
        json!("x".repeat(256)),
    ] {
        let token = token(&json!({ "sub": subject, "exp": NOW }));
        let expected = Err(JwtError::Claim { claim: "sub" });
        assert_eq!(verifier.verify(&token, NOW), expected, "{subject}");
    }
    let table = [
        (json!({ "email": "a@b.test" }), Some("a@b.test")),
        (
            json!({ "email": "a@b.test", "email_verified": true }),
            Some("a@b.test"),
        ),
        (
            json!({ "email": "a@b.test", "email_verified": "true" }),
            Some("a@b.test"),
        ),
        (
            json!({ "email": "a@b.test", "email_verified": false }),
            None,
        ),
        (
            json!({ "email": "a@b.test", "email_verified": "false" }),
            None,
        ),
        (json!({ "email": "a@b.test", "email_verified": 1 }), None),
        (json!({ "email": ["a@b.test"] }), None),
        (json!({}), None),
    ];
    for (mut claims, expected) in table {
        claims["sub"] = json!("u1");
        claims["exp"] = json!(NOW);
        let verified = verifier.verify(&token(&claims), NOW).expect("it is ours");
        assert_eq!(verified.email.as_deref(), expected, "{claims}");
    }
}

#[test]
fn what_is_no_token_is_said_to_be_none() {
    let verifier = verifier(&with(vec![secret()]));
    let header = encode(r#"{"alg":"HS256"}"#);
    let list = token(&json!([1]));
    for text in [
        "",
        ".",
        "..",
        "a.b.c",
        "e30.e30.e30",
        "bistro_x",
        "서울.서울.서울",
        &header,
        &format!("{header}.e30"),
        &format!("{header}.e30.AA.AA"),
        &format!("{}.e30.AA", encode("[]")),
        &format!("{header}=.e30.AA"),
        &list,
    ] {
        assert_eq!(
            verifier.verify(text, NOW),
            Err(JwtError::Malformed),
            "{text}"
        );
    }
    let long = "a".repeat(TOKEN_OCTETS_MAX + 1);
    let octets = long.len();
    assert_eq!(
        verifier.verify(&long, NOW),
        Err(JwtError::TooLong { octets })
    );
}

#[test]
fn keys_that_cannot_be_used_are_told_at_the_start() {
    let jwks = |text: &str| Source::Jwks(text.to_owned());
    let weak = json!({ "keys": [{ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw" }] });
    let short = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] });
    let table = [
        (vec![], KeyError::None),
        (
            vec![Source::Secret("x".repeat(31))],
            KeyError::Short { octets: 31 },
        ),
        (
            vec![Source::SecretBase64("AAAA".to_owned())],
            KeyError::Short { octets: 3 },
        ),
        (
            vec![Source::SecretBase64("not base64!".to_owned())],
            KeyError::Base64,
        ),
        (vec![pem("")], KeyError::Pem),
        (
            vec![pem(
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            )],
            KeyError::Pem,
        ),
        (
            vec![pem("-----BEGIN RSA PRIVATE KEY-----\n")],
            KeyError::Private,
        ),
        (
            vec![pem("-----BEGIN PRIVATE KEY-----\n")],
            KeyError::Private,
        ),
        (vec![pem(RSA_1024)], KeyError::Weak),
        (vec![jwks(&weak.to_string())], KeyError::Weak),
        (
            vec![jwks(&short.to_string())],
            KeyError::Short { octets: 3 },
        ),
        (vec![jwks(r#"{"keys":[]}"#)], KeyError::Unusable),
        (
            vec![jwks(r#"{"keys":[{"kty":"future"}]}"#)],
            KeyError::Unusable,
        ),
    ];
    for (keys, expected) in table {
        let error = Verifier::new(&with(keys)).expect_err("it is refused");
        assert_eq!(error, expected);
    }
    for text in ["", "{}", r#"{"keys":1}"#] {
        let error = Verifier::new(&with(vec![jwks(text)])).expect_err("it is refused");
        assert!(matches!(error, KeyError::Jwks { .. }), "{text} {error}");
    }
    let algorithms = |names: &[&str]| Settings {
        algorithms: names.iter().map(|&name| name.to_owned()).collect(),
        ..with(vec![secret()])
    };
    for name in ["none", "hs256", "ES512", ""] {
        let error = Verifier::new(&algorithms(&["HS256", name])).expect_err("it is refused");
        assert_eq!(
            error,
            KeyError::Algorithm {
                name: name.to_owned()
            }
        );
    }
    let error = Verifier::new(&algorithms(&["RS256", "ES256"])).expect_err("it is refused");
    assert_eq!(
        error.to_string(),
        "none of the keys is for the algorithms RS256, ES256"
    );
}

#[test]
fn secrets_are_read_in_both_alphabets_and_never_shown() {
    let octets = [0xfb; 33];
    for text in [URL_SAFE_NO_PAD.encode(octets), STANDARD.encode(octets)] {
        let verifier = verifier(&with(vec![Source::SecretBase64(format!("{text}\n"))]));
        let claims = json!({ "sub": "u1", "exp": NOW });
        let token = sign(&Header::new(Algorithm::HS512), &claims, &octets);
        assert!(verifier.verify(&token, NOW).is_ok(), "{text}");
    }
    let settings = with(vec![secret(), Source::Jwks(JWKS.to_owned())]);
    let shown = format!("{settings:?} {:?}", verifier(&settings));
    assert!(
        !shown.contains("long enough") && !shown.contains("YSBzZWNyZXQ"),
        "{shown}"
    );
}
