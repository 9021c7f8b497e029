//! One request's way through the guard, and its answer.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bistro_http::allow;
use bistro_http::forwarded::Forwarded;
use bistro_http::method::Method;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode, Version};

use crate::body::Body;
use crate::exchange::{Exchange, Head};
use crate::guard::host;
use crate::guard::{Admitted, House, Target};
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::respond::Answer;
use crate::session::clock;
use crate::settings::Settings;
use crate::standard::Asker;
use crate::standard::cors;
use crate::state::State;
use crate::wire::buffers::Buffers;
use crate::wire::handed::Handed;
use crate::wire::plain::Plain;
use crate::wire::progress::Progress;
use crate::{dispatch, fields, standard};

/// What the connections of a core share.
#[derive(Debug)]
pub(crate) struct Core {
    /// Replaced whole. Each core has one of its own, so that nobody waits for it, nor for its counter.
    current: Mutex<Arc<Current>>,
    /// What the requests of this core share.
    local: Local,
    /// What its connections read into and write from.
    buffers: Mutex<Buffers>,
    /// The address listened on.
    listening: SocketAddr,
}

/// What a request sees from its beginning to its end.
#[derive(Debug)]
struct Current {
    /// What it is answered from.
    state: State,
    /// The name that was last used for this server under these settings.
    last_host: host::Last,
}

impl Core {
    /// A core whose requests are answered from `state`.
    pub(crate) fn new(state: State, local: Local, listening: SocketAddr) -> Self {
        Self {
            current: Mutex::new(Current::of(state)),
            local,
            buffers: Mutex::default(),
            listening,
        }
    }

    /// Answers requests that begin from now on from another state.
    pub(crate) fn replace(&self, state: State) {
        *self.lock() = Current::of(state);
    }

    /// Looks after what its reads share. It never ends by itself.
    pub(crate) async fn tend_reads(&self) -> Infallible {
        self.local.lane.tend().await
    }

    /// Lets its changes in, turn by turn. It never ends by itself.
    pub(crate) async fn tend_changes(&self) -> Infallible {
        self.local.turnstile.tend().await
    }

    /// How long requests under way have when the server stops.
    pub(crate) fn drain_time(&self) -> Duration {
        self.settings().bounds.drain_time
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.lock())
    }

    /// How connections are served from now on.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.lock().state.settings)
    }

    /// What its connections read into and write from. Only the core's own thread locks it, for as long as it waits for nothing.
    pub(crate) fn buffers(&self) -> MutexGuard<'_, Buffers> {
        // Nothing in there is relied on.
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Current>> {
        // Nothing of ours panics while it is held.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn of(state: State) -> Arc<Self> {
        Arc::new(Self {
            state,
            last_host: host::Last::default(),
        })
    }

    /// What guards a request of which proxies say this.
    fn house<'a>(&'a self, core: &Core, forwarded: Option<&'a Forwarded>) -> House<'a> {
        House {
            settings: &self.state.settings,
            listening: core.listening,
            last_host: &self.last_host,
            forwarded,
        }
    }
}

/// The answer to a plain request, if it was decided before, and nobody has to be waited for. `None`: it is to be read anew, and
/// [`answer`] has the say.
pub(crate) fn at_once(core: &Core, peer: IpAddr, request: &Plain<'_>, came: i64) -> Option<Answer> {
    let current = core.current();
    let state = &current.state;
    let settings = &*state.settings;
    let forwarded = dispatch::forwarded(&state.sessions.proxies, peer, &request.headers);
    let is_secure = forwarded.as_ref().is_some_and(|known| known.is_secure);
    let house = current.house(core, forwarded.as_ref());
    let head = Head {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: &request.headers,
        name: &house.admit_plain(request)?,
        is_secure,
        came,
        has_body: false,
    };
    let answer = dispatch::at_once(state, &core.local, head)?;
    let lists_origins = !settings.origins.is_empty();
    if let Answer::Rows(_) = answer
        && !lists_origins
        && !is_secure
    {
        // It has all fields already.
        return Some(answer);
    }
    let mut response = answer.respond();
    let asker = Asker {
        origin: cors::listed(&request.headers, &settings.origins),
        lists_origins,
        is_secure,
        is_trace: false,
    };
    standard::complete(&mut response, asker);
    Some(Answer::Other(response))
}

/// Answers one request.
pub(crate) async fn answer(
    core: &Core,
    progress: &Progress,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response<Handed> {
    let is_read = matches!(*request.method(), hyper::Method::GET | hyper::Method::HEAD);
    let (head, under_way) = progress.begin(is_read && request.body().is_end_stream());
    let (parts, body) = request.into_parts();
    let current = core.current();
    let state = &current.state;
    let settings = &*state.settings;
    let method = Method::read(parts.method.as_str());
    let origin = cors::listed(&parts.headers, &settings.origins).cloned();
    let forwarded = dispatch::forwarded(&state.sessions.proxies, peer, &parts.headers);
    let is_secure = forwarded.as_ref().is_some_and(|known| known.is_secure);
    let house = current.house(core, forwarded.as_ref());
    let mut response = match house.admit(&parts, head.as_ref()) {
        Ok(Admitted {
            method,
            target: Target::Resource { tolerated },
            name,
        }) => {
            let exchange = Exchange {
                method,
                uri: parts.uri,
                tolerated,
                headers: parts.headers,
                version: parts.version,
                name,
                client: forwarded.as_ref().map_or(peer, |known| known.client),
                is_secure,
                came: clock::now(),
                body,
            };
            dispatch::dispatch(state, &core.local, exchange).await
        }
        Ok(_of_server) => options_of_server(&house),
        Err(refusal) => {
            let mut response = Problem::from(refusal).respond(&parts.headers);
            if parts.version < Version::HTTP_2 && !body.is_end_stream() {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            response
        }
    };
    let asker = Asker {
        origin: origin.as_ref(),
        lists_origins: !settings.origins.is_empty(),
        is_secure,
        is_trace: method == Some(Method::Trace),
    };
    standard::complete(&mut response, asker);
    standard::drop_body(method, &mut response);
    response.map(|body| Handed::new(body, under_way))
}

fn options_of_server(house: &House<'_>) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(
        header::ALLOW,
        fields::value(&allow::allow(&house.methods())),
    );
    response
}
