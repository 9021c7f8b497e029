//! Sessions and users from outside: each test is a demand on how a server remembers who asks.
//!
//! What must be so wherever sessions are kept is asked of every store: the database, sealed cookies, and a Redis that the test
//! starts itself.

mod cookie;
mod origins;
mod keys;
mod life;
mod renewal;
mod identity;
mod guessing;
mod forgery;
mod proxies;
mod forms;
mod visitors;
mod tokens;
mod browser;
mod stores;

use std::fs;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::fixture::Fixture;
use crate::http::{Request, Response};
use crate::redis::RedisServer;
use crate::server::{Server, bistro};

/// What the session's cookie is called.
const NAME: &str = "__Host-sid";

/// A password that may be chosen.
const PASSWORD: &str = "tulip horse 77 lamp";

/// Another one.
const OTHER_PASSWORD: &str = "rubber 4 violet anvil";

/// Where a server keeps its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    Database,
    Cookie,
    Redis,
}

/// What stands in a configuration besides the store.
#[derive(Clone, Copy, Debug)]
struct Setup {
    /// What makes the database; `None`: that of the specification.
    sql: Option<&'static str>,
    /// Lines of `[http]`.
    http: &'static str,
    /// Lines of `[session]`.
    session: &'static str,
    /// What comes after.
    rest: &'static str,
}

/// Clients come through a proxy that is believed, so that a test can be many of them.
const SETUP: Setup = Setup {
    sql: None,
    http: "trusted_proxies = [\"127.0.0.1\"]",
    session: "",
    rest: "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\", \"create\"]\n",
};

/// A server, and the Redis that it may need.
#[derive(Debug)]
struct House {
    server: Server,
    redis: Option<RedisServer>,
    store: Store,
    setup: Setup,
}

/// A client with a cookie, as a browser would be.
#[derive(Clone, Debug)]
struct Client<'a> {
    house: &'a House,
    /// The value of the session's cookie.
    cookie: Option<String>,
    /// What is sent with each request.
    fields: Vec<(&'static str, String)>,
}

/// Asks a server of each store at the same time.
fn everywhere(setup: Setup, check: impl Fn(&House) + Sync) {
    in_stores(
        &[Store::Database, Store::Cookie, Store::Redis],
        setup,
        check,
    );
}

/// Asks a server of each of these stores at the same time.
fn in_stores(stores: &[Store], setup: Setup, check: impl Fn(&House) + Sync) {
    let check = &check;
    thread::scope(|scope| {
        for store in stores {
            thread::Builder::new()
                .name(format!("{store:?}"))
                .spawn_scoped(scope, move || check(&House::start(*store, setup)))
                .expect("a thread can be started");
        }
    });
}

impl House {
    fn start(store: Store, setup: Setup) -> Self {
        let redis = match store {
            Store::Redis => Some(RedisServer::start()),
            Store::Database | Store::Cookie => None,
        };
        let fixture = setup
            .sql
            .map_or_else(|| Fixture::copy("fixture.sql"), Fixture::of);
        Self::over(fixture, redis, store, setup)
    }

    /// A server on a database that is there already.
    fn over(fixture: Fixture, redis: Option<RedisServer>, store: Store, setup: Setup) -> Self {
        let url = redis.as_ref().map(|redis| redis.url(""));
        write_configuration(&fixture, store, setup, url.as_deref(), "");
        Self {
            server: Server::spawn(serve(&fixture, &[]), fixture),
            redis,
            store,
            setup,
        }
    }

    /// A second process over the same database and the same Redis, which the first must outlive.
    fn twin(&self) -> Self {
        let fixture = Fixture::empty();
        let url = self.redis.as_ref().map(|redis| redis.url(""));
        let database = format!(
            "[database]\nurl = \"sqlite:{}\"\n",
            self.server.fixture().path().display()
        );
        write_configuration(&fixture, self.store, self.setup, url.as_deref(), &database);
        if self.store == Store::Cookie {
            let keys = self.server.fixture().directory().join("keys");
            fs::copy(keys, fixture.directory().join("keys")).expect("they are there");
        }
        let mut command = bistro(fixture.directory());
        command.arg("serve");
        Self {
            server: Server::spawn(command, fixture),
            redis: None,
            store: self.store,
            setup: self.setup,
        }
    }

    /// Kills the server as a power cut would, and starts it again.
    fn cut(self) -> Self {
        let (store, setup) = (self.store, self.setup);
        let fixture = self.server.cut();
        Self::over(fixture, self.redis, store, setup)
    }

