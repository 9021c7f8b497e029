//! Keys that are replaced because they are old.

use bistro_session::key::{Hash, Key};
use bistro_session::session::KeyShown;
use bistro_session::store::redis::Updated;

use super::server::RedisServer;
use super::{LIFETIME, NOW, connect, create, listed, session};

#[tokio::test]
async fn an_old_key_is_replaced_and_counts_until_the_new_one_is_seen() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let kept = session(Some("ada"));
    let [first, second, third] = [
        create(&store, &kept).await,
        Key::random().hash(),
        Key::random().hash(),
    ];
    let (due, overlap) = (NOW + LIFETIME.renew, LIFETIME.overlap());
    assert_eq!(store.renew(&first, &second, due - 1).await, Ok(false));
    // Asked twice, for the answer was lost, it is done once.
    for _ in 0..2 {
        assert_eq!(store.renew(&first, &second, due).await, Ok(true));
    }
    let shown = async |hash: &Hash, now: i64| {
        let found = store.find_shown(hash, now).await.expect("it answers");
        found.map(|(session, shown)| (session.keyed, shown))
    };
    let former = KeyShown::Former { until: None };
    assert_eq!(shown(&first, due + 250).await, Some((due, former)));
    assert_eq!(
        shown(&second, due).await,
        Some((due, KeyShown::Unconfirmed))
    );
    assert_eq!(listed(&store, "ada").await, std::slice::from_ref(&kept.id));
    // A change by the former key is one of the session.
    let updated: Result<Updated<()>, _> = store
        .update_data(&first, due, |_| Ok("{}".to_owned()))
        .await;
    assert_eq!(updated, Ok(Updated::Done("{}".to_owned())));
    // Who still shows it a while later has never got the other.
    assert_eq!(
        store.renew(&first, &third, due + overlap - 1).await,
        Ok(false)
    );
    let lost = due + overlap;
    assert_eq!(store.renew(&first, &third, lost).await, Ok(true));
    assert_eq!(shown(&second, lost).await, None);
    assert_eq!(
        shown(&third, lost).await,
        Some((lost, KeyShown::Unconfirmed))
    );
    assert_eq!(store.touch(&first, lost + 1).await, Ok(true));
    assert_eq!(shown(&first, lost + 1).await, Some((lost, former)));
    // Once the new one is seen, the former one ends.
    assert_eq!(store.touch(&third, lost + 1).await, Ok(true));
    let until = lost + 1 + overlap;
    let ends = KeyShown::Former { until: Some(until) };
    assert_eq!(shown(&first, until - 1).await, Some((lost, ends)));
    assert_eq!(shown(&first, until).await, None);
    assert_eq!(shown(&third, until).await, Some((lost, KeyShown::Present)));
    assert_eq!(
        store.renew(&first, &second, lost + LIFETIME.renew).await,
        Ok(false)
    );
}

#[tokio::test]
async fn a_session_is_found_while_its_key_is_replaced() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let first = create(&store, &session(None)).await;
    let mut now = NOW + LIFETIME.renew;
    assert_eq!(
        store.renew(&first, &Key::random().hash(), now).await,
        Ok(true)
    );
    let finding: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..500 {
                    let found = store.find(&first, NOW).await.expect("it answers");
                    assert!(found.is_some(), "it was only given another key");
                }
            })
        })
        .collect();
    while finding.iter().any(|finding| !finding.is_finished()) {
        // Each is lost, and so replaced by the next.
        now += LIFETIME.overlap();
        assert_eq!(
            store.renew(&first, &Key::random().hash(), now).await,
            Ok(true)
        );
    }
    for finding in finding {
        finding.await.expect("it found it each time");
    }
}

#[tokio::test]
async fn a_session_with_a_former_key_ends_by_either() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let due = NOW + LIFETIME.renew;
    let renewed = async || {
        let first = create(&store, &session(Some("ada"))).await;
        let second = Key::random().hash();
        assert_eq!(store.renew(&first, &second, due).await, Ok(true));
        (first, second)
    };
    let (first, second) = renewed().await;
    assert_eq!(store.remove(&first).await, Ok(true));
    assert_eq!(store.find(&second, due).await, Ok(None));
    assert_eq!(store.remove(&first).await, Ok(false));
    let (kept, present) = renewed().await;
    let (other, _) = renewed().await;
    assert_eq!(store.remove_of_user("ada", Some(&kept)).await, Ok(1));
    assert_eq!(store.find(&other, due).await, Ok(None));
    assert!(matches!(store.find(&present, due).await, Ok(Some(_))));
    let new = Key::random().hash();
    let user = session(Some("ada"));
    assert_eq!(
        store.rekey_keeping_data(&kept, &new, &user, due).await,
        Ok(true)
    );
    for dead in [kept, present] {
        assert_eq!(store.find(&dead, due).await, Ok(None));
        assert_eq!(store.touch(&dead, due).await, Ok(false));
        assert_eq!(
            store.renew(&dead, &other, due + LIFETIME.renew).await,
            Ok(false)
        );
    }
}
