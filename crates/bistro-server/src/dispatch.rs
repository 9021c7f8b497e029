//! What happens to an exchange between the guard and the pipeline: who asks is found out, and preflights and echoes are answered.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use bistro_http::forwarded::{Fields, Forwarded};
use bistro_http::method::Method;
use bistro_http::network::Network;
use hyper::Response;
use hyper::body::Body as _;
use hyper::header::{HeaderMap, HeaderName};

use crate::accounts::renewal;
use crate::body::Body;
use crate::caller::{Caller, identify};
use crate::exchange::{Exchange, Head};
use crate::guard::echo;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;
use crate::reading::local::Local;
use crate::respond::Answer;
use crate::session::held::Held;
use crate::standard::cors;
use crate::state::State;
use crate::{fields, respond};

/// The answer to a request that was decided before, if nobody has to be waited for, and nothing is to be done but to read.
pub(crate) fn at_once(state: &State, local: &Local, head: Head<'_>) -> Option<Answer> {
    let caller = identify::at_once(state, local, head)?.ok()?;
    let mut caller = caller.under(&state.settings.policy);
    let is_unconfirmed = |held: &Arc<Held>| held.is_unconfirmed();
    if caller.is_cookie_due(&state.sessions, head.came)
        || caller.session.as_ref().is_some_and(is_unconfirmed)
    {
        return None;
    }
    let answer = respond::at_once(state, local, head, &caller)?;
    caller.note_use(&state.sessions, head.came);
    Some(answer)
}

/// Answers an admitted exchange: finds out who asks, and has what is not answered here go through the pipeline.
pub(crate) async fn dispatch(
    state: &State,
    local: &Local,
    mut exchange: Exchange,
) -> Response<Body> {
    let is_for_nobody = exchange.method == Method::Trace
        || exchange.method == Method::Options
            && cors::is_preflight(exchange.method, &exchange.headers);
    let identified = if is_for_nobody {
        // Neither an echo nor a preflight is about who asks: nobody's session is looked at for them.
        Ok(Caller::default())
    } else {
        match identify::at_once(state, local, exchange.head()) {
            Some(identified) => identified,
            None => Box::pin(identify::identify(state, local, exchange.head())).await,
        }
    };
    let mut caller = match identified {
        Ok(caller) => caller.under(&state.settings.policy),
        Err(problem) => return respond::fail(state, exchange, &problem).await,
    };
    caller.note_use(&state.sessions, exchange.came);
    if let Some(held) = &caller.session
        && held.is_unconfirmed()
    {
        Box::pin(renewal::confirm(state, local, held)).await;
    }
    if caller.cookie.is_some() {
        exchange.ask_for_all();
    }
    let mut response = match respond::at_once(state, local, exchange.head(), &caller) {
        Some(answer) => answer.respond(),
        // Boxed, so that what is answered at once does not carry around the room for what is not.
        None => Box::pin(proceed(state, local, exchange, &mut caller)).await,
    };
    caller.complete(&mut response);
    response
}

/// What is answered here, and what goes on to the pipeline.
async fn proceed(
    state: &State,
    local: &Local,
    exchange: Exchange,
    caller: &mut Caller,
) -> Response<Body> {
    let headers = &exchange.headers;
    if cors::is_preflight(exchange.method, headers) {
        let methods = if state.settings.policy.tells_apart() {
            // Who will ask is not known yet: it is not said in a preflight.
            cors::ANY_METHOD.to_vec()
        } else {
            respond::allow(state, exchange.path(), &caller.principal).await
        };
        return cors::preflight(headers, &state.settings.origins, &methods);
    }
    if exchange.method == Method::Trace {
        let echoed = if state.settings.trace {
            echo::respond(
                exchange.path(),
                exchange.query(),
                exchange.name.as_str(),
                headers,
                !exchange.body.is_end_stream(),
            )
        } else {
            Err(Refusal::NotAllowed {
                method: Method::Trace,
                allowed: respond::allow(state, exchange.path(), &caller.principal).await,
            })
        };
        return echoed.unwrap_or_else(|refusal| Problem::from(refusal).respond(headers));
    }
    let is_safe = exchange.method.is_safe();
    let is_occasion = renewal::is_occasion(exchange.method, exchange.path());
    let response = {
        let answer = pin!(respond::respond(state, local, exchange, caller));
        if is_safe {
            answer.await
        } else {
            local.turnstile.pass(answer).await
        }
    };
    if is_occasion && response.status().is_success() {
        renewal::renew(state, local, caller).await;
    }
    response
}

/// What trusted proxies say of the client; `None` where it is the client itself that asks.
pub(crate) fn forwarded(
    proxies: &[Network],
    peer: IpAddr,
    headers: &HeaderMap,
) -> Option<Forwarded> {
    if !proxies.iter().any(|network| network.contains(peer)) {
        return None;
    }
    let lines = |name| fields::lines(headers, HeaderName::from_static(name));
    let fields = Fields {
        forwarded: &lines("forwarded"),
        x_forwarded_for: &lines("x-forwarded-for"),
        x_forwarded_proto: &lines("x-forwarded-proto"),
        x_forwarded_host: &lines("x-forwarded-host"),
    };
    Some(Forwarded::read(peer, proxies, &fields))
}
