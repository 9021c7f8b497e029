//! Views where tables are embedded: what they refer to, what refers to them, and when they are not meant.

use bistro_dialect::Target;

use crate::error::Error;
use crate::fixture::{Asked, open, readable, related};
use crate::plan::{self, Plan};
use crate::principal::Principal;
use crate::rule::Policy;
use crate::sql;

fn planned(line: &str, policy: &Policy) -> Result<Plan, Error> {
    let request = Asked::new(line).request();
    plan::make(&request, &Principal::Anyone, &related(), policy)
}

fn written(line: &str, policy: &Policy) -> String {
    match planned(line, policy) {
        Err(error) => error.to_string(),
        Ok(Plan::Read(read)) => sql::read(&read).text,
        Ok(Plan::Write(_) | Plan::Call(_)) => panic!("{line} is a write"),
    }
}

/// What follows `FROM` in the subquery of each of these.
fn check(table: &[(&str, &str)]) {
    for (line, expected) in table {
        let text = written(line, &open());
        assert!(text.contains(expected), "{line}: {text}");
    }
}

#[test]
fn a_view_refers_to_what_its_columns_refer_to() {
    check(&[
        (
            "GET /hits?select=artists(name)",
            r#"bistro_object(?1, c1) FROM (SELECT r1."name" AS c1 FROM "main"."artists" AS r1 WHERE r1."id" = r."by""#,
        ),
        (
            "GET /artists?select=hits(title)",
            r#"bistro_objects(?1, c1) FROM (SELECT r1."title" AS c1 FROM "main"."hits" AS r1 WHERE r."id" = r1."by""#,
        ),
        (
            "GET /sleeves?select=songs(title)",
            r#"bistro_object(?1, c1) FROM (SELECT r1."title" AS c1 FROM "main"."songs" AS r1 WHERE r1."id" = r."song_id""#,
        ),
        // Of each song there is one cover, so of each song there is one in the view.
        (
            "GET /songs?select=sleeves(song_id)",
            r#"SELECT (SELECT bistro_object(?1, c1) FROM (SELECT r1."song_id" AS c1 FROM "main"."sleeves" AS r1 WHERE r."id" = r1."song_id""#,
        ),
        ("GET /artists/7/hits?select=title", r#"WHERE r."by" = ?1"#),
    ]);
}

#[test]
fn what_refers_to_a_table_refers_to_its_views() {
    check(&[
        (
            "GET /songs?select=bands(name)",
            r#"bistro_object(?1, c1) FROM (SELECT r1."name" AS c1 FROM "main"."bands" AS r1 WHERE r1."band_id" = r."artist_id""#,
        ),
        (
            "GET /bands?select=songs(title)",
            r#"bistro_objects(?1, c1) FROM (SELECT r1."title" AS c1 FROM "main"."songs" AS r1 WHERE r."band_id" = r1."artist_id""#,
        ),
        (
            "GET /hits?select=bands(name)",
            r#"FROM "main"."bands" AS r1 WHERE r1."band_id" = r."by""#,
        ),
        (
            "GET /bands?select=hits(title)",
            r#"FROM "main"."hits" AS r1 WHERE r."band_id" = r1."by""#,
        ),
        (
            "GET /songs/7/bands?select=name",
            r#"WHERE (r."band_id") IN (SELECT r1."artist_id" AS c1 FROM "main"."songs" AS r1 WHERE r1."id" = ?1)"#,
        ),
    ]);
}

#[test]
fn a_join_table_leads_to_views_and_may_be_one() {
    let through = |join: &str, target: &str, near: &str, id: &str| {
        format!(
            r#"FROM "main"."{target}" AS r1 JOIN "main"."{join}" AS jr1 WHERE r."id" = jr1."{near}" AND r1."{id}" = jr1."#
        )
    };
    check(&[
        (
            "GET /hits?select=tags(name)",
            &through("song_tags", "tags", "song_id", "id"),
        ),
        (
            "GET /tags?select=hits(title)",
            &through("song_tags", "hits", "tag_id", "id"),
        ),
        // The join table itself is meant, unless the view is named.
        (
            "GET /songs?select=tags(name)",
            &through("song_tags", "tags", "song_id", "id"),
        ),
        (
            "GET /songs?select=tags!tagged(name)",
            &through("tagged", "tags", "song_id", "id"),
        ),
    ]);
    let policy = readable(&["songs", "tags", "tagged"]);
    let text = written("GET /songs?select=tags(name)", &policy);
    assert!(
        text.contains(&through("tagged", "tags", "song_id", "id")),
        "{text}"
    );
}

#[test]
fn names_of_constraints_and_columns_mean_tables() {
    check(&[
        (
            "GET /songs?select=artist_id(name)",
            r#""main"."artists" AS r1"#,
        ),
        (
            "GET /songs?select=songs_artist_id_fkey(name)",
            r#""main"."artists" AS r1"#,
        ),
        (
            "GET /artists?select=songs_artist_id_fkey(title)",
            r#""main"."songs" AS r1"#,
        ),
        // A view's own name of the column, and the table's constraint.
        ("GET /hits?select=by(name)", r#""main"."artists" AS r1"#),
        (
            "GET /hits?select=songs_artist_id_fkey(name)",
            r#""main"."artists" AS r1"#,
        ),
        (
            "GET /songs?select=bands!artist_id(name)",
            r#""main"."bands" AS r1"#,
        ),
        (
            "GET /songs?select=bands!songs_artist_id_fkey(name)",
            r#""main"."bands" AS r1"#,
        ),
        ("GET /bands?select=hits!by(title)", r#""main"."hits" AS r1"#),
    ]);
}

#[test]
fn between_a_table_and_a_view_of_it_names_lead_as_within_the_table() {
    check(&[
        (
            "GET /artists?select=mentors(id)",
            r#"FROM "main"."mentors" AS r1 WHERE r."id" = r1."mentor_id""#,
        ),
        (
            "GET /mentors?select=artists(id)",
            r#"FROM "main"."artists" AS r1 WHERE r."id" = r1."mentor_id""#,
        ),
        (
            "GET /mentors?select=mentors(id)",
            r#"FROM "main"."mentors" AS r1 WHERE r."id" = r1."mentor_id""#,
        ),
        (
            "GET /mentors?select=mentor_id(id)",
            r#"FROM "main"."artists" AS r1 WHERE r1."id" = r."mentor_id""#,
        ),
        (
            "GET /artists?select=mentors!id(id)",
            r#"FROM "main"."mentors" AS r1 WHERE r1."id" = r."mentor_id""#,
        ),
        (
            "GET /artists?select=mentors!mentor_id(id)",
            r#"FROM "main"."mentors" AS r1 WHERE r."id" = r1."mentor_id""#,
        ),
    ]);
}

#[test]
fn a_column_that_is_shown_twice_is_chosen_by_its_name() {
    for (line, expected) in [
        (
            "GET /artists?select=pairings(one)",
            ["pairings!one", "pairings!other"],
        ),
        (
            "GET /pairings?select=artists(name)",
            ["artists!one", "artists!other"],
        ),
    ] {
        let Err(Error::AmbiguousRelationship { candidates, .. }) = planned(line, &open()) else {
            panic!("{line} is ambiguous");
        };
        let names: Vec<&str> = candidates.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, expected);
        let (path, _) = line.split_once('=').expect("a select");
        for name in names {
            let line = format!(
                "{path}={name}()&{}=is.null",
                expected[0].split('!').next().expect("a name")
            );
            assert!(written(&line, &open()).starts_with("SELECT"), "{line}");
        }
    }
}

#[test]
fn a_view_is_related_also_where_its_table_is_not_open() {
    for (line, names, expected) in [
        (
            "GET /hits?select=bands(name)",
            ["hits", "bands"],
            r#""main"."bands" AS r1"#,
        ),
        (
            "GET /artists?select=hits(title)",
            ["artists", "hits"],
            r#""main"."hits" AS r1"#,
        ),
        (
            "GET /artists?select=hits(title)",
            ["artists", "songs"],
            "no relationship between `artists` and `hits`",
        ),
        (
            "GET /hits?select=by(name)",
            ["hits", "bands"],
            "no relationship between `hits` and `by`",
        ),
        (
            "GET /hits?select=artists(name)",
            ["hits", "bands"],
            "no relationship between `hits` and `artists`",
        ),
    ] {
        let text = written(line, &readable(&names));
        assert!(text.contains(expected), "{line}: {text}");
    }
}

#[test]
fn a_view_without_the_columns_has_no_part() {
    for line in [
        "GET /sleeves?select=artists(id)",
        "GET /pairings?select=pairings(one)",
        "GET /tagged?select=artists(id)",
        "GET /tags?select=bands(name)",
    ] {
        let text = written(line, &open());
        assert!(text.starts_with("no relationship"), "{line}: {text}");
    }
}

#[test]
fn what_belongs_to_a_row_may_be_read_in_a_view() {
    let methods = |related_name: &str| {
        let target = Target::Related {
            relation: "artists".to_owned(),
            key: vec!["1".to_owned()],
            related: related_name.to_owned(),
        };
        let methods = plan::methods(&target, &Principal::Anyone, &related(), &open());
        methods.map(|methods| {
            methods
                .iter()
                .map(|method| method.name())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(methods("hits"), Ok(vec!["GET", "HEAD", "QUERY", "OPTIONS"]));
    assert!(methods("sleeves").is_err());
}
