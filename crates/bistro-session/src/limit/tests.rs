//! How often, how soon again, and how much is remembered.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::{Limiter, Rate, SignIns, Subject, Verdict};

const RATE: Rate = Rate {
    burst: 3,
    period: 10,
};

fn address(text: &str) -> Subject {
    let address: IpAddr = text.parse().expect(text);
    Subject::address(address)
}

#[test]
fn a_burst_is_allowed_and_then_one_after_each_period() {
    let mut limiter = Limiter::new(RATE, 10);
    let subject = Subject::account("a");
    let table = [
        (100, Verdict::Allowed),
        (100, Verdict::Allowed),
        (100, Verdict::Allowed),
        (100, Verdict::Wait(10)),
        (104, Verdict::Wait(6)),
        (109, Verdict::Wait(1)),
        (110, Verdict::Allowed),
        (110, Verdict::Wait(10)),
        (130, Verdict::Allowed),
        (130, Verdict::Allowed),
        (130, Verdict::Wait(10)),
        (200, Verdict::Allowed),
        (200, Verdict::Allowed),
        (200, Verdict::Allowed),
        (200, Verdict::Wait(10)),
        // A clock that is set back makes nobody wait for longer than a full bucket.
        (50, Verdict::Wait(10)),
        (60, Verdict::Allowed),
    ];
    for (index, (now, expected)) in table.into_iter().enumerate() {
        assert_eq!(limiter.peek(subject, now), expected, "{index}");
        assert_eq!(limiter.take(subject, now), expected, "{index}");
    }
}

#[test]
fn what_is_taken_can_be_given_back() {
    let mut limiter = Limiter::new(RATE, 10);
    let subject = Subject::account("a");
    for _ in 0..3 {
        assert_eq!(limiter.take(subject, 0), Verdict::Allowed);
    }
    limiter.give_back(subject, 0);
    assert_eq!(limiter.take(subject, 0), Verdict::Allowed);
    assert_eq!(limiter.take(subject, 0), Verdict::Wait(10));
    limiter.forget(subject);
    assert!(limiter.is_empty());
    limiter.give_back(subject, 0);
    assert!(limiter.is_empty());
    for _ in 0..3 {
        assert_eq!(limiter.take(subject, 0), Verdict::Allowed);
    }
    assert_eq!(limiter.take(subject, 0), Verdict::Wait(10));
}

#[test]
fn subjects_are_told_apart_as_far_as_they_are_different() {
    let same = [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"),
    ];
    for (one, other) in same {
        assert_eq!(address(one), address(other));
    }
    let different = [
        ("192.0.2.1", "192.0.2.2"),
        ("2001:db8:0:1::1", "2001:db8:0:2::1"),
        ("192.0.2.1", "::192.0.2.1"),
    ];
    for (one, other) in different {
        assert_ne!(address(one), address(other));
    }
    assert_ne!(Subject::account("192.0.2.1"), address("192.0.2.1"));
    assert_ne!(Subject::account("a"), Subject::account("b"));
}

#[test]
fn only_failures_count_against_an_account() {
    let tries = Rate {
        burst: 5,
        period: 10,
    };
    let mut limits = SignIns::new(RATE, tries, 10);
    let [ada, bob] = ["ada", "bob"].map(Subject::account);
    let here = address("192.0.2.1");
    for _ in 0..20 {
        assert_eq!(limits.begin(ada, here, 0), Verdict::Allowed);
        limits.succeeded(ada, here, 0);
    }
    for _ in 0..20 {
        assert_eq!(limits.begin(ada, here, 0), Verdict::Allowed);
        limits.undone(ada, here, 0);
    }
    // Two failures, and a success that makes up for them; what the address has failed stays.
    for _ in 0..3 {
        assert_eq!(limits.begin(ada, here, 0), Verdict::Allowed);
    }
    assert_eq!(limits.begin(ada, here, 0), Verdict::Wait(10));
    limits.succeeded(ada, here, 0);
    for _ in 0..3 {
        assert_eq!(limits.begin(ada, here, 0), Verdict::Allowed);
    }
    // The account has no more, wherever one comes from; the address has, for others.
    assert_eq!(
        limits.begin(ada, address("192.0.2.2"), 0),
        Verdict::Wait(10)
    );
    assert_eq!(limits.begin(bob, here, 0), Verdict::Wait(10));
    assert_eq!(limits.begin(bob, address("192.0.2.2"), 0), Verdict::Allowed);
    // Tries at the same time count before any has ended.
    assert_eq!(limits.begin(bob, address("192.0.2.2"), 0), Verdict::Allowed);
    assert_eq!(limits.begin(bob, address("192.0.2.2"), 0), Verdict::Allowed);
    assert_eq!(
        limits.begin(bob, address("192.0.2.2"), 0),
        Verdict::Wait(10)
    );
}

#[test]
fn memory_is_bounded_and_the_nearly_free_are_forgotten_first() {
    let mut limiter = Limiter::new(RATE, 100);
    let worst = Subject::account("worst");
    for _ in 0..3 {
        assert_eq!(limiter.take(worst, 0), Verdict::Allowed);
    }
    for index in 0..10_000 {
        let _allowed = limiter.take(Subject::account(&index.to_string()), 0);
        assert!(limiter.len() <= 100);
    }
    assert_eq!(limiter.take(worst, 0), Verdict::Wait(10));
    // What has become free is cleared away by whoever comes.
    for index in 0..100 {
        let _allowed = limiter.take(Subject::account(&format!("later {index}")), 1_000);
    }
    assert_eq!(limiter.len(), 100);
    assert_eq!(limiter.take(worst, 1_000), Verdict::Allowed);
}

proptest! {
    /// Against the plainest count there is: in every stretch of time no more than fits.
    #[test]
    fn no_stretch_of_time_holds_more_than_the_rate(steps in vec(0_i64..15, 1..200)) {
        let mut limiter = Limiter::new(RATE, 10);
        let subject = Subject::account("a");
        let mut now = 0;
        let mut allowed = Vec::new();
        for step in steps {
            now += step;
            match limiter.take(subject, now) {
                Verdict::Allowed => allowed.push(now),
                Verdict::Wait(wait) => {
                    let then = now + i64::try_from(wait).expect("it is short");
                    prop_assert_eq!(limiter.peek(subject, then), Verdict::Allowed);
                    prop_assert!(limiter.peek(subject, then - 1) != Verdict::Allowed);
                }
            }
        }
        for (first, start) in allowed.iter().enumerate() {
            for (last, end) in allowed.iter().enumerate().skip(first) {
                let count = i64::try_from(last - first).expect("it is small");
                prop_assert!(count < 3 + (end - start) / 10 + 1, "{} {}", start, end);
            }
        }
    }
}
