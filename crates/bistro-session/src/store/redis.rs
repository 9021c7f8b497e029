//! Sessions in Redis, for several servers that share them.
//!
//! A session is a hash at `bistro:session:{hash of its key}`; those of a user are named in a hash at `bistro:user:{user}`, from the
//! session's identifier to the hash of its key. Where a session has got another key, what stands at the former one says so
//! (`now`: the hash of the present one), and every script follows it. Whatever takes more than one command is a script, which Redis runs as one. Redis forgets
//! sessions by itself when they end; that one has ended is decided here all the same, by the time that the caller tells.
//!
//! Scripts name keys that they have read, so a Redis Cluster cannot be used.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, RedisError, Script, ScriptInvocation};
use thiserror::Error;
use tokio::time::timeout;

use crate::key::Hash;
use crate::lifetime::Lifetime;
use crate::session::{KeyShown, Session};
use record::{Fields, hexadecimal, key_shown, present, read, session_key, user_key, write};
use script::{
    CREATE, EXCHANGE, FOLLOW, OF_USER, REKEY, REKEY_KEEPING_DATA, REMOVE_OF_USER, REMOVE_ONE,
    RENEW, TOUCH,
};

mod record;
mod script;

/// How long an answer is waited for, a lost connection made anew included.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How often a change of data is tried again, because another came between. Each time one of the others has succeeded.
const TRIES: usize = 256;

/// The store. Clones share a connection, which belongs to the runtime it was opened in: each runtime opens its own.
#[derive(Clone)]
pub struct RedisStore {
    connection: ConnectionManager,
    lifetime: Lifetime,
}

/// What the store cannot do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The address of the store is none. It is not repeated, for there may be a password in it.
    #[error(
        "the address of Redis is not of the form `redis://user:password@host:port/database` or `redis+unix:///path/of/the.sock`: {reason}"
    )]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// TLS is asked for.
    #[error(
        "Redis is spoken to without TLS: write `redis://` instead of `rediss://`, and use a private network, a tunnel or a Unix socket"
    )]
    Tls,
    /// Redis does not answer. It is 503, and may be over soon.
    #[error("Redis does not answer: {reason}")]
    Unavailable {
        /// What happened.
        reason: String,
    },
    /// Redis answers that it will not: it wants a password, has no room, or is a replica. An operator can mend it.
    #[error("Redis refuses: {reason}")]
    Refused {
        /// What it says.
        reason: String,
    },
    /// What is stored is no session.
    #[error("a session in Redis has no valid `{field}`")]
    Damaged {
        /// What is wrong with it.
        field: &'static str,
    },
    /// Too many change the same session at once.
    #[error("too many requests change the same session at once")]
    Contended,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated<E> {
    /// This is the document now.
    Done(String),
    /// There is no such session, or not any more.
    Gone,
    /// The change itself failed, and nothing was changed.
    Refused(E),
}

impl RedisStore {
    /// Takes the address of a store, and asks whether it is there.
    ///
    /// Known are `redis://[user[:password]@]host[:port][/database]` and `redis+unix:///path[?db=…&user=…&pass=…]`, also called `unix:`.
    pub async fn connect(url: &str, lifetime: Lifetime) -> Result<Self, StoreError> {
        let store = Self::open(url, lifetime)?;
        store.ping().await?;
        Ok(store)
    }

    /// Whether that is the address of a store.
    pub fn check(url: &str) -> Result<(), StoreError> {
        client(url).map(drop)
    }

