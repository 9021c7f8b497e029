//! Hostile requests on every run of the tests: the fuzzer's seeds, mutated, held to the fuzzer's law.
//!
//! The mutations are always the same, so a failure comes back until it is mended.

#[expect(unreachable_pub, reason = "the fuzz targets need it public")]
#[path = "../../../fuzz/src/exchange.rs"]
mod exchange;
#[expect(unreachable_pub, reason = "the fuzz targets need it public")]
#[path = "../../../fuzz/src/law.rs"]
mod law;
#[expect(unreachable_pub, reason = "it is shared with other tests")]
#[path = "../../../fuzz/src/mutation.rs"]
mod mutation;

use std::fs;

use bistro_dialect::operator::Operator;
use bistro_dialect::preference::PREFERENCES;
use bistro_dialect::{Limits, Request};
use mutation::{Numbers, fuzz, mutate, seeds, words};

#[test]
fn every_seed_is_understood() {
    for (path, bytes) in seeds() {
        let exchange = exchange::read(&bytes).expect("UTF-8");
        let read = Request::read(&exchange, &Limits::default());
        assert!(read.is_ok(), "{}: {read:?}", path.display());
        law::check_request(&exchange);
    }
}

#[test]
fn mutated_seeds_keep_the_law() {
    let (seeds, words) = (seeds(), words());
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut understood = 0;
    for _ in 0..500 {
        for (_, seed) in &seeds {
            let bytes = mutate(seed, &words, &mut numbers);
            if let Some(exchange) = exchange::read(&bytes) {
                understood += usize::from(Request::read(&exchange, &Limits::default()).is_ok());
                law::check_request(&exchange);
            }
        }
    }
    // If hardly anything were understood, the law would hardly be tested.
    assert!(understood > 1000, "only {understood} were understood");
}

#[test]
fn the_dictionary_has_every_operator_and_preference() {
    let dictionary = fs::read_to_string(fuzz().join("dictionaries/request.dict"));
    let dictionary = dictionary.expect("a dictionary");
    for operator in Operator::ALL {
        let word = format!("\"={}.\"", operator.token());
        assert!(dictionary.contains(&word), "{word}");
    }
    for row in &PREFERENCES {
        assert!(
            dictionary.contains(&format!("\"{}=", row.name)),
            "{}",
            row.name
        );
    }
}
