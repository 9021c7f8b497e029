//! Any request against the planner and its SQL.
#![no_main]

use std::sync::LazyLock;

use bistro_fuzz::{catalog, exchange, plan_law};
use bistro_plan::catalog::Catalog;
use libfuzzer_sys::fuzz_target;

static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog::catalog);

fuzz_target!(|bytes: &[u8]| {
    if let Some(exchange) = exchange::read(bytes) {
        plan_law::check_plan(&exchange, &CATALOG);
    }
});