    /// Takes the address of a store that need not be there yet. Called within the runtime that will use it.
    pub fn open(url: &str, lifetime: Lifetime) -> Result<Self, StoreError> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection =
            ConnectionManager::new_lazy_with_config(client(url)?, config).map_err(no_address)?;
        Ok(Self {
            connection,
            lifetime,
        })
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let pong: String = self.ask(&Question::Command(redis::cmd("PING"))).await?;
        drop(pong);
        Ok(())
    }

    /// The session of that key, if both count at `now`.
    pub async fn find(&self, hash: &Hash, now: i64) -> Result<Option<Session>, StoreError> {
        let found = self.find_shown(hash, now).await?;
        Ok(found.map(|(session, _)| session))
    }

    /// The same, and which of the session's keys it is.
    pub async fn find_shown(
        &self,
        hash: &Hash,
        now: i64,
    ) -> Result<Option<(Session, KeyShown)>, StoreError> {
        let Some((fields, is_former)) = self.resolved(hash).await? else {
            return Ok(None);
        };
        let (session, shown) = (read(&fields)?, key_shown(&fields, is_former)?);
        let is_found = shown.counts(now) && self.is_alive(&session, now);
        Ok(is_found.then_some((session, shown)))
    }

    /// What is kept of a session, by its present key or its former one: that it is by the former one stands beside it.
    async fn resolved(&self, hash: &Hash) -> Result<Option<(Fields, bool)>, StoreError> {
        let fields = self.fields(&session_key(hash)).await?;
        if present(&fields).is_none() {
            return Ok((!fields.is_empty()).then_some((fields, false)));
        }
        let fields: Fields = self.run(&FOLLOW, &[session_key(hash)], &[]).await?;
        Ok((!fields.is_empty()).then_some((fields, true)))
    }

    /// Keeps a new session.
    pub async fn create(&self, hash: &Hash, session: &Session, now: i64) -> Result<(), StoreError> {
        let arguments = self.arguments(hash, session, now);
        let _one: i64 = self.run(&CREATE, &[session_key(hash)], &arguments).await?;
        Ok(())
    }

    /// Changes the document of a session. If another change comes between, `change` is asked again, so none is lost.
    pub async fn update_data<E>(
        &self,
        hash: &Hash,
        now: i64,
        mut change: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Updated<E>, StoreError> {
        let key = session_key(hash);
        for _ in 0..TRIES {
            let Some((fields, _)) = self.resolved(hash).await? else {
                return Ok(Updated::Gone);
            };
            let session = read(&fields)?;
            if !self.is_alive(&session, now) {
                return Ok(Updated::Gone);
            }
            let data = match change(&session.data) {
                Ok(data) => data,
                Err(error) => return Ok(Updated::Refused(error)),
            };
            let version = fields.get("version").cloned().unwrap_or_default();
            let arguments = [version, data.clone()];
            let is_done: bool = self
                .run(&EXCHANGE, std::slice::from_ref(&key), &arguments)
                .await?;
            if is_done {
                return Ok(Updated::Done(data));
            }
        }
        Err(StoreError::Contended)
    }

    /// Writes down that a session was used at `now`; `false` if there is none. It never makes one older than it is.
    pub async fn touch(&self, hash: &Hash, now: i64) -> Result<bool, StoreError> {
        let Lifetime { idle, absolute, .. } = self.lifetime;
        let arguments =
            [now, idle, absolute, self.lifetime.overlap()].map(|number| number.to_string());
        self.run(&TOUCH, &[session_key(hash)], &arguments).await
    }

    /// Gives a session a new key if the present one is old at `now`; the one that was shown counts until the new one has been,
    /// and a little longer. `false` if it is not old, or is no session's.
    pub async fn renew(&self, shown: &Hash, new: &Hash, now: i64) -> Result<bool, StoreError> {
        let Lifetime { renew, .. } = self.lifetime;
        let overlap = self.lifetime.overlap();
        let mut arguments = vec![hexadecimal(shown), hexadecimal(new)];
        arguments.extend([now, renew, overlap].map(|number| number.to_string()));
        let keys = [session_key(shown), session_key(new)];
        self.run(&RENEW, &keys, &arguments).await
    }

    /// Gives a session a new key, and makes it what `session` says, in one step: the old key opens nothing from then on. `false` if
    /// the old key opened nothing before, so that nothing was done. A change of data that comes between reading the session and
    /// this is lost: where the data is to stay what it is, see [`RedisStore::rekey_keeping_data`].
    pub async fn rekey(
        &self,
        old: &Hash,
        new: &Hash,
        session: &Session,
        now: i64,
    ) -> Result<bool, StoreError> {
        let arguments = self.arguments(new, session, now);
        let keys = [session_key(old), session_key(new)];
        self.run(&REKEY, &keys, &arguments).await
    }

    /// The same, but the data is what the session has at this moment, not what `session` says.
    pub async fn rekey_keeping_data(
        &self,
        old: &Hash,
        new: &Hash,
        session: &Session,
        now: i64,
    ) -> Result<bool, StoreError> {
        let arguments = self.arguments(new, session, now);
        let keys = [session_key(old), session_key(new)];
        self.run(&REKEY_KEEPING_DATA, &keys, &arguments).await
    }

    /// Ends a session; `false` if there was none.
    pub async fn remove(&self, hash: &Hash) -> Result<bool, StoreError> {
        self.run(&REMOVE_ONE, &[session_key(hash)], &[]).await
    }

    /// The sessions of a user that are alive at `now`, the youngest first.
    pub async fn of_user(&self, user: &str, now: i64) -> Result<Vec<Session>, StoreError> {
        let found: Vec<Fields> = self.run(&OF_USER, &[user_key(user)], &[]).await?;
        let mut sessions = Vec::new();
        for fields in &found {
            let session = read(fields)?;
            if self.is_alive(&session, now) && session.user.as_deref() == Some(user) {
                sessions.push(session);
            }
        }
        sessions.sort_by(|one, other| {
            let order = |session: &Session| (-session.created, session.id.clone());
            order(one).cmp(&order(other))
        });
        Ok(sessions)
    }

    /// Ends all sessions of a user, or all but one; gives how many.
    pub async fn remove_of_user(
        &self,
        user: &str,
        except: Option<&Hash>,
    ) -> Result<u64, StoreError> {
        let kept = except.map(hexadecimal).unwrap_or_default();
        self.run(&REMOVE_OF_USER, &[user_key(user)], &[String::new(), kept])
            .await
    }

    /// Ends the session of a user that is called `id`; `false` if he has none of that name.
    pub async fn revoke_by_id(&self, user: &str, id: &str) -> Result<bool, StoreError> {
        if id.is_empty() {
            return Ok(false);
        }
        let arguments = [id.to_owned(), String::new()];
        self.run(&REMOVE_OF_USER, &[user_key(user)], &arguments)
            .await
    }

    fn is_alive(&self, session: &Session, now: i64) -> bool {
        self.lifetime.is_alive(now, session.created, session.seen)
    }

    /// What the scripts that write a session are told.
    fn arguments(&self, hash: &Hash, session: &Session, now: i64) -> Vec<String> {
        let end = self.lifetime.end(session.created, session.seen);
        let absolute_end = self.lifetime.absolute_end(session.created);
        let left = |end: i64| end.saturating_sub(now).max(1).to_string();
        let mut arguments = vec![left(end), left(absolute_end), hexadecimal(hash)];
        for (field, value) in write(session) {
            arguments.push(field.to_owned());
            arguments.push(value);
        }
        arguments
    }

    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        arguments: &[String],
    ) -> Result<T, StoreError> {
        let mut invocation = script.prepare_invoke();
        invocation.key(keys).arg(arguments);
        self.ask(&Question::Script(invocation)).await
    }

    /// All that is kept there: nothing, if there is no such session.
    async fn fields(&self, key: &str) -> Result<Fields, StoreError> {
        let mut command = redis::cmd("HGETALL");
        command.arg(key);
        self.ask(&Question::Command(command)).await
    }

    /// Asks, and once more if the connection was lost meanwhile: everything that is asked may be asked twice.
    async fn ask<T: FromRedisValue>(&self, question: &Question<'_>) -> Result<T, StoreError> {
        let asked = async {
            match question.put(self.connection.clone()).await {
                Err(error) if is_lost(&error) => question.put(self.connection.clone()).await,
                answer => answer,
            }
        };
        match timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_elapsed) => Err(StoreError::Unavailable {
                reason: format!("no answer within {} seconds", PATIENCE.as_secs()),
            }),
        }
    }
}

/// What Redis is asked.
enum Question<'a> {
    Command(Cmd),
    Script(ScriptInvocation<'a>),
}

impl Question<'_> {
    async fn put<T: FromRedisValue>(
        &self,
        mut connection: ConnectionManager,
    ) -> Result<T, RedisError> {
        match self {
            Self::Command(command) => command.query_async(&mut connection).await,
            Self::Script(invocation) => invocation.invoke_async(&mut connection).await,
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

fn client(url: &str) -> Result<Client, StoreError> {
    if url.starts_with("rediss://") {
        return Err(StoreError::Tls);
    }
    Client::open(url).map_err(no_address)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn no_address(error: RedisError) -> StoreError {
    StoreError::Address {
        reason: error.to_string(),
    }
}

fn is_lost(error: &RedisError) -> bool {
    error.is_connection_dropped() || error.is_io_error() && !error.is_timeout()
}

fn failure(error: &RedisError) -> StoreError {
    let reason = error.to_string();
    if error.is_io_error() || error.is_timeout() || error.is_connection_dropped() {
        StoreError::Unavailable { reason }
    } else {
        StoreError::Refused { reason }
    }
}
