//! What is done about sessions while nobody asks: it is written down which were used, and those that are over are removed.

use std::time::Duration;

use bistro_database::accounts::Deadline;
use bistro_database::{Burden, Database, Error};
use bistro_session::key::Hash;
use bistro_session::lifetime::Lifetime;
use bistro_session::store::redis::RedisStore;
use tokio::time::sleep;

use crate::session::clock;
use crate::state::State;
use crate::state::reports::Reports;

/// How often is written down what was used since.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many are written in one transaction, and removed in one.
const AT_ONCE: usize = 500;

/// Does it. It never ends by itself.
pub(crate) async fn keep(state: impl Fn() -> State) {
    let first = state().sessions;
    // What is wrong with its address was told when the server started.
    let redis = first.store.connect(first.lifetime).ok().flatten();
    let mut swept = 0;
    loop {
        sleep(INTERVAL).await;
        let State {
            database,
            sessions,
            reports,
            ..
        } = state();
        let used = sessions.touches.take();
        match &redis {
            Some(redis) => touch_remotely(redis, &used).await,
            None => tell(&reports, touch(&database, &used, sessions.lifetime).await),
        }
        // The shorter sessions live, the sooner there is something to remove; first right after the start.
        let now = clock::now();
        if sessions.lifetime.should_touch(now, swept) {
            tell(&reports, sweep(&database, sessions.lifetime).await);
            swept = now;
        }
    }
}

async fn touch(database: &Database, used: &[Hash], lifetime: Lifetime) -> Result<(), Error> {
    let (now, overlap) = (clock::now(), lifetime.overlap());
    for some in used.chunks(AT_ONCE) {
        let some = some.to_vec();
        let noted = database.write(None, Burden::default(), move |transaction| {
            transaction.accounts().touch_sessions(&some, now, overlap)?;
            Ok::<_, Error>(((), true))
        });
        noted.await??;
    }
    Ok(())
}

async fn touch_remotely(redis: &RedisStore, used: &[Hash]) {
    let now = clock::now();
    for hash in used {
        // Who asks next is told why; until then a session seems a little older than it is.
        let _not_noted = redis.touch(hash, now).await;
    }
}

/// Removes what is over, a bounded number at a time, with a pause after each so that others get their turns.
async fn sweep(database: &Database, lifetime: Lifetime) -> Result<(), Error> {
    let deadline = deadline(lifetime, clock::now());
    loop {
        let removed = database.write(None, Burden::default(), move |transaction| {
            let removed = transaction.accounts().remove_over(deadline, AT_ONCE)?;
            Ok::<_, Error>((removed, removed > 0))
        });
        if removed.await?? < AT_ONCE {
            return Ok(());
        }
        sleep(INTERVAL / 10).await;
    }
}

/// What is over now.
pub(crate) fn deadline(lifetime: Lifetime, now: i64) -> Deadline {
    Deadline {
        seen: now.saturating_sub(lifetime.idle),
        created: now.saturating_sub(lifetime.absolute),
    }
}

/// Tells the log what did not work, unless it is the operator's wish or is tried again soon.
fn tell(reports: &Reports, outcome: Result<(), Error>) {
    match outcome {
        Ok(()) | Err(Error::ReadOnly | Error::Locked | Error::Overloaded | Error::Closed) => {}
        Err(error) => reports.tell_of_sessions(&error.to_string()),
    }
}
