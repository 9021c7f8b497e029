//! Collections that come in pages.

use bistro_client::error::Error;
use bistro_client::exchange::Client;
use bistro_client::follow::{Forgetful, Unobserved, Way};
use bistro_client::pages::Pages;
use bistro_client::request::Request;

use crate::follow::rules;
use crate::server::{Server, body, reply, request, serve, settings, with};

/// The bodies of all pages, and how it ended.
async fn pages(request: Request) -> (Vec<String>, Option<Error>) {
    let (mut client, rules) = (Client::new(settings()), rules());
    let way = Way {
        client: &mut client,
        rules: &rules,
        memory: &mut Forgetful,
        observer: &mut Unobserved,
    };
    let mut pages = Pages::new(way, request);
    let mut bodies = Vec::new();
    loop {
        match pages.next().await {
            Ok(Some(mut page)) => bodies.push(body(&mut page).await.unwrap()),
            Ok(None) => return (bodies, None),
            Err(error) => return (bodies, Some(error)),
        }
    }
}

/// Answers by the target.
async fn answering(answers: &'static [(&'static str, &'static str, &'static str)]) -> Server {
    serve(move |head| {
        let target = head.split(' ').nth(1).unwrap();
        match answers.iter().find(|(path, _, _)| *path == target) {
            Some((_, fields, text)) => reply("200 OK", fields, text),
            None => reply("404 Not Found", "", "none"),
        }
    })
    .await
}

#[tokio::test]
async fn links_are_followed_to_the_end_on_one_connection() {
    let server = answering(&[
        ("/a", "Link: </b>; rel=\"next\"\r\n", "[1]"),
        (
            "/b",
            "Link: </a>; rel=\"prev\", <c?x>; rel=\"next\"\r\nContent-Range: 1-1/9\r\n",
            "[2]",
        ),
        ("/c?x", "Content-Range: 2-2/9\r\n", "[3]"),
    ])
    .await;
    let (bodies, error) = pages(request("GET", &server.url("/a"))).await;
    assert!(error.is_none());
    assert_eq!(bodies, ["[1]", "[2]", "[3]"]);
}

#[tokio::test]
async fn a_page_that_repeats_is_the_last() {
    let server = answering(&[
        ("/a", "Link: </b>; rel=next\r\n", "1"),
        ("/b", "Link: </a>; rel=next\r\n", "2"),
    ])
    .await;
    assert_eq!(pages(request("GET", &server.url("/a"))).await.0, ["1", "2"]);
    assert_eq!(pages(request("POST", &server.url("/a"))).await.0, ["1"]);
}

#[tokio::test]
async fn the_next_page_of_another_server_is_not_asked_for() {
    let server = answering(&[("/a", "Link: <http://other.test/b>; rel=next\r\n", "1")]).await;
    let (_, error) = pages(with(
        request("GET", &server.url("/a")),
        &[("authorization", "x")],
        None,
    ))
    .await;
    assert!(
        matches!(error, Some(Error::ForeignPage { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn rows_are_counted_where_there_are_no_links() {
    let server = answering(&[
        ("/a", "Content-Range: 0-1/5\r\n", "[1,2]"),
        ("/a?offset=2", "Content-Range: 2-3/5\r\n", "[3,4]"),
        ("/a?offset=4", "Content-Range: 4-4/5\r\n", "[5]"),
        ("/b", "Content-Range: 0-1/*\r\n", "[1,2]"),
        ("/b?offset=2", "Content-Range: */*\r\n", "[]"),
        ("/c", "Content-Range: */0\r\n", "[]"),
    ])
    .await;
    assert_eq!(
        pages(request("GET", &server.url("/a"))).await.0,
        ["[1,2]", "[3,4]", "[5]"]
    );
    assert_eq!(pages(request("GET", &server.url("/b"))).await.0, ["[1,2]"]);
    assert_eq!(pages(request("GET", &server.url("/c"))).await.0, ["[]"]);
}
