//! The fuzzer's seeds and small changes to them: the same on every machine, so that a failure comes back until it is mended.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the fuzz targets, from a crate's.
pub fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The fuzzer's seeds, in the order of their names.
pub fn seeds() -> Vec<(PathBuf, Vec<u8>)> {
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
pub fn words() -> Vec<Vec<u8>> {
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
pub struct Numbers(pub u64);

impl Numbers {
    /// A number from 0 to below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bound = u64::try_from(bound.max(1)).expect("a small number");
        usize::try_from(self.0 % bound).expect("below a usize")
    }
}

/// Puts in, takes out, changes and copies a few bytes or words.
pub fn mutate(seed: &[u8], words: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
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
