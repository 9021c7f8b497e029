//! How often what may be tried, by account and by address.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bistro_session::limit::{CAPACITY, Limiter, Rate, SignIns, Subject, Verdict};
use hyper::StatusCode;
use hyper::header;

use crate::problem::Problem;
use crate::session::clock;

/// Wrong passwords of one account: ten at once, then one every half minute.
const ACCOUNT: Rate = Rate {
    burst: 10,
    period: 30,
};

/// Tries of one address: many people may share it.
const ADDRESS: Rate = Rate {
    burst: 100,
    period: 3,
};

/// Sign-ups of one address.
const SIGN_UPS: Rate = Rate {
    burst: 20,
    period: 30,
};

/// Sessions of visitors that one address begins.
const BEGINNINGS: Rate = Rate {
    burst: 200,
    period: 1,
};

/// What was tried lately. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Limits(Arc<Mutex<Counted>>);

#[derive(Debug)]
struct Counted {
    sign_ins: SignIns,
    sign_ups: Limiter,
    beginnings: Limiter,
}

/// A try that may be a failure, until it is said to be none.
#[derive(Debug)]
#[must_use]
pub(crate) struct Try {
    account: Subject,
    address: Subject,
}

impl Default for Limits {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Counted {
            sign_ins: SignIns::new(ACCOUNT, ADDRESS, CAPACITY),
            sign_ups: Limiter::new(SIGN_UPS, CAPACITY),
            beginnings: Limiter::new(BEGINNINGS, CAPACITY),
        })))
    }
}

impl Limits {
    /// Somebody is about to give a password.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn sign_in(&self, account: &str, client: IpAddr) -> Result<Try, Problem> {
        let (account, address) = (Subject::account(account), Subject::address(client));
        let verdict = self.count(|counted, now| counted.sign_ins.begin(account, address, now));
        allowed(verdict)?;
        Ok(Try { account, address })
    }

    /// It was the right one.
    pub(crate) fn succeeded(&self, tried: &Try) {
        self.count(|counted, now| {
            let sign_ins = &mut counted.sign_ins;
            sign_ins.succeeded(tried.account, tried.address, now);
        });
    }

    /// It was not looked at.
    pub(crate) fn undone(&self, tried: &Try) {
        self.count(|counted, now| {
            let sign_ins = &mut counted.sign_ins;
            sign_ins.undone(tried.account, tried.address, now);
        });
    }

    /// Somebody is about to sign up.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn sign_up(&self, client: IpAddr) -> Result<(), Problem> {
        let address = Subject::address(client);
        allowed(self.count(|counted, now| counted.sign_ups.take(address, now)))
    }

    /// A visitor is about to begin a session.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn begin(&self, client: IpAddr) -> Result<(), Problem> {
        let address = Subject::address(client);
        allowed(self.count(|counted, now| counted.beginnings.take(address, now)))
    }

    fn count<T>(&self, count: impl FnOnce(&mut Counted, i64) -> T) -> T {
        // Whoever panicked while holding it left counts that are as good as before.
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut counted, clock::now())
    }
}

fn allowed(verdict: Verdict) -> Result<(), Problem> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::Wait(seconds) => Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "BISTRO429",
            "This was tried too often lately",
        )
        .hint(format!("Try again in {seconds} seconds."))
        .field(header::RETRY_AFTER, &seconds.to_string())),
    }
}
