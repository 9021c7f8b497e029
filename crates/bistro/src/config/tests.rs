//! A file, and what becomes of it.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bistro_dialect::Limits;
use bistro_plan::catalog::{Catalog, Column, Generated, Kind, Relation, RelationKind, Writable};
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

fn column(name: &str, kind: Kind) -> Column {
    Column {
        name: name.to_owned(),
        declared: String::new(),
        kind,
        is_nullable: true,
        default: None,
        generated: Generated::No,
        origin: None,
    }
}

/// One table, `songs`, and a view of it.
pub(super) fn songs() -> Catalog {
    let relation = Relation {
        name: "songs".to_owned(),
        kind: RelationKind::Table,
        columns: vec![column("id", Kind::Integer), column("owner_id", Kind::Text)],
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
    let view = Relation {
        name: "hits".to_owned(),
        kind: RelationKind::View,
        ..relation.clone()
    };
    let relations = [relation, view];
    Catalog {
        relations: relations
            .into_iter()
            .map(|relation| (relation.name.clone(), Arc::new(relation)))
            .collect(),
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
        "bistro.toml:5:1: unknown key `for`; valid here: on, to, do",
    );
    check(
        "[database]\nmagic = 1",
        "bistro.toml:2:1: unknown key `magic`; valid here: url, queries, busy_timeout, statement_timeout, readers, queue, queue_max",
    );
}

#[test]
fn a_rule_that_cannot_be_enforced_is_never_ignored() {
    let rule = "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\n";
    for (key, lost) in [
        ("where = \"id = 1\"", "a condition that closes rows"),
        ("owner = \"owner_id\"", "a condition that closes rows"),
        ("check = \"id = 1\"", "a condition that closes rows"),
        ("columns = [\"id\"]", "a list that closes columns"),
    ] {
        let name = key.split_once(' ').map_or(key, |(name, _)| name);
        check(
            &format!("{rule}{key}"),
            &format!(
                "bistro.toml:5:1: this version of Bistro does not have `{name}` yet, so it will not start: {lost} would be ignored"
            ),
        );
    }
    for audience in ["visitor", "user", "editor"] {
        check(
            &format!("[[allow]]\non = \"songs\"\nto = \"{audience}\"\ndo = [\"read\"]\n"),
            &format!(
                "bistro.toml:3:6: this version of Bistro does not have `to = \"{audience}\"` yet, so it will not start: whom the rule is for would be ignored"
            ),
        );
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
        "bistro.toml:3:6: unknown word `anyon`; did you mean `anyone`?",
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
