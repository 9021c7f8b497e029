//! Who asks, and what is open to him, changes as well: sessions begin and end, users get other roles, rules are read again.

use std::fs;

use crate::fixture::Fixture;
use crate::http::{Connection, Request, Response};
use crate::random::Random;
use crate::remembered::{answers, outside, padding, receive, seed, told};
use crate::server::{Server, bistro, until};

/// Rounds until the rules are read again.
const ROUNDS: u64 = 25;

const SCHEMA: &str = "PRAGMA journal_mode = wal;
    CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, price INTEGER NOT NULL);
    CREATE TABLE notes (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, song_id INTEGER REFERENCES songs (id), text TEXT);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, author TEXT, title TEXT NOT NULL, is_public INTEGER NOT NULL);
    INSERT INTO songs VALUES (1, 'One', 10), (2, 'Two', 20), (3, 'Three', 30);
    INSERT INTO posts VALUES (1, NULL, 'Hello', 1), (2, NULL, 'Draft', 0);";

const COMMON: &str = "
    [http]
    listen = \"127.0.0.1:0\"
    threads = 3
    [users]
    roles = [\"editor\"]
    [[allow]]
    on = \"notes\"
    to = \"visitor\"
    do = [\"read\", \"create\", \"update\", \"delete\"]
    owner = \"owner\"
    [[allow]]
    on = \"posts\"
    to = \"user\"
    do = [\"read\", \"create\", \"update\"]
    where = \"author = :user\"
    [[allow]]
    on = \"posts\"
    to = \"editor\"
    do = [\"read\"]
";

/// Rules that take turns.
const RULES: [&str; 3] = [
    "
    [[allow]]
    on = \"songs\"
    to = \"anyone\"
    do = [\"read\"]
    [[allow]]
    on = \"posts\"
    to = \"anyone\"
    do = [\"read\"]
    where = \"is_public = 1\"
    ",
    "
    [[allow]]
    on = \"songs\"
    to = \"anyone\"
    do = [\"read\"]
    columns = [\"id\", \"title\"]
    [[allow]]
    on = \"songs\"
    to = \"editor\"
    do = [\"read\"]
    ",
    "
    [[allow]]
    on = \"songs\"
    to = \"visitor\"
    do = [\"read\"]
    [[allow]]
    on = \"posts\"
    to = \"anyone\"
    do = [\"read\"]
    where = \"is_public = 1 AND id < (SELECT max(id) FROM posts)\"
    ",
];

const TARGETS: [&str; 10] = [
    "/songs",
    "/songs/2",
    "/songs?select=id,notes(text)&order=id",
    "/notes",
    "/notes?select=text,songs(title)&order=id",
    "/posts",
    "/posts/2",
    "/posts?select=count()",
    "/",
    "/-/session",
];

/// A server whose memory is so large, over its own file or another's.
fn server(cache: &str, other: Option<&Server>) -> Server {
    let fixture = match other {
        None => Fixture::of(SCHEMA),
        Some(_) => Fixture::empty(),
    };
    write(&fixture, cache, 0);
    let mut command = bistro(fixture.directory());
    command.arg("serve");
    match other {
        None => command.arg(fixture.path()),
        Some(other) => command.arg(other.fixture().path()),
    };
    Server::spawn(command, fixture)
}

fn write(fixture: &Fixture, cache: &str, rules: usize) {
    let text = COMMON.replace(
        "threads = 3",
        &format!("threads = 3\n    cache = \"{cache}\""),
    );
    let path = fixture.directory().join("bistro.toml");
    fs::write(path, format!("{text}{}", RULES[rules])).expect("the directory is ours");
}

/// Whoever asks: nobody, a visitor, or a user, each by his cookie.
struct Caller {
    cookie: Option<String>,
    email: Option<String>,
}

impl Caller {
    fn ask(&self, request: Request) -> Request {
        match &self.cookie {
            None => request,
            Some(cookie) => request.field("Cookie", cookie),
        }
    }

    /// Keeps the cookie that an answer sets, as a browser does.
    fn learn(&mut self, answer: &Response) {
        if let Some(cookie) = answer.field("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
    }
}

struct Change<'a> {
    servers: [&'a Server; 2],
    callers: Vec<Caller>,
    random: Random,
    rules: usize,
    last: String,
}

impl Change<'_> {
    /// Something happens that answers may depend on.
    fn happen(&mut self) {
        let place = usize::try_from(self.random.below(self.callers.len() as u64)).expect("few");
        let number = self.random.below(4);
        let request = match self.random.below(12) {
            0..3 => Request::new("POST", "/notes").json(&format!(
                "{{\"song_id\": {}, \"text\": \"{}\"}}",
                number.max(1),
                self.random.below(100)
            )),
            3 => Request::new("DELETE", &format!("/notes?song_id=eq.{number}")),
            4 => Request::new("PATCH", "/-/session/data").json(&format!("{{\"n\": {number}}}")),
            5 => Request::new("DELETE", "/-/session"),
            6 => match &self.callers[place].email {
                None => Request::new("PUT", "/-/session/data").json("{}"),
                Some(email) => Request::new("POST", "/-/session").json(&format!(
                    "{{\"email\": \"{email}\", \"password\": \"correct horse battery\"}}"
                )),
            },
            7..9 => {
                // The server that did not do it has to notice.
                let roles = self.random.pick(&["", "editor"]);
                // Whether or not it ends his sessions.
                let ends = u8::from(self.random.once_in(4));
                return self.run(&format!(
                    "UPDATE bistro_users SET roles = '{roles}', generation = generation + {ends} WHERE email LIKE '{number}%'"
                ));
            }
            9 => {
                return self.run(&format!(
                    "UPDATE posts SET is_public = 1 - is_public WHERE id = {number};
                     INSERT INTO posts SELECT NULL, id, 'His', 0 FROM bistro_users WHERE email LIKE '{number}%'"
                ));
            }
            10 => {
                return self.run(&format!(
                    "UPDATE songs SET price = price + 1 WHERE id = {number}"
                ));
            }
            _ => {
                return self.run(&format!(
                    "DELETE FROM bistro_sessions WHERE rowid % 7 = {number}"
                ));
            }
        };
        let server = self.servers[usize::from(self.random.once_in(3))];
        let answer = server.send(&self.callers[place].ask(request.clone()));
        assert!(answer.status < 500, "{request:?}: {}", answer.text());
        self.callers[place].learn(&answer);
        self.last = format!("{request:?} by {place}: {}", answer.status);
    }

    /// Another process does something.
    fn run(&mut self, sql: &str) {
        let outside = outside(self.servers[0].fixture());
        outside.execute_batch(sql).expect("the SQL is right");
        sql.clone_into(&mut self.last);
    }

    /// Both servers read other rules.
    fn rule(&mut self) {
        self.rules = (self.rules + 1) % RULES.len();
        for (server, cache) in self.servers.into_iter().zip(["1MiB", "off"]) {
            write(server.fixture(), cache, self.rules);
            let before = server.said("holds from now on");
            server.signal("HUP");
            until("the rules hold", || {
                server.said("holds from now on") > before
            });
        }
        self.last = format!("rules {}", self.rules);
    }
}

/// Nobody is given what another was told, nor what he himself was told when other rules held, or when he was somebody else.
#[test]
fn nobody_is_told_what_another_was_told() {
    let remembering = server("1MiB", None);
    let forgetful = server("off", Some(&remembering));
    let mut change = Change {
        servers: [&remembering, &forgetful],
        callers: Vec::new(),
        random: Random::new(seed()),
        rules: 0,
        last: String::new(),
    };
    for number in 0..6_u32 {
        let mut caller = Caller {
            cookie: None,
            email: (1..4)
                .contains(&number)
                .then(|| format!("{number}@example.org")),
        };
        if let Some(email) = &caller.email {
            let answer = remembering.send(&Request::new("POST", "/-/users").json(&format!(
                "{{\"email\": \"{email}\", \"password\": \"correct horse battery\"}}"
            )));
            assert_eq!(answer.status, 201, "{}", answer.text());
            caller.learn(&answer);
        }
        change.callers.push(caller);
    }
    let mut connections: Vec<Connection> = (0..4).map(|_| remembering.connect()).collect();
    let mut fresh = forgetful.connect();
    let (mut compared, mut rounds, mut private) = (0, 0_u64, 0_u64);
    while compared < answers() / 3 {
        rounds += 1;
        if rounds.is_multiple_of(ROUNDS) {
            change.rule();
        }
        let target = change.random.pick(&TARGETS);
        for caller in &change.callers {
            let request =
                caller.ask(Request::new("GET", target).field("Accept", "application/json"));
            let expected = fresh.send(&request.clone().field("Prefer", &padding()));
            for connection in &mut connections {
                connection.ask(&request).expect("sent");
                let answer = receive(connection, &request);
                assert_eq!(
                    told(&answer),
                    told(&expected),
                    "seed {}, answer {compared}, after {}: {request:?}",
                    seed(),
                    change.last
                );
                compared += 1;
            }
            assert!(expected.status < 500, "{request:?}: {}", expected.text());
            let is_private = expected
                .field("cache-control")
                .is_some_and(|cache| cache.starts_with("private") || cache == "no-store");
            private += u64::from(is_private && expected.status == 200);
        }
        change.happen();
    }
    assert!(private > rounds, "{private} answers were for one caller");
}
