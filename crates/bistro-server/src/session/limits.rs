//! How often what may be tried, by account and by address.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bistro_session::limit::{
    ACCOUNT_FAILURES, ADDRESS_FAILURES, ADDRESS_SESSIONS, ADDRESS_SIGN_UPS, CAPACITY, Limiter,
    SignIns, Subject, Verdict,
};
use hyper::StatusCode;
use hyper::header;

use crate::problem::Problem;
use crate::session::clock;

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
            sign_ins: SignIns::new(ACCOUNT_FAILURES, ADDRESS_FAILURES, CAPACITY),
            sign_ups: Limiter::new(ADDRESS_SIGN_UPS, CAPACITY),
            beginnings: Limiter::new(ADDRESS_SESSIONS, CAPACITY),
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
