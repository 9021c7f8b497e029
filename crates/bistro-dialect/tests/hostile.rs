//! Hostile requests on every run of the tests: the fuzzer's seeds, mutated, held to the fuzzer's law.
//!
//! The mutations are always the same, so a failure comes back until it is mended.

#[expect(unreachable_pub, reason = "the fuzz targets need it public")]
#[path = "../../../fuzz/src/exchange.rs"]
mod exchange;
#[expect(unreachable_pub, reason = "the fuzz targets need it public")]
#[path = "../../../fuzz/src/law.rs"]
mod law;

use std::fs;
use std::path::{Path, PathBuf};

use bistro_dialect::operator::Operator;
use bistro_dialect::preference::PREFERENCES;
use bistro_dialect::{Limits, Request};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The fuzzer's seeds, in the order of their names.
fn seeds() -> Vec<(PathBuf, Vec<u8>)> {
    let directory = fs::read_dir(fuzz().join("seeds/request")).expect("there are seeds");
    let mut paths: Vec<_> = directory
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let bytes = fs::read(&path).expect("a seed");
            (path, bytes)
        })
        .collect()
}

/// The entries of the dictionary, as bytes.
fn words() -> Vec<Vec<u8>> {
    let dictionary = fs::read_to_string(fuzz().join("dictionaries/request.dict"));
    dictionary
        .expect("a dictionary")
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'))
        .map(|word| {
            let word = word.replace("\\x0a", "\n");
            word.replace("\\\"", "\"")
                .replace("\\\\", "\\")
                .into_bytes()
        })
        .collect()
}

/// Marsaglia's xorshift: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bound = u64::try_from(bound.max(1)).expect("a small number");
        usize::try_from(self.0 % bound).expect("below a usize")
    }
}

/// Puts in, takes out, changes and copies a few bytes or words.
fn mutate(seed: &[u8], words: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        let until = (at + numbers.below(9)).min(bytes.len());
        let octet = u8::try_from(numbers.below(256)).expect("an octet");
        match numbers.below(5) {
            0 => bytes.insert(at, octet),
            1 => drop(bytes.drain(at..until)),
            2 => bytes[at..until].fill(octet),
            3 => {
                let copy = bytes[at..until].repeat(1 + numbers.below(20));
                bytes.splice(at..at, copy);
            }
            _ => {
                let word = words[numbers.below(words.len())].clone();
                bytes.splice(at..at, word);
            }
        }
    }
    bytes
}

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
