//! Numbers that a seed decides.

use std::env;

/// The seed to use: that of the environment, or `usual`.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that fails is repeated with its seed"
)]
pub(crate) fn seed(usual: u64) -> u64 {
    let named = env::var("BISTRO_POWER_SEED").ok();
    named.and_then(|seed| seed.parse().ok()).unwrap_or(usual)
}

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap();
        usize::try_from(self.next() % end).unwrap()
    }

    pub(crate) fn octet(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// A number that begins anew from what has been drawn.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }
}
