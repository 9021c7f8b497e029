//! Any request against the dialect's reader and printer.
#![no_main]

use bistro_fuzz::{exchange, law};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(exchange) = exchange::read(bytes) {
        law::check_request(&exchange);
    }
});
