//! The session, for people: who you are, signing in, up and out, your sessions on all devices, another password.
//!
//! Forms can only `POST`, so what a program does with `DELETE` and `PATCH` is posted to `/-/session` with an `action`.

use maud::{Markup, html};

use crate::page::layout::{self, Step};
use crate::page::message::message;
use crate::page::viewer::{SESSION, Viewer};

/// Where somebody signs up.
const USERS: &str = "/-/users";

/// What the page of a session shows.
#[derive(Clone, Debug, Default)]
pub struct SessionPage {
    /// Who looks at it.
    pub viewer: Viewer,
    /// How a stranger can enter.
    pub entry: Entry,
    /// The roles of a user.
    pub roles: Vec<String>,
    /// Whether there is a session; a stranger has none until there is something to remember.
    pub has_session: bool,
    /// Whether who is here has signed in, and not just shown a token.
    pub has_signed_in: bool,
    /// The user's sessions, this one among them.
    pub sessions: Vec<SessionLine>,
    /// What the session remembers, as JSON; empty if that is nothing.
    pub data: String,
    /// Characters of a password, at least.
    pub password_min: usize,
    /// The address that was just typed in, so that nobody has to do it again.
    pub typed: String,
    /// What went wrong.
    pub fault: Option<Fault>,
}

/// How a stranger can enter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// Not at all: nothing can be changed here, so there are no sessions.
    Closed,
    /// By signing in; users are made by the operator.
    #[default]
    SignIn,
    /// By signing in or up.
    SignUp,
}

/// One session of a user.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// Its name; nothing can be opened with it.
    pub id: String,
    /// Whether it is the one in which the page is looked at.
    pub is_current: bool,
    /// When it was used last, in words.
    pub seen: String,
    /// When it began, in words.
    pub created: String,
    /// The program that is used, as it calls itself.
    pub agent: Option<String>,
    /// From where.
    pub address: Option<String>,
}

/// What went wrong with what was posted.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// The page at `/-/session`.
pub fn session(page: &SessionPage) -> Vec<u8> {
    let mut out = Vec::new();
    let steps = [Step {
        label: "session",
        href: None,
    }];
    layout::start("Session", &html! {}, &steps, &page.viewer, &mut out);
    let body = html! {
        h1 { "Session" }
        @if let Some(fault) = &page.fault {
            div.fault role="alert" {
                p { strong { (message(&fault.message)) } }
                @if let Some(hint) = &fault.hint { p { (message(hint)) } }
            }
        }
        @match &page.viewer {
            Viewer::User(name) => (user(page, name)),
            Viewer::Untold | Viewer::Stranger => (stranger(page)),
        }
        @if !page.data.is_empty() {
            details.panel {
                summary { "What this session remembers" }
                p { "The document at " a href="/-/session/data" { "/-/session/data" } ":" }
                pre.data { code { (page.data) } }
            }
        }
    };
    out.extend_from_slice(body.0.as_bytes());
    out.extend_from_slice(layout::END);
    out
}

fn stranger(page: &SessionPage) -> Markup {
    if page.entry == Entry::Closed {
        return html! { p.about { "Nothing can be changed here, so nobody can sign in." } };
    }
    html! {
        p.about {
            @if page.has_session {
                "You have not signed in. What you have left here so far is kept, and becomes yours when you sign in or up."
            } @else {
                "You have not signed in."
            }
        }
        div.cards {
            form.card method="post" action=(SESSION) {
                h2 { "Sign in" }
                input type="hidden" name="next" value=(SESSION);
                (email("in", &page.typed))
                (password("in", "password", "Password", "current-password", None))
                button.main { "Sign in" }
            }
            @if page.entry == Entry::SignUp {
                form.card method="post" action=(USERS) {
                    h2 { "Sign up" }
                    input type="hidden" name="next" value=(SESSION);
                    (email("up", &page.typed))
                    (chosen("up", "password", page.password_min))
                    button.main { "Sign up" }
                }
            }
        }
    }
}

fn user(page: &SessionPage, name: &str) -> Markup {
    html! {
        p.about {
            "You are " strong { (name) }
            @if !page.roles.is_empty() { ", " (page.roles.join(", ")) }
            "."
        }
        @if page.has_signed_in {
            form.line method="post" action=(SESSION) {
                button.main name="action" value="end" { "Sign out" }
            }
            (sessions(&page.sessions))
            form.card method="post" action=(SESSION) {
                h2 { "Another password" }
                input type="hidden" name="action" value="password";
                // So that a password manager knows whose password changes.
                input type="hidden" value=(name) autocomplete="username";
                (password("change", "current", "The password you have now", "current-password", None))
                (chosen("change", "password", page.password_min))
                button.main { "Change the password" }
                p.quiet { "Your other sessions end with it." }
            }
        }
    }
}

fn sessions(lines: &[SessionLine]) -> Markup {
    html! {
        h2.part { "Your sessions" }
        div.scroll tabindex="0" role="region" aria-label="Your sessions" {
            table {
                caption { "Your sessions" }
                thead {
                    tr {
                        th scope="col" { "Used last" }
                        th scope="col" { "Begun" }
                        th scope="col" { "From" }
                        th scope="col" { "With" }
                        th scope="col" { span.hidden { "End" } }
                    }
                }
                tbody { @for line in lines { (row(line)) } }
            }
        }
        @if lines.len() > 1 {
            form.line method="post" action=(SESSION) {
                button name="action" value="end_others" { "End all others" }
            }
        }
    }
}

fn row(line: &SessionLine) -> Markup {
    html! {
        tr {
            td.temporal { (line.seen) @if line.is_current { " " span.badge { "this one" } } }
            td.temporal { (line.created) }
            td { (line.address.as_deref().unwrap_or_default()) }
            td { (line.agent.as_deref().unwrap_or_default()) }
            td {
                @if !line.is_current {
                    form method="post" action=(SESSION) {
                        input type="hidden" name="session" value=(line.id);
                        button name="action" value="end_one" aria-label={ "End the session of " (line.seen) } { "End" }
                    }
                }
            }
        }
    }
}

fn email(form: &str, typed: &str) -> Markup {
    html! {
        label for={ (form) "-email" } { "E-mail" }
        input id={ (form) "-email" } name="email" type="email" required autocomplete="username" value=(typed);
    }
}

/// A password that is chosen now.
fn chosen(form: &str, name: &str, min: usize) -> Markup {
    let label = format!("New password, {min} characters at least");
    password(form, name, &label, "new-password", Some(min))
}

fn password(form: &str, name: &str, label: &str, complete: &str, min: Option<usize>) -> Markup {
    html! {
        label for={ (form) "-" (name) } { (label) }
        input id={ (form) "-" (name) } name=(name) type="password" required autocomplete=(complete) minlength=[min];
    }
}
