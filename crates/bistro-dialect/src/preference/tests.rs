//! `Prefer`, by example.

use crate::preference::{
    Count, Handling, Missing, PREFERENCES, Preferences, Resolution, Return, TransactionEnd, Values,
};

#[test]
fn every_preference_is_read() {
    let lines = [
        "return=representation, count=exact,resolution=merge-duplicates",
        "missing=default;x, handling=strict, max-affected=10, tx=rollback, timezone=America/Los_Angeles",
    ];
    let expected = Preferences {
        returning: Some(Return::Representation),
        count: Some(Count::Exact),
        resolution: Some(Resolution::MergeDuplicates),
        missing: Some(Missing::Default),
        handling: Some(Handling::Strict),
        max_affected: Some(10),
        transaction: Some(TransactionEnd::Rollback),
        timezone: Some("America/Los_Angeles".to_owned()),
        invalid: Vec::new(),
    };
    assert_eq!(Preferences::read(&lines), expected);
}

#[test]
fn every_value_of_the_table_is_read_and_written() {
    for row in &PREFERENCES {
        let values: &[&str] = match row.values {
            Values::Words(words) => words,
            Values::Number => &["0", "18446744073709551615"],
            Values::Timezone => &["UTC"],
        };
        for value in values {
            let line = format!("{}={value}", row.name);
            let preferences = Preferences::read(&[&line]);
            assert!(preferences.invalid.is_empty(), "{line}");
            assert_eq!(preferences.written(row.name), Some(line.clone()));
            assert_eq!(preferences.applied(&[row.name]), Some(line));
            assert_eq!(preferences.applied(&[]), None);
        }
    }
}

#[test]
fn what_is_not_understood_is_kept() {
    let check = |line: &str, expected: &[&str]| {
        assert_eq!(Preferences::read(&[line]).invalid, expected, "{line}");
    };
    check("", &[]);
    check("return=all", &["return=all"]);
    check("return", &["return"]);
    check("return=Minimal", &["return=Minimal"]);
    check("timezone=", &["timezone="]);
    check("max-affected=-1, max-affected=1", &["max-affected=-1"]);
    check("max-affected=+1", &["max-affected=+1"]);
    check(
        "max-affected=99999999999999999999",
        &["max-affected=99999999999999999999"],
    );
    check(
        "respond-async, wait=10, tx=commit",
        &["respond-async", "wait=10"],
    );
}

#[test]
fn the_first_of_two_counts() {
    let preferences = Preferences::read(&["tx=commit, tx=rollback", "TX=rollback"]);
    assert_eq!(preferences.transaction, Some(TransactionEnd::Commit));
    assert!(preferences.invalid.is_empty());
}

#[test]
fn what_was_applied_is_written_in_one_line() {
    let preferences = Preferences::read(&["count=exact, return=minimal, tx=commit"]);
    let applied = preferences.applied(&["return", "count", "missing"]);
    assert_eq!(applied.as_deref(), Some("return=minimal, count=exact"));
}
