//! How long sessions live. Times are in whole seconds since 1970, and the server's.

use bistro_http::cookie::MAX_AGE_MAX;

use crate::session::KeyShown;

/// When a session ends: some time after it was last used, and some time after it began, whatever was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// How long it may be idle, in seconds.
    pub idle: i64,
    /// How long it lives at most, in seconds.
    pub absolute: i64,
    /// How long it is found by the same key, in seconds: then it gets another.
    pub renew: i64,
}

impl Lifetime {
    /// Whether a session of these times is still alive. One from the future is: clocks are set back.
    pub fn is_alive(&self, now: i64, created: i64, seen: i64) -> bool {
        now < self.end(created, seen)
    }

    /// When a session ends unless it is used again.
    pub fn end(&self, created: i64, seen: i64) -> i64 {
        self.absolute_end(created)
            .min(seen.saturating_add(self.idle))
    }

    /// When a session ends even if it is used.
    pub fn absolute_end(&self, created: i64) -> i64 {
        created.saturating_add(self.absolute)
    }

    /// After how many seconds of use it is written down that a session was used: a tenth of the idle time, from one second to
    /// a minute. So reading costs a write now and then only, and a session ends at most this much too early.
    pub fn touch_after(&self) -> i64 {
        (self.idle / 10).clamp(1, 60)
    }

    /// Whether it is time to write down that a session was used.
    pub fn should_touch(&self, now: i64, seen: i64) -> bool {
        now >= seen.saturating_add(self.touch_after())
    }

    /// Whether it is time for another key, if the present one was made at `keyed`.
    ///
    /// Whoever still shows the former one a while later has never got the present one: it is replaced without having been used. Who
    /// shows it although the present one is in use gets no other.
    pub fn is_key_due(&self, now: i64, keyed: i64, shown: KeyShown) -> bool {
        let after = match shown {
            KeyShown::Present | KeyShown::Unconfirmed => self.renew,
            KeyShown::Former { until: None } => self.overlap(),
            KeyShown::Former { until: Some(_) } => return false,
        };
        now >= keyed.saturating_add(after)
    }

    /// For how many seconds the former key still counts once the present one has been shown: requests that were under way with
    /// it are to find their session. A minute, or as long as a key is for.
    pub fn overlap(&self) -> i64 {
        self.renew.clamp(1, 60)
    }

    /// For how many seconds a user agent should keep the cookie of a session that is used now: not beyond its absolute end, nor
    /// beyond 400 days.
    ///
    /// It is not the idle time, or each request would have to set the cookie anew: that a session has been idle for too long is
    /// for the server to say.
    pub fn max_age(&self, now: i64, created: i64) -> u64 {
        let left = self.absolute_end(created).saturating_sub(now);
        u64::try_from(left).unwrap_or(0).min(MAX_AGE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Lifetime;
    use crate::session::KeyShown;

    const LIFETIME: Lifetime = Lifetime {
        idle: 600,
        absolute: 3_600,
        renew: 300,
    };

    #[test]
    fn a_session_ends_when_it_is_idle_or_old() {
        let table = [
            // now, created, seen
            (1_000, 1_000, 1_000, true),
            (1_599, 1_000, 1_000, true),
            (1_600, 1_000, 1_000, false),
            (1_600, 1_000, 1_001, true),
            (4_599, 1_000, 4_500, true),
            (4_600, 1_000, 4_599, false),
            (0, 1_000, 1_000, true),
            (i64::MAX, 1_000, 1_000, false),
            (0, i64::MAX, i64::MAX, true),
        ];
        for (now, created, seen, expected) in table {
            let is_alive = LIFETIME.is_alive(now, created, seen);
            assert_eq!(is_alive, expected, "{now} {created} {seen}");
        }
    }

    #[test]
    fn use_is_written_down_now_and_then() {
        let table = [(1, 1), (9, 1), (10, 1), (29, 2), (600, 60), (86_400, 60)];
        for (idle, expected) in table {
            let lifetime = Lifetime { idle, ..LIFETIME };
            assert_eq!(lifetime.touch_after(), expected, "{idle}");
            assert!(!lifetime.should_touch(100 + expected - 1, 100), "{idle}");
            assert!(lifetime.should_touch(100 + expected, 100), "{idle}");
        }
    }

    #[test]
    fn a_key_is_old_after_its_time_and_counts_a_little_longer() {
        let table = [(1, 1), (20, 20), (600, 60), (86_400, 60)];
        for (renew, expected) in table {
            let lifetime = Lifetime { renew, ..LIFETIME };
            assert_eq!(lifetime.overlap(), expected, "{renew}");
            for (shown, after) in [
                (KeyShown::Present, renew),
                (KeyShown::Unconfirmed, renew),
                (KeyShown::Former { until: None }, expected),
            ] {
                let is_due = |later| lifetime.is_key_due(100 + later, 100, shown);
                assert!(!is_due(after - 1) && is_due(after), "{renew} {shown:?}");
            }
        }
        let replaced = KeyShown::Former { until: Some(900) };
        assert!(!LIFETIME.is_key_due(i64::MAX, 100, replaced));
        assert!(replaced.counts(899) && !replaced.counts(900));
        assert!(KeyShown::Former { until: None }.counts(i64::MAX));
    }

    #[test]
    fn a_cookie_ends_with_its_session_at_the_latest() {
        let table = [
            (3_600, 1_000, 1_000, 3_600),
            (3_600, 2_000, 1_000, 2_600),
            (3_600, 4_600, 1_000, 0),
            (3_600, 9_999, 1_000, 0),
            (i64::MAX, 0, 0, 400 * 86_400),
        ];
        for (absolute, now, created, expected) in table {
            let lifetime = Lifetime {
                absolute,
                ..LIFETIME
            };
            assert_eq!(lifetime.max_age(now, created), expected, "{absolute} {now}");
        }
    }
}
