//! Any `Set-Cookie` field against the reading of a user agent.
#![no_main]

use bistro_http::cookie::{COOKIE_OCTETS_MAX, MAX_AGE_MAX, received};
use libfuzzer_sys::fuzz_target;

/// When the fields come: any time does.
const NOW: u64 = 1_800_000_000;

fuzz_target!(|field: &[u8]| {
    let Ok(cookie) = received::read(field, NOW) else {
        return;
    };
    assert!((1..=COOKIE_OCTETS_MAX).contains(&(cookie.name.len() + cookie.value.len())));
    assert!(cookie.expires.is_none_or(|end| end <= NOW + MAX_AGE_MAX));
    // What was read is a field of its own, and reads as the same.
    let pair = [cookie.name, b"=", cookie.value].concat();
    let again = received::read(&pair, NOW).expect("it was a cookie");
    assert_eq!((again.name, again.value), (cookie.name, cookie.value));
});
