//! Limits on how often something may be tried: sign-ins by account and by address, sign-ups and new sessions by address.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use crate::key;

/// How many subjects a limiter remembers unless told otherwise.
pub const CAPACITY: usize = 100_000;

/// How often an account's password may be guessed: ten times, then once a minute. That is 1,450 in the first day, of the 100,000
/// that a password withstands.
pub const ACCOUNT_FAILURES: Rate = Rate {
    burst: 10,
    period: 60,
};

/// How often one address may fail to sign in, to whichever accounts: an office may stand behind it.
pub const ADDRESS_FAILURES: Rate = Rate {
    burst: 50,
    period: 10,
};

/// How often one address may sign up.
pub const ADDRESS_SIGN_UPS: Rate = Rate {
    burst: 10,
    period: 360,
};

/// How often one address may begin a session.
pub const ADDRESS_SESSIONS: Rate = Rate {
    burst: 60,
    period: 10,
};

/// How often something may be done: `burst` times at once, and once more after each `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How often at once; at least 1.
    pub burst: u32,
    /// After how many seconds once more; at least 1.
    pub period: u32,
}

/// Whom a limit is for, in as many octets as it takes to tell subjects apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject([u8; 16]);

/// Whether something may be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It may.
    Allowed,
    /// Not before so many seconds have passed, at least 1: for `Retry-After`.
    Wait(u64),
}

/// A table of subjects, each with a limit of the same rate: the generic cell rate algorithm, which needs one number for each.
///
/// Memory is bounded: of more subjects than it has room for it forgets the one that is closest to being unlimited, again and
/// again. Times are in seconds since 1970.
#[derive(Debug)]
pub struct Limiter {
    rate: Rate,
    capacity: usize,
    /// For each subject when its bucket will be full again. Who is not in it has a full one.
    full_at: HashMap<Subject, i64>,
    /// The same, the earliest first.
    by_time: BTreeSet<(i64, Subject)>,
}

impl Subject {
    /// An account, by the address its user signs in with, whether there is one or not.
    pub fn account(email: &str) -> Self {
        Self::of(b"account", email.as_bytes())
    }

    /// A client's address. Of IPv6 the network is taken, of which a client has at least 64 bits for itself; mapped IPv4 is IPv4.
    pub fn address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of(b"v4", &address.octets()),
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64;
                Self::of(b"v6", &network.to_be_bytes())
            }
        }
    }

    /// Half of a hash: nobody can find two subjects that share it, and it is as short for a long account as for a short one.
    fn of(kind: &[u8], name: &[u8]) -> Self {
        let hash = key::hash(&[kind, b":", name].concat());
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(hash) {
            *to = from;
        }
        Self(half)
    }
}

impl Limiter {
    /// A limiter that remembers up to `capacity` subjects.
    pub fn new(rate: Rate, capacity: usize) -> Self {
        let rate = Rate {
            burst: rate.burst.max(1),
            period: rate.period.max(1),
        };
        Self {
            rate,
            capacity: capacity.max(1),
            full_at: HashMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    /// Does it once, if it may be done now.
    ///
    /// Where only failures are to count, it is taken *before* the try and given back (or [`Limiter::forget`]) after a success:
    /// otherwise many could try at the same time before the first has failed.
    pub fn take(&mut self, subject: Subject, now: i64) -> Verdict {
        let verdict = self.peek(subject, now);
        let full_at = self.full_at(subject, now);
        let taken = match verdict {
            Verdict::Allowed => self.period(),
            // Noted anew, for a clock that was set back goes on from here.
            Verdict::Wait(_) => 0,
        };
        self.set(subject, now, full_at.saturating_add(taken));
        verdict
    }

    /// Whether it may be done now, without doing it.
    pub fn peek(&self, subject: Subject, now: i64) -> Verdict {
        let full = self.period().saturating_mul(i64::from(self.rate.burst));
        let next = self.full_at(subject, now).saturating_add(self.period());
        let wait = next.saturating_sub(now).saturating_sub(full);
        match u64::try_from(wait) {
            Ok(wait) if wait > 0 => Verdict::Wait(wait),
            Ok(_) | Err(_) => Verdict::Allowed,
        }
    }

    /// Takes back what was taken once.
    pub fn give_back(&mut self, subject: Subject, now: i64) {
        let before = self.full_at(subject, now).saturating_sub(self.period());
        self.set(subject, now, before);
    }

    /// Takes back all that was taken.
    pub fn forget(&mut self, subject: Subject) {
        if let Some(time) = self.full_at.remove(&subject) {
            self.by_time.remove(&(time, subject));
        }
    }

    /// How many subjects it remembers.
    pub fn len(&self) -> usize {
        self.full_at.len()
    }

    /// Whether it remembers none.
    pub fn is_empty(&self) -> bool {
        self.full_at.is_empty()
    }

    fn period(&self) -> i64 {
        self.rate.period.into()
    }

    /// When the subject's bucket will be full again: now, or later. Never later than it could be, should a clock be set back.
    fn full_at(&self, subject: Subject, now: i64) -> i64 {
        let latest = now.saturating_add(self.period().saturating_mul(self.rate.burst.into()));
        let time = self.full_at.get(&subject).copied().unwrap_or(now);
        time.clamp(now, latest)
    }

    fn set(&mut self, subject: Subject, now: i64, time: i64) {
        self.forget(subject);
        if time <= now {
            return;
        }
        self.full_at.insert(subject, time);
        self.by_time.insert((time, subject));
        // Two at most for each that comes, so nobody waits for a large clearance.
        for _ in 0..2 {
            let Some((earliest, other)) = self.by_time.first().copied() else {
                return;
            };
            if earliest <= now || self.full_at.len() > self.capacity {
                self.forget(other);
            }
        }
    }
}

/// The two limits on signing in: failures of an account, and tries of an address.
#[derive(Debug)]
pub struct SignIns {
    accounts: Limiter,
    addresses: Limiter,
}

impl SignIns {
    /// The limits with these rates.
    pub fn new(accounts: Rate, addresses: Rate, capacity: usize) -> Self {
        Self {
            accounts: Limiter::new(accounts, capacity),
            addresses: Limiter::new(addresses, capacity),
        }
    }

    /// Counts a try as a failure until something else is known, if there may be one more.
    ///
    /// It is the same for accounts that there are and that there are not, so it tells nothing about them.
    pub fn begin(&mut self, account: Subject, address: Subject, now: i64) -> Verdict {
        if let Verdict::Wait(wait) = self.accounts.peek(account, now) {
            return Verdict::Wait(wait);
        }
        match self.addresses.take(address, now) {
            Verdict::Allowed => self.accounts.take(account, now),
            Verdict::Wait(wait) => Verdict::Wait(wait),
        }
    }

    /// The try was a success: the account starts afresh, and the address has one more.
    pub fn succeeded(&mut self, account: Subject, address: Subject, now: i64) {
        self.accounts.forget(account);
        self.addresses.give_back(address, now);
    }

    /// Nothing was tried after all, for the server was busy.
    pub fn undone(&mut self, account: Subject, address: Subject, now: i64) {
        self.accounts.give_back(account, now);
        self.addresses.give_back(address, now);
    }
}

#[cfg(test)]
mod tests;
