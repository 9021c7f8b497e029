//! A file, and what becomes of it.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bistro_database::Database;
use bistro_dialect::Limits;
use bistro_plan::catalog::{
    Catalog, Column, Function, Generated, Kind, Relation, RelationKind, Writable,
};
use bistro_plan::predicate::Predicate;
use bistro_plan::rule::{Access, Audience, Operation, Policy, Rule, Subject};

use crate::config::environment::Environment;
use crate::config::error::{Error, Problem};
use crate::config::settings::Configuration;
use crate::config::source::Source;
use crate::config::text::Text as _;
use crate::config::{address, duration, origin, size};

const DOCUMENT: &str = include_str!("../../../../docs/configuration.md");

fn read(text: &str) -> Result<Configuration, Error> {
    read_at("bistro.toml", text, &[])
}

/// Reads a text that could be at `path`, with variables of the environment.
pub(super) fn read_at(
    path: &str,
    text: &str,
    variables: &[(&str, &str)],
) -> Result<Configuration, Error> {
    let environment = Environment::of(
        variables
            .iter()
            .map(|&(name, value)| (name.into(), value.into())),
    )?;
    let source = Source::new(Some(path.into()), text.to_owned(), environment);
    Configuration::of(source)
}

/// A table, a view and a stored query, each with the same columns.
pub(super) fn songs() -> Catalog {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        declared: String::new(),
        kind,
        is_nullable: true,
        default: None,
        generated: Generated::No,
        origin: None,
    };
    let relation = |name: &str, kind| Relation {
        name: name.to_owned(),
        kind,
        columns: vec![
            column("id", Kind::Integer),
            column("title", Kind::Text),
            column("owner_id", Kind::Text),
        ],
        primary_key: Vec::new(),
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        writable: Writable {
            can_insert: true,
            can_update: true,
            can_delete: true,
        },
        has_rowid: true,
        has_rowid_key: false,
        rows_estimated: None,
        seen: None,
    };
    let top = Function {
        name: "top".to_owned(),
        description: String::new(),
        parameters: Vec::new(),
        callers: Vec::new(),
        rows: Arc::new(relation("top", RelationKind::View)),
        is_read_only: true,
        takes_get: true,
        text: "SELECT 1 AS id, 2 AS title".to_owned(),
    };
    let relations = [
        relation("songs", RelationKind::Table),
        relation("titles", RelationKind::View),
        relation("hits", RelationKind::View),
    ];
    let relations = relations.into_iter();
    Catalog {
        relations: relations
            .map(|relation| (relation.name.clone(), Arc::new(relation)))
            .collect(),
        functions: BTreeMap::from([("top".to_owned(), Arc::new(top))]),
        ..Catalog::default()
    }
}

/// What is said about a file, wherever in the process it is found.
fn complaint(text: &str) -> String {
    complaint_of(text, &[])
}

