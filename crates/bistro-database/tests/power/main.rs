//! The power fails: what was not synced may be lost, torn or garbage. What was answered is there afterwards, and nothing is half
//! there.
//!
//! A run of real writes is recorded below SQLite: every write, truncation, sync and removal of the database and its log. Then, at
//! each sync and each answer of it, and at moments between, the files are made as a power failure could have left them then, and
//! opened with SQLite's own VFS. The seed decides what is written and what is lost; how writes and checkpoints meet is as it
//! happened. `BISTRO_POWER_SEED` repeats one.

#[cfg(test)]
mod vfs;
#[cfg(test)]
mod random;
#[cfg(test)]
mod work;
#[cfg(test)]
mod failure;

#[cfg(test)]
mod tests {
    use bistro_database::Durability;

    use crate::failure::{Failures, Found};
    use crate::random::seed;
    use crate::work;

    #[test]
    fn what_was_answered_survives_a_power_failure_at_any_moment() {
        let seed = seed(1);
        let work = work::record(Durability::Full, seed);
        assert!(work.checkpoints() > 2, "{} checkpoints", work.checkpoints());
        assert!(work.beginnings() > 1, "the log was never begun again");
        let mut failures = 0;
        for failure in Failures::of(&work, seed) {
            failures += 1;
            let found = failure.happens();
            assert_eq!(found, Found::Everything, "seed {seed}, {failure}");
        }
        assert!(failures > 500, "only {failures} moments were tried");
    }

    /// Otherwise the test above could not fail. And less durable is not less whole.
    #[test]
    fn without_a_sync_for_each_answer_something_is_lost_but_nothing_halved() {
        let seed = seed(2);
        let work = work::record(Durability::Normal, seed);
        let mut lost = 0;
        for failure in Failures::of(&work, seed).step_by(3) {
            match failure.happens() {
                Found::Everything => {}
                Found::Lost(_) => lost += 1,
                Found::Broken(how) => panic!("seed {seed}, {failure}: {how}"),
            }
        }
        assert!(lost > 0, "seed {seed}: nothing answered was lost");
    }
}
