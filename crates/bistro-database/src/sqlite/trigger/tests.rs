//! `CREATE TRIGGER` as people write it.

use super::{Event, instead_of};

#[test]
fn the_event_of_an_instead_of_trigger_is_found() {
    for (sql, expected) in [
        (
            "CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "create trigger t instead of delete on v begin select 1; end",
            Some(Event::Delete),
        ),
        (
            "CREATE TRIGGER t INSTEAD OF UPDATE OF a, b ON v BEGIN SELECT 1; END",
            Some(Event::Update),
        ),
        (
            "CREATE TEMP TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS t INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER if INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER main . t INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER \"instead of delete\" INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER \"a\"\"b\" INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER [a]INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER `x y`\tINSTEAD\nOF\r\nINSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE -- INSTEAD OF DELETE\nTRIGGER/* INSTEAD OF UPDATE */t INSTEAD/**/OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER 트리거 INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            Some(Event::Insert),
        ),
        (
            "CREATE TRIGGER instead AFTER INSERT ON t BEGIN SELECT 1; END",
            None,
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON t BEGIN SELECT 'INSTEAD OF INSERT'; END",
            None,
        ),
        ("CREATE TRIGGER t INSERT ON t BEGIN SELECT 1; END", None),
        ("CREATE TABLE t (instead, of, \"insert\")", None),
        ("CREATE TRIGGER \"never closed INSTEAD OF INSERT", None),
        ("CREATE TRIGGER t /* never closed INSTEAD OF INSERT", None),
        ("", None),
    ] {
        assert_eq!(instead_of(sql), expected, "{sql}");
    }
}