/// The same, with variables of the environment.
pub(super) fn complaint_of(text: &str, variables: &[(&str, &str)]) -> String {
    let outcome = read_at("bistro.toml", text, variables).and_then(|configuration| {
        configuration.database(None)?;
        configuration.server(&songs())
    });
    match outcome {
        Ok(_) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
pub(super) fn check(text: &str, expected: &str) {
    assert_eq!(complaint(text), expected, "{text}");
}

#[test]
fn a_key_that_does_not_exist_is_refused_with_its_place_and_the_nearest() {
    check(
        "[database]\nbussy_timeout = \"2s\"",
        "bistro.toml:2:1: unknown key `bussy_timeout`; did you mean `busy_timeout`?",
    );
    check(
        "[http]\nlisten = \"127.0.0.1:1\"\n  keepalive = \"off\"",
        "bistro.toml:3:3: unknown key `keepalive`; did you mean `keep_alive`?",
    );
    check(
        "[htpp]\n",
        "bistro.toml:1:2: unknown key `htpp`; did you mean `http`?",
    );
    check(
        "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\nfor = 1",
        "bistro.toml:5:1: unknown key `for`; valid here: on, to, do, where, check, owner, columns",
    );
    check(
        "[database]\nmagic = 1",
        "bistro.toml:2:1: unknown key `magic`; valid here: url, queries, busy_timeout, statement_timeout, readers, queue, queue_max",
    );
}

#[test]
fn a_rule_that_cannot_be_enforced_is_never_ignored() {
    let rule = "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\", \"update\"]\n";
    for (key, complaint) in [
        (
            "where = \"id = :usr\"",
            "5:15: `where`: unknown parameter `:usr`; did you mean `:user`?",
        ),
        (
            "where = \"\"\"\n  id = 1\n  AND (title = 'x'\n\"\"\"",
            "7:7: `where`: the parenthesis `(` has no counterpart",
        ),
        (
            "check = 'id = 1; DROP TABLE songs'",
            "5:16: `check`: `;` cannot stand here: this is one condition",
        ),
        (
            "owner = \"ttle\"",
            "5:9: `songs` has no column `ttle`; did you mean `title`?",
        ),
        (
            "columns = [\"id\", \"naem\"]",
            "5:18: `songs` has no column `naem`",
        ),
        (
            "columns = []",
            "5:11: no column is open then; leave `columns` out to open all of them",
        ),
    ] {
        check(&format!("{rule}{key}"), &format!("bistro.toml:{complaint}"));
    }
    check(
        "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\ncheck = \"id = 1\"",
        "bistro.toml:5:9: `check` says what a row must be like that was created or updated, and this rule opens neither",
    );
    for (key, complaint) in [
        (
            "check = \"1\"",
            "5:9: a stored query checks what it writes itself; `where` says which of the rows it returns are seen",
        ),
        (
            "owner = \"id\"",
            "5:9: a stored query knows who calls it as `:owner`; `where` says which of the rows it returns are seen",
        ),
    ] {
        let rule = "[[allow]]\non = \"rpc/top\"\nto = \"anyone\"\ndo = [\"call\"]\n";
        check(&format!("{rule}{key}"), &format!("bistro.toml:{complaint}"));
    }
    for key in ["check = \"1\"", "where = \"1\"", "owner = \"title\""] {
        let rule = "[[allow]]\non = \"titles\"\nto = \"anyone\"\ndo = [\"create\"]\n";
        check(
            &format!("{rule}{key}"),
            "bistro.toml:5:9: `titles` is no table, so a row of it cannot be looked at again once it was created or updated; \
             open it for that without `where`, `check` and `owner`, and let its triggers refuse, or open the table",
        );
    }
}

#[test]
fn an_audience_is_known_or_declared() {
    let rule = |to: &str| format!("[[allow]]\non = \"songs\"\nto = \"{to}\"\ndo = [\"read\"]\n");
    for (to, audience) in [
        ("anyone", Audience::Anyone),
        ("visitor", Audience::Visitor),
        ("user", Audience::User),
        ("editor", Audience::Role("editor".to_owned())),
    ] {
        let text = format!("users.roles = [\"editor\"]\n{}", rule(to));
        let settings = read(&text).unwrap().server(&songs()).unwrap();
        let Access::Rules(rules) = settings.policy.access else {
            panic!("a configuration has rules");
        };
        assert_eq!(rules[0].to, audience);
    }
    check(
        &rule("editr"),
        "bistro.toml:3:6: unknown audience `editr`; valid here: anyone, visitor, user, what `[users] roles` lists",
    );
    check(
        &format!("users.roles = [\"editor\"]\n{}", rule("editr")),
        "bistro.toml:4:6: unknown audience `editr`; did you mean `editor`?",
    );
}

#[test]
fn every_key_of_a_rule_reaches_the_policy() {
    let text = "
        [[allow]]
        on = \"songs\"
        to = \"user\"
        do = [\"read\", \"create\"]
        where = \"id < 9 OR title = :email\"
        check = \"id > 0\"
        owner = \"title\"
        columns = [\"id\", \"title\"]
    ";
    let sql = |text| Some(Arc::new(Predicate::read(text).unwrap()));
    let expected = Rule {
        on: Subject::Relation("songs".to_owned()),
        to: Audience::User,
        operations: vec![Operation::Read, Operation::Create],
        rows: sql("id < 9 OR title = :email"),
        check: sql("id > 0"),
        owner: Some("title".to_owned()),
        columns: Some(vec!["id".to_owned(), "title".to_owned()]),
    };
    let settings = read(text).unwrap().server(&songs()).unwrap();
    assert_eq!(settings.policy.access, Access::Rules(vec![expected]));
}

/// What is said of a rule once its database is open.
fn misfit(rule: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let script = "CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT, owner TEXT);
        CREATE TABLE tags (id INTEGER PRIMARY KEY, song_id INTEGER, name TEXT);
        CREATE VIEW titles AS SELECT id, title FROM songs;
        CREATE TRIGGER gone INSTEAD OF DELETE ON titles BEGIN DELETE FROM songs WHERE id = old.id; END;";
    bistro_database::create_from_script(&path, script).unwrap();
    let database = Database::open(bistro_database::Settings::new(&path)).unwrap();
    match read(rule).unwrap().validate(&database) {
        Ok(()) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_condition_is_understood_by_the_database_or_refused_at_its_place() {
    let rule = "[[allow]]\non = \"songs\"\nto = \"user\"\ndo = [\"read\", \"update\"]\n";
    for (key, complaint) in [
        ("where = \"owner = :owner\"", "none"),
        (
            "where = \"songs.owner = :owner AND main.songs.id > 0\"",
            "none",
        ),
        (
            "where = \"EXISTS (SELECT 1 FROM tags WHERE song_id = songs.id AND name IN (SELECT value FROM json_each(:roles)))\"",
            "none",
        ),
        ("where = '\"owner\" = :owner -- his own'", "none"),
        (
            "where = \"ownr = :owner\"",
            "bistro.toml:5:10: `where`: no such column: ownr; did you mean `owner`?",
        ),
        (
            "check = \"id > 0 AND songs.titel = 'x'\"",
            "bistro.toml:5:21: `check`: no such column: songs.titel; did you mean `title`?",
        ),
        (
            "where = \"\"\"\n  id > 0\n  AND ownr = :owner\"\"\"",
            "bistro.toml:7:7: `where`: no such column: ownr; did you mean `owner`?",
        ),
        // A name in quotes that is not there would be a text.
        (
            "where = '\"ownr\" = :owner'",
            "bistro.toml:5:10: `where`: no such column: \"ownr\" - should this be a string literal in single-quotes?",
        ),
        (
            "where = \"id = = 1\"",
            "bistro.toml:5:15: `where`: near \"=\": syntax error",
        ),
        (
            "where = \"id = 1 AND\"",
            "bistro.toml:5:20: `where`: near \")\": syntax error",
        ),
        (
            "where = \"count(*) > 1\"",
            "bistro.toml:5:10: `where`: misuse of aggregate function count()",
        ),
        (
            "where = \"id, owner\"",
            "bistro.toml:5:9: `where`: row value misused",
        ),
        (
            "where = \"r.id = 1\"",
            "bistro.toml:5:10: `where`: no such column: r.id; did you mean `id`?",
        ),
        (
            "where = \"id IN (SELECT song_id FROM tgs)\"",
            "bistro.toml:5:37: `where`: no such table: tgs",
        ),
    ] {
        assert_eq!(misfit(&format!("{rule}{key}")), complaint, "{key}");
    }
    let view = "[[allow]]\non = \"titles\"\nto = \"user\"\ndo = [\"delete\"]\n";
    for condition in ["title = :email", "titles.title = :email"] {
        let rule = format!("{view}where = \"{condition}\"");
        assert_eq!(misfit(&rule), "none", "{condition}");
    }
}

#[test]
fn a_rule_names_a_table_that_is_there_and_words_that_exist() {
    check(
        "[[allow]]\non = \"songz\"\nto = \"anyone\"\ndo = [\"read\"]",
        "bistro.toml:2:6: there is no table or view `songz`; did you mean `songs`?",
    );
    check(
        "[[allow]]\non = \"orders\"\nto = \"anyone\"\ndo = [\"read\"]",
        "bistro.toml:2:6: there is no table or view `orders`",
    );
    check(
        "[[allow]]\non = \"songs\"\nto = \"anyon\"\ndo = [\"read\"]",
        "bistro.toml:3:6: unknown audience `anyon`; did you mean `anyone`?",
    );
    check(
        "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"raed\"]",
        "bistro.toml:4:7: unknown word `raed`; did you mean `read`?",
    );
    check(
        "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"write\"]",
        "bistro.toml:4:7: unknown word `write`; valid here: read, create, update, delete, call",
    );
    check(
        "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = []",
        "bistro.toml:4:6: this rule opens nothing; `do` lists one or more of read, create, update, delete; or call",
    );
    check(
        "[[allow]]\non = \"songs\"\ndo = [\"read\"]",
        "bistro.toml:1:1: missing field `to`",
    );
}

#[test]
fn a_value_that_does_not_fit_is_refused_with_what_would() {
    check(
        "[http]\nbody_max = 8",
        "bistro.toml:2:12: invalid type: integer `8`, expected a size such as \"8MiB\" (units: B, KiB, MiB, GiB, kB, MB, GB)",
    );
    check(
        "[http]\nkeep_alive = \"on\"",
        "bistro.toml:2:14: `on` is not a duration such as \"30s\" (units: ms, s, m, h, d), or \"off\"",
    );
    check(
        "# 한국어\n[http]\n한 = 1",
        "bistro.toml:3:1: invalid unquoted key, expected letters, numbers, `-`, `_`",
    );
    check(
        "[http]\nlisten = \"everywhere\"",
        "bistro.toml:2:10: `everywhere` is not an address and a port, such as `127.0.0.1:8080`, `[::1]:8080` or `0.0.0.0:80`",
    );
    check(
        "[database]\nurl = \"shop.db\"",
        "bistro.toml:2:7: `shop.db` is not the URL of a SQLite file, such as \"sqlite:shop.db\"",
    );
    check(
        "[database]\nurl = \"sqlite:\"",
        "bistro.toml:2:7: `sqlite:` does not name a file",
    );
    check(
        "[database]\nurl = \"postgres://localhost/shop\"",
        "bistro.toml:2:7: this version of Bistro does not have `postgres:` yet, so it will not start: the database it names would be ignored",
    );
    check(
        "[limits]\ndepth = 33",
        "bistro.toml:2:9: `33` is too many; the most is 32",
    );
    check(
        "[limits]\nterms = 0",
        "bistro.toml:2:9: `0` is too few; the least is 1",
    );
    check(
        "[limits]\nlist = \"10\"",
        "bistro.toml:2:8: invalid type: string \"10\", expected a number from 1 to 32000",
    );
    assert!(complaint("[database]\nreaders = 0").starts_with("bistro.toml:2:11: "));
    assert!(complaint("[database]\nurl = ").starts_with("bistro.toml:2:"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error =
        Configuration::read(Path::new("/nowhere/bistro.toml"), Environment::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the configuration `/nowhere/bistro.toml`: No such file or directory (os error 2)"
    );
}

#[test]
fn every_key_reaches_the_settings() {
    let configuration = read_at(
        "there/bistro.toml",
        r#"
        [database]
        url = "sqlite:shop.db"
        busy_timeout = "500ms"
        statement_timeout = "5m"
        readers = 4
        queue = 16
        queue_max = "1MiB"

        [http]
        listen = "localhost:0"
        keep_alive = "off"
        trace = true
        hosts = ["shop.example", "[::1]"]
        origins = ["https://app.example:8443"]
        body_max = "1MiB"
        target_max = "4KiB"
        head_max = "8kB"
        connections = 10
        threads = 3
        cache = "1MiB"
        unfiltered_writes = true
        rows_max = 1000

        [[allow]]
        on = "songs"
        to = "anyone"
        do = ["read", "create", "update", "delete"]
        "#,
        &[],
    )
    .unwrap();

    let database = configuration.database(None).unwrap().unwrap();
    assert_eq!(database.path, Path::new("there/shop.db"));
    assert_eq!(database.busy_timeout, Duration::from_millis(500));
    assert_eq!(database.statement_timeout, Duration::from_mins(5));
    assert_eq!(database.readers, 4);
    assert_eq!(database.queue, 16);
    assert_eq!(database.queue_octets, 1024 * 1024);

    let server = configuration.server(&songs()).unwrap();
    assert_eq!(server.listen, "127.0.0.1:0".parse().unwrap());
    assert!(!server.is_development);
    assert_eq!(server.keep_alive, None);
    assert_eq!(server.threads.map(NonZero::get), Some(3));
    assert_eq!(server.cache_bytes, 1 << 20);
    assert!(server.trace);
    assert_eq!(server.hosts, ["shop.example", "[::1]"]);
    assert_eq!(server.origins, ["https://app.example:8443"]);
    assert_eq!(server.bounds.body_bytes, 1 << 20);
    assert_eq!(server.bounds.target_bytes, 4 << 10);
    assert_eq!(server.bounds.head_bytes, 8_000);
    assert_eq!(server.bounds.connections, 10);
    let rule = Rule::new(
        Subject::Relation("songs".to_owned()),
        Audience::Anyone,
        vec![
            Operation::Read,
            Operation::Create,
            Operation::Update,
            Operation::Delete,
        ],
    );
    let policy = Policy {
        access: Access::Rules(vec![rule]),
        is_read_only: false,
        allows_unfiltered_writes: true,
        rows_max: Some(1000),
        limits: Limits::default(),
    };
    assert_eq!(server.policy, policy);
}

#[test]
fn every_limit_reaches_the_settings() {
    let configuration = read(
        "[limits]\nquery_max = \"1MiB\"\ndepth = 32\nterms = 4096\nlist = 32000\nrows = 1000000\ncolumns = 1\nrequests = 7",
    );
    let server = configuration.unwrap().server(&songs()).unwrap();
    let limits = Limits {
        query_bytes: 1 << 20,
        depth: 32,
        terms: 4_096,
        list: 32_000,
        rows: 1_000_000,
        columns: 1,
        requests: 7,
    };
    assert_eq!(server.policy.limits, limits);
}

#[test]
fn an_empty_file_opens_nothing() {
    let configuration = read("").unwrap();
    assert!(configuration.database(None).unwrap().is_none());
    let server = configuration.server(&songs()).unwrap();
    assert_eq!(server.policy.access, Access::Rules(Vec::new()));
    assert_eq!(server.listen, address::DEFAULT);
    assert!(!server.trace);
    assert_eq!(server.keep_alive, Some(Duration::from_secs(75)));
    assert_eq!(server.policy.limits, Limits::default());
}

#[test]
fn the_command_line_goes_before_the_configuration() {
    let configuration = read("[database]\nurl = \"sqlite:shop.db\"\nreaders = 2").unwrap();
    let database = configuration
        .database(Some(Path::new("other.db")))
        .unwrap()
        .unwrap();
    assert_eq!(database.path, Path::new("other.db"));
    assert_eq!(database.readers, 2);
}

#[test]
fn a_url_may_be_written_with_slashes() {
    for (url, path) in [
        ("sqlite:shop.db", "conf/shop.db"),
        ("sqlite://shop.db", "conf/shop.db"),
        ("sqlite:/srv/shop.db", "/srv/shop.db"),
        ("sqlite:///srv/shop.db", "/srv/shop.db"),
    ] {
        let text = format!("[database]\nurl = \"{url}\"");
        let configuration = read_at("conf/bistro.toml", &text, &[]).unwrap();
        let database = configuration.database(None).unwrap().unwrap();
        assert_eq!(database.path, Path::new(path), "{url}");
    }
}

#[test]
fn development_opens_everything_to_this_machine() {
    let configuration = Configuration::development(Environment::default()).unwrap();
    let settings = configuration.server(&songs()).unwrap();
    assert!(settings.is_development);
    assert!(settings.trace);
    assert_eq!(settings.policy.access, Access::Open);
    assert!(!settings.policy.allows_unfiltered_writes);
}

#[test]
fn durations_have_units_and_bounds() {
    for (text, milliseconds) in [
        ("1ms", Some(1)),
        ("500ms", Some(500)),
        ("30s", Some(30_000)),
        ("5m", Some(300_000)),
        ("2h", Some(7_200_000)),
        ("365d", Some(31_536_000_000)),
        ("366d", None),
        ("0s", None),
        ("30", None),
        ("", None),
        ("s", None),
        ("-1s", None),
        ("1.5s", None),
        ("1 s", None),
        ("1S", None),
        ("1s ", None),
        ("٣s", None),
        ("99999999999999999999s", None),
        ("18446744073709551615d", None),
    ] {
        let read = duration::Positive::read(text).ok();
        let expected = milliseconds.map(|time| duration::Positive(Duration::from_millis(time)));
        assert_eq!(read, expected, "{text}");
    }
    assert_eq!(
        duration::KeepAlive::read("off"),
        Ok(duration::KeepAlive::Off)
    );
}

#[test]
fn sizes_have_units_and_bounds() {
    for (text, octets) in [
        ("1B", Some(1)),
        ("64KiB", Some(65_536)),
        ("64kB", Some(64_000)),
        ("8MiB", Some(8_388_608)),
        ("8MB", Some(8_000_000)),
        ("1GB", Some(1_000_000_000)),
        ("1GiB", Some(1_073_741_824)),
        ("1073741825B", None),
        ("2GiB", None),
        ("0B", None),
        ("8", None),
        ("8mib", None),
        ("8 MiB", None),
        ("-8MiB", None),
        ("", None),
        ("99999999999999999999B", None),
        ("18446744073709551615GiB", None),
    ] {
        assert_eq!(
            size::Size::read(text).ok(),
            octets.map(size::Size),
            "{text}"
        );
    }
}

#[test]
fn addresses_are_numbers_or_localhost() {
    for (text, address) in [
        ("127.0.0.1:8080", Some("127.0.0.1:8080")),
        ("[::1]:0", Some("[::1]:0")),
        ("localhost:80", Some("127.0.0.1:80")),
        ("0.0.0.0:80", Some("0.0.0.0:80")),
        ("127.0.0.1", None),
        ("8080", None),
        ("localhost", None),
        ("localhost:65536", None),
        ("example.com:80", None),
        ("", None),
    ] {
        let expected = address.map(|address| address.parse().unwrap());
        assert_eq!(address::read(text).ok(), expected, "{text}");
    }
}

#[test]
fn loopback_is_told_from_the_rest_of_the_world() {
    for (text, is_loopback) in [
        ("127.0.0.1:1", true),
        ("127.9.9.9:1", true),
        ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", false),
        ("0.0.0.0:1", false),
        ("[::]:1", false),
        ("192.168.0.1:1", false),
        ("[::ffff:10.0.0.1]:1", false),
    ] {
        assert_eq!(
            address::is_loopback(text.parse().unwrap()),
            is_loopback,
            "{text}"
        );
    }
}

#[test]
fn origins_are_kept_as_browsers_send_them() {
    for (text, kept) in [
        ("HTTPS://Shop.Example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
    ] {
        assert_eq!(
            origin::Origin::read(text),
            Ok(origin::Origin(kept.to_owned()))
        );
    }
}

#[test]
fn hosts_are_names_and_origins_are_origins() {
    for (text, is_host, is_origin) in [
        ("shop.example", true, false),
        ("[::1]", true, false),
        ("shop.example:80", true, false),
        ("shop.example/", false, false),
        ("a:b:c", false, false),
        ("*", false, false),
        ("", false, false),
        ("https://shop.example", false, true),
        ("http://localhost:3000", false, true),
        ("https://*.example", false, false),
        ("https://shop.example/", false, false),
        ("https://", false, false),
    ] {
        assert_eq!(
            origin::Host::read(text).is_ok(),
            is_host,
            "{text} as a host"
        );
        assert_eq!(
            origin::Origin::read(text).is_ok(),
            is_origin,
            "{text} as an origin"
        );
    }
}

/// The keys of a section, as the reader itself lists them when it meets one that cannot exist.
fn keys(section: &str) -> Vec<String> {
    let error = read(&format!("{section}\nzzzzzzzzzzzzzzzz = 1")).unwrap_err();
    let Error::Content { problem, .. } = error else {
        panic!("{section}: {error}");
    };
    match *problem {
        Problem::Unknown { valid, .. } => valid,
        other => panic!("{section}: {other}"),
    }
}

#[test]
fn the_document_explains_exactly_the_keys_there_are() {
    let mut documented = Vec::new();
    for part in DOCUMENT.split("\n## `[").skip(1) {
        let (heading, text) = part.split_once("`\n").unwrap();
        let section = format!("[{heading}");
        let rows: Vec<&str> = text
            .split("\n## ")
            .next()
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
            .map(|(key, _)| key)
            .collect();
        assert_eq!(rows, keys(&section), "{section}");
        let name = section.trim_matches(['[', ']']);
        let table = name.split_once('.').map_or(name, |(table, _)| table);
        documented.push(table.to_owned());
    }
    assert_eq!(documented, keys(""));
}

#[test]
fn the_documents_examples_are_valid() {
    let examples: Vec<&str> = DOCUMENT
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!examples.is_empty());
    for example in examples {
        read(example).unwrap();
    }
}

#[test]
fn a_path_in_a_directory_that_is_read_from_disk_is_relative_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bistro.toml");
    fs::write(&path, "[database]\nurl = \"sqlite:data/shop.db\"").unwrap();
    let configuration = Configuration::read(&path, Environment::default()).unwrap();
    let database = configuration.database(None).unwrap().unwrap();
    assert_eq!(database.path, folder.path().join("data/shop.db"));
}
