//! Variables of the environment go before the file.

use crate::config::tests::{complaint_of, read_at, songs};

#[track_caller]
fn check(text: &str, variables: &[(&str, &str)], expected: &str) {
    assert_eq!(complaint_of(text, variables), expected, "{variables:?}");
}

#[test]
fn a_variable_sets_what_its_key_would_whatever_its_type() {
    let variables = [
        ("BISTRO_DATABASE_URL", "sqlite:other.db"),
        ("BISTRO_DATABASE_READERS", "3"),
        ("BISTRO_HTTP_LISTEN", "127.0.0.1:81"),
        ("BISTRO_HTTP_TRACE", "true"),
        ("BISTRO_HTTP_KEEP_ALIVE", "off"),
        ("BISTRO_HTTP_HOSTS", "[\"shop.example\", \"b.example\"]"),
        ("BISTRO_HTTP_BODY_MAX", "1MiB"),
        ("BISTRO_LIMITS_DEPTH", "3"),
        ("BISTRO_USERS_SIGN_UP", "false"),
        ("BISTRO_JWT_AUDIENCE", "12"),
        ("BISTRO_JWT_SECRET", "12345678901234567890123456789012"),
        ("PATH", "/bin"),
        ("BISTROS", "many"),
    ];
    let text = "[database]\nurl = \"sqlite:shop.db\"\nqueue = 7\n[http]\nlisten = \"127.0.0.1:80\"\nhosts = []";
    let configuration = read_at("there/bistro.toml", text, &variables).unwrap();
    let database = configuration.database(None).unwrap().unwrap();
    assert_eq!(database.path.to_str(), Some("there/other.db"));
    assert_eq!((database.readers, database.queue), (3, 7));
    let server = configuration.server(&songs()).unwrap();
    assert_eq!(server.listen.port(), 81);
    assert_eq!((server.trace, server.keep_alive), (true, None));
    assert_eq!(server.hosts, ["shop.example", "b.example"]);
    assert_eq!(server.bounds.body_bytes, 1 << 20);
    assert_eq!(server.policy.limits.depth, 3);
    assert!(!server.users.sign_up);
    assert_eq!(server.jwt.unwrap().audience, ["12"]);
}

#[test]
fn a_variable_that_does_not_fit_is_named_with_what_would() {
    let listen = "the environment variable BISTRO_HTTP_LISTEN: `everywhere` is not an address and a port, such as `127.0.0.1:8080`, `[::1]:8080` or `0.0.0.0:80`";
    for text in [
        "",
        "[http]\nlisten = \"127.0.0.1:80\"",
        "[database]\nqueue = 1",
    ] {
        check(text, &[("BISTRO_HTTP_LISTEN", "everywhere")], listen);
    }
    for (name, value, complaint) in [
        (
            "BISTRO_HTTP_BODY_MAX",
            "8",
            "`8` is not a size such as \"8MiB\" (units: B, KiB, MiB, GiB, kB, MB, GB)",
        ),
        (
            "BISTRO_LIMITS_DEPTH",
            "33",
            "`33` is too many; the most is 32",
        ),
        (
            "BISTRO_LIMITS_DEPTH",
            "deep",
            "invalid type: string \"deep\", expected a number from 1 to 32",
        ),
        (
            "BISTRO_HTTP_TRACE",
            "1",
            "invalid type: integer `1`, expected a boolean",
        ),
        (
            "BISTRO_DATABASE_URL",
            "shop.db",
            "`shop.db` is not the URL of a SQLite file, such as \"sqlite:shop.db\"",
        ),
        (
            "BISTRO_SESSION_STORE",
            "databse",
            "unknown word `databse`; did you mean `database`?",
        ),
        (
            "BISTRO_HTTP_STATIC",
            "nowhere",
            "there is no folder `nowhere`",
        ),
        (
            "BISTRO_JWT_AUDIENCE",
            "shop",
            "tokens are checked with one of `secret`, `pem` and `jwks`",
        ),
    ] {
        let expected = format!("the environment variable {name}: {complaint}");
        check("", &[(name, value)], &expected);
    }
}

#[test]
fn a_variable_that_does_not_exist_is_refused_with_the_nearest() {
    for (name, complaint) in [
        (
            "BISTRO_HTTP_LISSTEN",
            "unknown variable `BISTRO_HTTP_LISSTEN`; did you mean `BISTRO_HTTP_LISTEN`?",
        ),
        (
            "BISTRO_HTPP_LISTEN",
            "unknown variable `BISTRO_HTPP_LISTEN`; did you mean `BISTRO_HTTP_LISTEN`?",
        ),
        (
            "BISTRO_HTTP_HTPP",
            "unknown variable `BISTRO_HTTP_HTPP`; valid here: BISTRO_HTTP_LISTEN, ",
        ),
        (
            "BISTRO_USERS_X",
            "unknown variable `BISTRO_USERS_X`; valid here: BISTRO_USERS_SIGN_UP, BISTRO_USERS_PASSWORD_MIN, BISTRO_USERS_ROLES",
        ),
        (
            "BISTRO_LISTEN",
            "no setting has this name; it is BISTRO_, a section and a key, such as BISTRO_HTTP_LISTEN",
        ),
        (
            "BISTRO_http_listen",
            "no setting has this name; it is BISTRO_, a section and a key, such as BISTRO_HTTP_LISTEN",
        ),
        ("BISTRO_ALLOW_SONGS", "`allow` only stands in the file"),
        ("BISTRO_ADOPT_SONGS", "`adopt` only stands in the file"),
    ] {
        let found = complaint_of(
            "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]",
            &[(name, "x")],
        );
        let expected = format!("the environment variable {name}: {complaint}");
        assert!(found.starts_with(&expected), "{found}\n{expected}");
    }
}

#[test]
fn mistakes_in_the_file_keep_their_place_beside_variables() {
    let variables = [("BISTRO_HTTP_LISTEN", "127.0.0.1:81")];
    check(
        "[http]\nlissten = 1",
        &variables,
        "bistro.toml:2:1: unknown key `lissten`; did you mean `listen`?",
    );
    check(
        "[http",
        &variables,
        "bistro.toml:1:6: unclosed table, expected `]`",
    );
    check(
        "http = 1",
        &variables,
        "bistro.toml:1:8: invalid type: integer `1`, expected struct Http",
    );
}
