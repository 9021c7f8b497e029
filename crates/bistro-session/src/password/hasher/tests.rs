//! Threads that hash: right answers, a bounded queue, the same time for nobody.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use super::{Hasher, HasherError, Settings};
use crate::email::Email;
use crate::password::{Cost, Password, PasswordError, Verdict};

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn settings(threads: usize, queue: usize, memory: u32) -> Settings {
    let cost = Cost {
        memory,
        passes: 1,
        lanes: 1,
    };
    Settings {
        threads,
        queue,
        cost,
    }
}

#[test]
fn a_password_is_hashed_and_found_right() {
    runtime().block_on(async {
        let hasher = Hasher::start(settings(2, 4, 64)).expect("threads");
        let hash = hasher.hash(Password::new("열려라")).await.expect("a hash");
        let verify = async |text: &str, hash: Option<&str>| {
            hasher
                .verify(Password::new(text), hash.map(str::to_owned))
                .await
        };
        let right = Verdict::Right {
            needs_rehash: false,
        };
        assert_eq!(verify("열려라", Some(&hash)).await, Ok(right));
        assert_eq!(verify("닫혀라", Some(&hash)).await, Ok(Verdict::Wrong));
        assert_eq!(verify("열려라", None).await, Ok(Verdict::Wrong));
        let email = Email::read("ada@example.org").expect("an address");
        let choose = async |text: &str| hasher.choose(Password::new(text), email.clone(), 8).await;
        let chosen = choose("zq'x;--<").await.expect("it may be chosen");
        assert_eq!(verify("zq'x;--<", Some(&chosen)).await, Ok(right));
        let common = Err(HasherError::Refused(PasswordError::Common));
        assert_eq!(choose("password").await, common);
        let damaged = verify("열려라", Some("damaged")).await;
        assert!(matches!(damaged, Err(HasherError::Hash(_))), "{damaged:?}");
    });
}

#[test]
fn what_does_not_fit_into_the_queue_is_told_at_once() {
    runtime().block_on(async {
        // Slow enough that all have asked before one is done.
        let hasher = Hasher::start(settings(1, 2, 64 * 1024)).expect("threads");
        let mut asked = Vec::new();
        for _ in 0..16 {
            let hasher = hasher.clone();
            asked.push(tokio::spawn(async move {
                hasher.hash(Password::new("x")).await
            }));
        }
        let mut done = 0;
        let mut busy = 0;
        for answer in asked {
            match answer.await.expect("it ends") {
                Ok(_) => done += 1,
                Err(HasherError::Busy) => busy += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(done + busy, 16);
        // One is worked on, two wait; the first may have been done meanwhile.
        assert!((2..=8).contains(&done), "{done}");
        assert!(
            hasher.hash(Password::new("x")).await.is_ok(),
            "there is room again"
        );
    });
}

#[test]
fn who_does_not_wait_any_longer_takes_nobody_s_time() {
    runtime().block_on(async {
        let hasher = Hasher::start(settings(1, 64, 64 * 1024)).expect("threads");
        assert!(hasher.hash(Password::new("x")).await.is_ok());
        let start = Instant::now();
        assert!(hasher.hash(Password::new("x")).await.is_ok());
        let one = start.elapsed();
        let mut asked = Vec::new();
        for _ in 0..32 {
            let hasher = hasher.clone();
            asked.push(tokio::spawn(async move {
                hasher.hash(Password::new("x")).await
            }));
        }
        tokio::task::yield_now().await;
        for answer in asked {
            answer.abort();
        }
        let start = Instant::now();
        assert!(hasher.hash(Password::new("x")).await.is_ok());
        assert!(start.elapsed() < one * 16 + Duration::from_millis(100));
    });
}

#[test]
fn nobody_takes_as_long_as_somebody() {
    runtime().block_on(async {
        let hasher = Hasher::start(settings(1, 4, 16 * 1024)).expect("threads");
        let hash = hasher.hash(Password::new("right")).await.expect("a hash");
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..25 {
            for (times, hash) in times.iter_mut().zip([Some(hash.clone()), None]) {
                let start = Instant::now();
                let verdict = hasher.verify(Password::new("wrong"), hash).await;
                assert_eq!(verdict, Ok(Verdict::Wrong));
                times.push(start.elapsed());
            }
        }
        // The quickest of each: whatever else the machine does only makes one longer.
        let [somebody, nobody] =
            times.map(|times| times.iter().min().expect("there are some").as_secs_f64());
        let ratio = nobody / somebody;
        // To do nothing takes a thousandth. Less than this factor is what a busy machine makes of the same work.
        assert!((0.25..4.0).contains(&ratio), "{somebody} {nobody}");
    });
}
