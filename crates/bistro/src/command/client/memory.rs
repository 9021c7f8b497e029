//! What a request takes along of earlier ones, and what it leaves for later ones.

use std::path::Path;

use anyhow::Result;
use bistro_client::follow;
use bistro_client::item::Kind;
use bistro_client::jar::Jar;
use bistro_client::jar::site::Initiator;
use bistro_client::jar_file::{Access, Session, place};
use bistro_client::request::Request;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use crate::cli::client;
use crate::command::client::clock;
use crate::command::client::wanted::Typed;
use crate::command::house::say;

/// The name under which `bistro login` keeps what it was given, and under which requests look for it.
pub(super) const LOGIN: &str = "login";

/// Whose server it is that something is remembered of.
#[derive(Clone, Copy)]
pub(super) struct Server<'a> {
    /// The target.
    pub(super) url: &'a Url,
    /// The socket that it is behind.
    pub(super) socket: Option<&'a Path>,
}

/// The memory of one run.
pub(super) struct Memory {
    kept: Kept,
    /// Where the last request went, and how it came about.
    last: Option<(Url, Initiator)>,
    /// Whether to tell what becomes of cookies.
    is_verbose: bool,
}

/// How long it lasts.
enum Kept {
    /// As long as the run.
    Run(Jar),
    /// Beyond it: cookies alone. Nobody asked for more to be kept of this request.
    Login(Box<Session>),
    /// Beyond it, with all that is typed.
    Session(Box<Session>),
}

impl Memory {
    /// What is remembered for a request to this server.
    ///
    /// # Errors
    /// The session cannot be read.
    pub(super) fn open(
        arguments: &client::Memory,
        server: Server<'_>,
        is_verbose: bool,
    ) -> Result<Self> {
        let named = |name: &str, access| {
            session(name, server, access).map(|session| Some(Kept::Session(Box::new(session))))
        };
        let kept = match (&arguments.session, &arguments.session_read_only) {
            (Some(name), _) => named(name, Access::ReadWrite)?,
            (None, Some(name)) => named(name, Access::ReadOnly)?,
            (None, None) if arguments.no_session => None,
            (None, None) => login(server)?.map(|session| Kept::Login(Box::new(session))),
        };
        Ok(Self {
            kept: kept.unwrap_or_else(|| Kept::Run(Jar::default())),
            last: None,
            is_verbose,
        })
    }

    /// What is remembered in this session.
    pub(super) fn of_session(session: Session) -> Self {
        Self {
            kept: Kept::Session(Box::new(session)),
            last: None,
            is_verbose: false,
        }
    }

    /// Remembers what was typed for a request, and gives it what was typed for earlier ones. The names of fields that it has from
    /// the session, which no other server must see.
    pub(super) fn dress(&mut self, request: &mut Request, typed: &Typed) -> Vec<HeaderName> {
        let session = match &mut self.kept {
            // What is typed is for this request, and `Cookie` is not sent on to anybody else.
            Kept::Run(_) | Kept::Login(_) => return Vec::new(),
            Kept::Session(session) => session,
        };
        let fields = typed_fields(request, typed);
        // They are sent from the jar.
        request.fields.remove(COOKIE);
        for name in &request.without {
            session.forget(name);
        }
        for refused in session.remember(&fields, &request.url, clock::now()) {
            say(&format!("warning: {refused}"));
        }
        let mut private = Vec::new();
        for name in session.fields().keys() {
            private.push(name.clone());
            if fields.contains_key(name) || request.without.contains(name) {
                continue;
            }
            if *name == AUTHORIZATION && request.fields.contains_key(AUTHORIZATION) {
                continue;
            }
            request.fields.remove(name);
            for value in session.fields().get_all(name) {
                request.fields.append(name, value.clone());
            }
        }
        private
    }

    /// Writes down what is to be remembered.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn commit(&mut self) -> Result<()> {
        match &mut self.kept {
            Kept::Run(_) => {}
            Kept::Login(session) | Kept::Session(session) => session.commit(clock::now())?,
        }
        Ok(())
    }
}

impl follow::Memory for Memory {
    fn cookies(&mut self, method: &Method, url: &Url) -> Option<HeaderValue> {
        let initiator = match &self.last {
            // Once another site has had a say in where to go, it had it in all that comes after.
            Some((from, Initiator::SameSite)) => Initiator::of_redirect(from, url, method),
            Some((_, Initiator::CrossSite { .. })) => Initiator::CrossSite {
                is_safe: method.is_safe(),
            },
            None => Initiator::SameSite,
        };
        self.last = Some((url.clone(), initiator));
        self.jar().cookie_field(url, initiator, clock::now())
    }

    fn keep(&mut self, url: &Url, fields: &HeaderMap) {
        let is_verbose = self.is_verbose;
        for field in fields.get_all(header::SET_COOKIE) {
            match self.jar().receive(url, field.as_bytes(), clock::now()) {
                Err(refused) if is_verbose => say(&format!("note: {refused}")),
                Ok(_) | Err(_) => {}
            }
        }
    }
}

impl Memory {
    /// Whether there is something that a request to this target would take along.
    pub(super) fn has_cookie_for(&mut self, url: &Url) -> bool {
        let now = clock::now();
        let field = self.jar().cookie_field(url, Initiator::SameSite, now);
        field.is_some()
    }

    fn jar(&mut self) -> &mut Jar {
        match &mut self.kept {
            Kept::Run(jar) => jar,
            Kept::Login(session) | Kept::Session(session) => &mut session.jar,
        }
    }
}

/// The session of a name for a server.
///
/// # Errors
/// There is no place for it, the name is none, or what is kept cannot be read.
pub(super) fn session(name: &str, server: Server<'_>, access: Access) -> Result<Session> {
    let file = place::file(&place::directory()?, name, server.url, server.socket)?;
    Ok(Session::open(file, access)?)
}

/// What `bistro login` has kept for a server, if it has. Where there is no place for it, it has not.
fn login(server: Server<'_>) -> Result<Option<Session>> {
    let Ok(directory) = place::directory() else {
        return Ok(None);
    };
    let file = place::file(&directory, LOGIN, server.url, server.socket)?;
    if !file.exists() {
        return Ok(None);
    }
    Ok(Some(Session::open(file, Access::ReadWrite)?))
}

/// The fields that somebody typed, and who asks if that was typed.
fn typed_fields(request: &Request, typed: &Typed) -> HeaderMap {
    let mut fields = HeaderMap::new();
    let names = typed.items.iter().filter(|item| {
        matches!(
            item.kind,
            Kind::Field | Kind::FieldFromFile | Kind::EmptyField
        )
    });
    let names = names.filter_map(|item| HeaderName::from_bytes(item.name.as_bytes()).ok());
    for name in names.chain(typed.says_who.then_some(AUTHORIZATION)) {
        if !fields.contains_key(&name) {
            for value in request.fields.get_all(&name) {
                fields.append(name.clone(), value.clone());
            }
        }
    }
    fields
}
