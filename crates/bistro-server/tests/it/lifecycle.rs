//! Starting and stopping.

use std::net::SocketAddr;

use bistro_server::{ServeError, Server};

use crate::client::Client;
use crate::server::{Running, database, settings};

#[test]
fn a_second_server_on_the_same_port_is_refused() {
    let running = Running::start(|_| {});
    let (database, _directory) = database();
    let mut settings = settings();
    settings.listen = running.address;
    let refused = Server::bind(settings, database);
    assert!(
        matches!(&refused, Err(ServeError::AddressInUse(address)) if *address == running.address),
        "{refused:?}"
    );
}

#[test]
fn development_mode_stays_on_this_machine() {
    let (database, _directory) = database();
    let mut settings = settings();
    settings.listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Server::bind(settings, database);
    assert!(
        matches!(refused, Err(ServeError::Exposed(_))),
        "{refused:?}"
    );
}

#[test]
fn stopping_closes_idle_connections_at_once() {
    let server = Running::start(|_| {});
    let mut silent = Client::connect(server.address);
    let mut idle = Client::connect(server.address);
    idle.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(idle.receive("OPTIONS").status, 204);
    server.stop();
    assert_eq!(idle.read_to_end(), b"");
    assert_eq!(silent.read_to_end(), b"");
}

#[test]
fn a_request_on_its_way_while_the_server_stops_is_answered_and_told_that_it_is_the_last() {
    let server = Running::start(|_| {});
    let address = server.address;
    let mut client = Client::connect(address);
    let request = "GET /notes HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(client.send(request).receive("GET").status, 200);
    let stopping = std::thread::spawn(move || server.stop());
    loop {
        let response = client.send(request).receive("GET");
        assert_eq!(response.status, 200);
        if response.field("connection") == Some("close") {
            break;
        }
    }
    assert_eq!(client.read_to_end(), b"");
    stopping.join().expect("the server stops");
}

#[test]
fn stopping_finishes_the_request_under_way() {
    let server = Running::start(|_| {});
    let address = server.address;
    let mut client = Client::connect(address);
    client.send(
        "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    );
    // The interim response says that the request is under way.
    client.wait_for("100 Continue");
    let stopping = std::thread::spawn(move || server.stop());
    Running::wait_until_refused(address);
    client.send("{}");
    assert_ne!(client.receive("POST").status, 0);
    assert_eq!(client.read_to_end(), b"");
    stopping.join().expect("the server stops");
}

#[test]
fn replaced_settings_hold_for_requests_that_begin_after_them() {
    let server = Running::start(|_| {});
    let mut client = Client::connect(server.address);
    let head = "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
        Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    client.send(head);
    // The interim response says that the request is under way.
    client.wait_for("100 Continue");
    let mut read_only = settings();
    read_only.policy.is_read_only = true;
    server.control.replace(read_only, Vec::new());
    client.send("{}");
    assert_eq!(client.receive("POST").status, 201);
    client.send(head);
    assert_eq!(client.receive("POST").status, 405);
}

#[test]
fn a_name_that_was_ours_before_is_not_ours_any_more() {
    let server = Running::start(|settings| settings.hosts = vec!["old.test".to_owned()]);
    let mut client = Client::connect(server.address);
    let mut ask = |host: &str| {
        client.send(format!("GET /notes HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        client.receive("GET").status
    };
    assert_eq!(ask("old.test"), 200);
    let mut renamed = settings();
    renamed.hosts = vec!["new.test".to_owned()];
    server.control.replace(renamed, Vec::new());
    assert_eq!(ask("old.test"), 421);
    assert_eq!(ask("new.test"), 200);
}
