//! The top of a page, and the page of a session: who you are, and what you can do about it.

use crate::Footer;
use crate::page::tests::document::{self, Element};
use crate::page::tests::places::{context, page, shop};
use crate::page::{self, Entry, Fault, SessionLine, SessionPage, Viewer};

fn read(session: &SessionPage) -> Vec<Element> {
    document::read(&String::from_utf8(page::session(session)).expect("pages are UTF-8"))
}

/// Where forms are sent, and what with.
fn forms(elements: &[Element]) -> Vec<String> {
    let mut forms = Vec::new();
    for element in elements {
        let attribute = |name| element.attribute(name).unwrap_or_default();
        match (element.name.as_str(), attribute("name")) {
            ("form", _) => forms.push(format!("{} {}", attribute("method"), attribute("action"))),
            ("input" | "button", name) if !name.is_empty() => {
                let form = forms.last_mut().expect("fields are in forms");
                form.extend([" ", name, "=", attribute("value")]);
            }
            _ => {}
        }
    }
    forms
}

fn line(id: &str, is_current: bool) -> SessionLine {
    SessionLine {
        id: id.to_owned(),
        is_current,
        seen: "today".to_owned(),
        created: "yesterday".to_owned(),
        agent: None,
        address: None,
    }
}

#[test]
fn the_top_says_who_looks_where_that_matters() {
    let shop = shop();
    for (viewer, expected) in [
        (Viewer::Untold, None),
        (Viewer::Stranger, Some("Sign in")),
        (
            Viewer::User("ada@example.com".to_owned()),
            Some("ada@example.com"),
        ),
    ] {
        let mut context = context(&shop, "songs", "/songs", "");
        context.viewer = viewer;
        let elements = page(context, &[], &Footer::default());
        let link = elements
            .iter()
            .find(|element| element.attribute("href") == Some("/-/session"));
        assert_eq!(link.map(|link| link.text.as_str()), expected);
    }
}

#[test]
fn a_stranger_can_sign_in_and_up() {
    let page = SessionPage {
        viewer: Viewer::Stranger,
        entry: Entry::SignUp,
        typed: "ada@example.com".to_owned(),
        ..SessionPage::default()
    };
    assert_eq!(
        forms(&read(&page)),
        [
            "post /-/session next=/-/session email=ada@example.com password=",
            "post /-/users next=/-/session email=ada@example.com password=",
        ]
    );
    let closed = SessionPage {
        entry: Entry::SignIn,
        ..page
    };
    assert_eq!(forms(&read(&closed)).len(), 1);
    let fixed = SessionPage {
        entry: Entry::Closed,
        ..closed
    };
    assert!(forms(&read(&fixed)).is_empty());
}

#[test]
fn a_user_can_sign_out_end_sessions_and_change_the_password() {
    let page = SessionPage {
        viewer: Viewer::User("ada@example.com".to_owned()),
        has_session: true,
        has_signed_in: true,
        sessions: vec![line("here", true), line("there", false)],
        ..SessionPage::default()
    };
    assert_eq!(
        forms(&read(&page)),
        [
            "post /-/session action=end",
            "post /-/session session=there action=end_one",
            "post /-/session action=end_others",
            "post /-/session action=password current= password=",
        ]
    );
    // A token's bearer is a user, too, and has no session to do anything with.
    let bearer = SessionPage {
        has_signed_in: false,
        ..page
    };
    assert!(forms(&read(&bearer)).is_empty());
}

#[test]
fn what_went_wrong_stands_on_the_page() {
    let page = SessionPage {
        viewer: Viewer::Stranger,
        fault: Some(Fault {
            message: "Address and password do not belong together".to_owned(),
            hint: None,
        }),
        ..SessionPage::default()
    };
    let elements = read(&page);
    let alert = elements
        .iter()
        .find(|element| element.attribute("role") == Some("alert"));
    assert_eq!(
        alert.expect("it is said").text,
        "Address and password do not belong together"
    );
}
