//! Hostile requests on every run of the tests: the fuzzer's seeds, mutated, planned and written as SQL.

#[expect(unreachable_pub, reason = "the fuzz targets need it public")]
#[path = "../../../fuzz/src/catalog.rs"]
mod catalog;
#[expect(unreachable_pub, reason = "the fuzz targets need it public")]
#[path = "../../../fuzz/src/exchange.rs"]
mod exchange;
#[expect(unreachable_pub, reason = "it is shared with other tests")]
#[path = "../../../fuzz/src/mutation.rs"]
mod mutation;
#[expect(unreachable_pub, reason = "the fuzz targets need it public")]
#[path = "../../../fuzz/src/plan_law.rs"]
mod plan_law;

use std::fs;

use bistro_dialect::{Limits, Request};
use bistro_plan::plan;
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Access, Policy};
use mutation::{Numbers, fuzz, mutate, seeds, words};

#[test]
fn mutated_seeds_become_sound_statements() {
    let (seeds, words, catalog) = (seeds(), words(), catalog::catalog());
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for _ in 0..500 {
        for (_, seed) in &seeds {
            let bytes = mutate(seed, &words, &mut numbers);
            if let Some(exchange) = exchange::read(&bytes) {
                plan_law::check_plan(&exchange, &catalog);
            }
        }
    }
}

#[test]
fn the_seeds_reach_the_planner() {
    let catalog = catalog::catalog();
    let policy = Policy {
        access: Access::Open,
        is_read_only: false,
        allows_unfiltered_writes: true,
        rows_max: None,
        limits: Limits::default(),
    };
    let planned = seeds().into_iter().filter(|(_, bytes)| {
        let exchange = exchange::read(bytes).expect("UTF-8");
        let request = Request::read(&exchange, &Limits::default()).expect("a seed is understood");
        plan::make(&request, &Principal::Anyone, &catalog, &policy).is_ok()
    });
    // If hardly any seed could be planned, its mutations would test hardly anything.
    assert!(planned.count() >= 8);
}

#[test]
fn the_dictionary_has_the_canary() {
    let dictionary = fs::read_to_string(fuzz().join("dictionaries/request.dict"));
    let dictionary = dictionary.expect("a dictionary");
    assert!(dictionary.contains(&format!("\"{}\"", plan_law::CANARY)));
}