    fn client(&self) -> Client<'_> {
        Client {
            house: self,
            cookie: None,
            fields: Vec::new(),
        }
    }

    /// A client of another address.
    fn client_at(&self, address: &str) -> Client<'_> {
        self.client().with("X-Forwarded-For", address)
    }

    /// Somebody who has just signed up.
    fn user(&self, email: &str) -> Client<'_> {
        let mut client = self.client();
        let answer = client.sign_up(email, PASSWORD);
        assert_eq!(answer.status, 201, "{}", answer.text());
        client
    }

    /// A visitor whose session has begun.
    fn visitor(&self) -> Client<'_> {
        let mut client = self.client();
        assert_eq!(client.remember("{\"a\":1}").status, 200);
        client
    }
}

/// Writes `bistro.toml`.
fn write_configuration(
    fixture: &Fixture,
    store: Store,
    setup: Setup,
    redis: Option<&str>,
    database: &str,
) {
    let Setup {
        sql: _,
        http,
        session,
        rest,
    } = setup;
    let store = match store {
        Store::Database => "store = \"database\"".to_owned(),
        Store::Cookie => "store = \"cookie\"\nkeys = \"keys\"".to_owned(),
        Store::Redis => format!("store = \"{}\"", redis.expect("it was started")),
    };
    let text = format!(
        "{database}[http]\nlisten = \"127.0.0.1:0\"\n{http}\n[session]\n{store}\n{session}\n{rest}"
    );
    fs::write(fixture.directory().join("bistro.toml"), text).expect("the directory is ours");
}

/// `bistro serve` as the configuration in the directory has it.
fn serve(fixture: &Fixture, arguments: &[&str]) -> Command {
    let mut command = bistro(fixture.directory());
    command.arg("serve").arg(fixture.path()).args(arguments);
    command
}

impl Client<'_> {
    /// With one more field in each request.
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    /// With another cookie.
    fn showing(&self, cookie: &str) -> Self {
        Self {
            cookie: Some(cookie.to_owned()),
            ..self.clone()
        }
    }

    /// The request as this client sends it.
    fn dressed(&self, request: &Request) -> Request {
        let mut request = request.clone();
        for (name, value) in &self.fields {
            request = request.field(name, value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.field("Cookie", &format!("{NAME}={cookie}"));
        }
        request
    }

    /// One exchange; the cookie is kept or forgotten as the answer says.
    fn send(&mut self, request: &Request) -> Response {
        let response = self.house.server.send(&self.dressed(request));
        self.take(&response);
        response
    }

    /// Keeps or forgets the cookie as an answer says.
    fn take(&mut self, response: &Response) {
        let Some(line) = set_cookie(response) else {
            return;
        };
        let value = value_of(line);
        self.cookie = (!line.contains("Max-Age=0;")).then(|| value.to_owned());
    }

    fn get(&mut self, target: &str) -> Response {
        self.send(&Request::new("GET", target))
    }

    fn delete(&mut self, target: &str) -> Response {
        self.send(&Request::new("DELETE", target))
    }

    /// Replaces what the session remembers.
    fn remember(&mut self, document: &str) -> Response {
        self.send(&Request::new("PUT", "/-/session/data").json(document))
    }

    fn sign_up(&mut self, email: &str, password: &str) -> Response {
        self.send(&Request::new("POST", "/-/users").json(&credentials(email, password)))
    }

    fn sign_in(&mut self, email: &str, password: &str) -> Response {
        self.send(&Request::new("POST", "/-/session").json(&credentials(email, password)))
    }

    /// Signs in, for it is the right password.
    fn enter(&mut self, email: &str) {
        let answer = self.sign_in(email, PASSWORD);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn set_password(&mut self, password: &str, current: Option<&str>) -> Response {
        let body = serde_json::json!({"password": password, "current": current});
        self.send(&Request::new("PATCH", "/-/users/me").json(&body.to_string()))
    }

    /// What the server takes the client for.
    fn who(&mut self) -> Value {
        let answer = self.get("/-/session");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// `anyone`, `visitor` or `user`.
    fn kind(&mut self) -> String {
        text_at(&self.who(), "/kind")
    }

    /// What the session remembers.
    fn data(&mut self) -> Value {
        self.get("/-/session/data").json()
    }

    /// The value of the cookie.
    fn key(&self) -> String {
        self.cookie.clone().expect("a session has begun")
    }
}

fn credentials(email: &str, password: &str) -> String {
    serde_json::json!({"email": email, "password": password}).to_string()
}

/// The text at a place in a document.
fn text_at(document: &Value, pointer: &str) -> String {
    document
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {document}"))
        .to_owned()
}

/// The one `Set-Cookie` of an answer.
fn set_cookie(response: &Response) -> Option<&str> {
    let mut lines = response
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .map(|(_, line)| line.as_str());
    let line = lines.next();
    assert_eq!(lines.next(), None, "a cookie is set twice");
    line
}

/// The value in a `Set-Cookie`.
fn value_of(line: &str) -> &str {
    let pair = line.split(';').next().unwrap_or_default();
    let (name, value) = pair.split_once('=').expect("a cookie has a name");
    assert_eq!(name, NAME);
    value
}
