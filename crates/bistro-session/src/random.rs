//! Random octets from the operating system, and how they are written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Octets that nobody can guess.
///
/// # Panics
///
/// If the system has none to give. It has, once it has started; to go on with others would be worse than to stop.
pub(crate) fn octets<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).expect("the operating system gives random octets");
    octets
}

/// Writes octets in the alphabet that needs no quoting anywhere (RFC 4648 §5), without padding.
pub(crate) fn print(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Reads what [`print()`] writes and nothing else: no padding, and no bits behind the end.
pub(crate) fn read(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
