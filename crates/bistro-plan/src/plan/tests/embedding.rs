//! What may be embedded, for whom, and how it is written.

use bistro_dialect::Target;
use expect_test::{Expect, expect};

use crate::error::Error;
use crate::fixture::{Asked, open, readable, related};
use crate::plan::{self, Plan};
use crate::principal::Principal;
use crate::rule::Policy;
use crate::sql;

fn written(line: &str, policy: &Policy) -> String {
    let request = Asked::new(line).request();
    match plan::make(&request, &Principal::Anyone, &related(), policy) {
        Err(error) => error.to_string(),
        Ok(Plan::Read(read)) => sql::read(&read).text,
        Ok(Plan::Write(_) | Plan::Call(_)) => panic!("{line} is a write"),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check(line: &str, expected: Expect) {
    expected.assert_eq(&written(line, &open()));
}

#[test]
fn one_row_is_an_object() {
    check(
        "GET /songs?select=artists(name)",
        expect![[
            r#"SELECT (SELECT bistro_object(?1, c1) FROM (SELECT r1."name" AS c1 FROM "main"."artists" AS r1 WHERE r1."id" = r."artist_id")) FROM "main"."songs" AS r"#
        ]],
    );
    check(
        "GET /songs?select=...artists(by:name)&order=artists(name)",
        expect![[
            r#"SELECT (SELECT r1."name" AS c1 FROM "main"."artists" AS r1 WHERE r1."id" = r."artist_id") FROM "main"."songs" AS r ORDER BY (SELECT r1."name" AS c1 FROM "main"."artists" AS r1 WHERE r1."id" = r."artist_id") NULLS LAST"#
        ]],
    );
}

#[test]
fn many_rows_are_an_array() {
    check(
        "GET /artists?select=songs(title)&songs.limit=2&songs.id=gt.3",
        expect![[
            r#"SELECT (SELECT bistro_objects(?1, c1) FROM (SELECT r1."title" AS c1 FROM "main"."songs" AS r1 WHERE r."id" = r1."artist_id" AND r1."id" > ?2 ORDER BY r1."id" LIMIT +?3)) FROM "main"."artists" AS r"#
        ]],
    );
    check(
        "GET /songs?select=tags!inner(name)",
        expect![[
            r#"SELECT (SELECT bistro_objects(?1, c1) FROM (SELECT r1."name" AS c1 FROM "main"."tags" AS r1 JOIN "main"."song_tags" AS jr1 WHERE r."id" = jr1."song_id" AND r1."id" = jr1."tag_id")) FROM "main"."songs" AS r WHERE EXISTS (SELECT 1 FROM "main"."tags" AS r1 JOIN "main"."song_tags" AS jr1 WHERE r."id" = jr1."song_id" AND r1."id" = jr1."tag_id")"#
        ]],
    );
    check(
        "GET /artists?select=songs(count(),title)",
        expect![[
            r#"SELECT (SELECT bistro_objects(?1, c1, c2) FROM (SELECT count(*) AS c1, r1."title" AS c2 FROM "main"."songs" AS r1 WHERE r."id" = r1."artist_id" GROUP BY 2)) FROM "main"."artists" AS r"#
        ]],
    );
}

#[test]
fn an_embed_may_be_asked_for_by_what_it_is_called() {
    check(
        "GET /songs?select=artists()&artists=is.null",
        expect![[
            r#"SELECT NULL FROM "main"."songs" AS r WHERE NOT (EXISTS (SELECT 1 FROM "main"."artists" AS r1 WHERE r1."id" = r."artist_id"))"#
        ]],
    );
    check(
        "GET /songs?select=by:artists()&by=not.is.null",
        expect![[
            r#"SELECT NULL FROM "main"."songs" AS r WHERE EXISTS (SELECT 1 FROM "main"."artists" AS r1 WHERE r1."id" = r."artist_id")"#
        ]],
    );
    check(
        "GET /songs?select=by:artist_id()&artist_id=is.null",
        expect![[r#"SELECT NULL FROM "main"."songs" AS r WHERE r."artist_id" IS NULL"#]],
    );
}

#[test]
fn what_belongs_to_a_row_is_a_collection() {
    check(
        "GET /artists/7/songs?select=title",
        expect![[r#"SELECT r."title" FROM "main"."songs" AS r WHERE r."artist_id" = ?1"#]],
    );
    check(
        "GET /songs/7/tags?select=name",
        expect![[
            r#"SELECT r."name" FROM "main"."tags" AS r WHERE (r."id") IN (SELECT r1."tag_id" AS c1 FROM "main"."song_tags" AS r1 WHERE r1."song_id" = ?1)"#
        ]],
    );
    check(
        "GET /songs/7/artists?select=name",
        expect![[
            r#"SELECT r."name" FROM "main"."artists" AS r WHERE (r."id") IN (SELECT r1."artist_id" AS c1 FROM "main"."songs" AS r1 WHERE r1."id" = ?1)"#
        ]],
    );
}

#[test]
fn a_relationship_must_be_one() {
    for (line, expected) in [
        (
            "GET /duets?select=artists(name)",
            "more than one relationship between `duets` and `artists`",
        ),
        (
            "GET /artists?select=duets(id)",
            "more than one relationship between `artists` and `duets`",
        ),
        (
            "GET /artists?select=tags(id)",
            "no relationship between `artists` and `tags`",
        ),
        (
            "GET /artists?select=songs!nothing(id)",
            "no relationship between `artists` and `songs`",
        ),
        (
            "GET /artists?select=artists!songs(id)",
            "no relationship between `artists` and `artists`",
        ),
        (
            "GET /artists?select=songs(id)&order=songs(id)",
            "`artists` and `songs` do not form a many-to-one or one-to-one relationship",
        ),
        (
            "GET /artists?select=songs(id)&song.id=eq.1",
            "`song` is not embedded in this request",
        ),
        (
            "GET /artists?select=songs(id)&songs.tags.id=eq.1",
            "`tags` is not embedded in this request",
        ),
        (
            "GET /artists?select=...songs(id.sum())",
            "aggregates of `songs` cannot be spread: there can be many rows of it",
        ),
        (
            "GET /artists?select=songs(nothing)",
            "no column `nothing` in `songs`",
        ),
        (
            "GET /artists?select=songs(id),songs(title)",
            "`songs` is selected twice with different meanings; give one of them an alias",
        ),
        (
            "GET /artists/7/tags",
            "nothing of `tags` belongs to the rows of `artists`",
        ),
        (
            "GET /artists/7/duets",
            "more than one relationship between `artists` and `duets`",
        ),
    ] {
        assert_eq!(written(line, &open()), expected, "{line}");
    }
}

#[test]
fn every_hint_leads_to_one_relationship() {
    for line in [
        "GET /duets?select=artists!lead_id(name)",
        "GET /duets?select=artists!duets_guest_id_fkey(name)",
        "GET /duets?select=lead_id(name),guest_id(name)",
        "GET /artists?select=duets!lead_id(id)",
        "GET /artists?select=duets!duets_lead_id_fkey(id)",
        "GET /songs?select=tags!song_tags(name)",
        "GET /songs?select=artists!id(name)",
        "GET /artists?select=mentor_id(name),artists(name)",
        "GET /artists?select=artists!mentor_id(name),up:artists_mentor_id_fkey(name)",
        "GET /duets/1/lead_id",
    ] {
        assert!(written(line, &open()).starts_with("SELECT"), "{line}");
    }
}

#[test]
fn the_candidates_are_what_the_hint_may_be() {
    let request = Asked::new("GET /artists?select=duets(id)").request();
    let refused = plan::make(&request, &Principal::Anyone, &related(), &open());
    let Err(Error::AmbiguousRelationship { candidates, .. }) = refused else {
        panic!("it is ambiguous");
    };
    let names: Vec<&str> = candidates
        .iter()
        .map(|candidate| candidate.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["duets!duets_lead_id_fkey", "duets!duets_guest_id_fkey"]
    );
    for name in names {
        let line = format!("GET /artists?select={name}(id)");
        assert!(written(&line, &open()).starts_with("SELECT"), "{line}");
    }
}

#[test]
fn what_is_not_open_does_not_exist() {
    for (line, names, expected) in [
        (
            "GET /songs?select=artists(name)",
            ["songs", "tags"],
            "no relationship between `songs` and `artists`",
        ),
        // Nor does what is behind a join table that is not open.
        (
            "GET /songs?select=tags(name)",
            ["songs", "tags"],
            "no relationship between `songs` and `tags`",
        ),
        (
            "GET /songs/7/artists",
            ["songs", "tags"],
            "nothing of `artists` belongs to the rows of `songs`",
        ),
        (
            "GET /songs/7/artists",
            ["artists", "tags"],
            "no relation `songs`",
        ),
    ] {
        assert_eq!(written(line, &readable(&names)), expected, "{line}");
    }
}

#[test]
fn methods_of_what_belongs_to_a_row_are_those_it_has() {
    for (relation, related_name, policy, expected) in [
        ("artists", "songs", open(), "GET HEAD QUERY POST OPTIONS"),
        ("songs", "covers", open(), "GET HEAD QUERY POST OPTIONS"),
        ("songs", "tags", open(), "GET HEAD QUERY OPTIONS"),
        ("songs", "artists", open(), "GET HEAD QUERY OPTIONS"),
        (
            "artists",
            "songs",
            readable(&["artists", "songs"]),
            "GET HEAD QUERY OPTIONS",
        ),
    ] {
        let target = Target::Related {
            relation: relation.to_owned(),
            key: vec!["1".to_owned()],
            related: related_name.to_owned(),
        };
        let methods = plan::methods(&target, &Principal::Anyone, &related(), &policy);
        let mut found: Vec<&str> = methods
            .expect("it exists")
            .iter()
            .map(|method| method.name())
            .collect();
        let mut expected: Vec<&str> = expected.split(' ').collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{relation} {related_name}");
    }
}

#[test]
fn a_request_that_multiplies_itself_is_refused() {
    // Each of six levels asks thirty times for the one below it.
    let names = ["songs", "artists", "songs", "artists", "songs", "artists"];
    let select = names
        .iter()
        .rev()
        .fold("id".to_owned(), |inner, name| format!("id,{name}({inner})"));
    let mut filters = String::new();
    let mut path = String::new();
    for name in names {
        let members = vec![format!("{name}.is.null"); 30].join(",");
        filters = format!("{filters}&{path}or=({members})");
        path = format!("{path}{name}.");
    }
    let line = format!("GET /artists?select={select}{filters}");
    let refused = written(&line, &open());
    assert!(
        refused.contains("values in one request, at most"),
        "{refused}"
    );
}
