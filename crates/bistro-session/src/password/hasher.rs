//! Threads that hash passwords: few, so that sign-ins take neither all cores nor all memory.

use std::io;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use thiserror::Error;
use tokio::sync::oneshot;

use super::{Cost, HashError, Password, PasswordError, Verdict};
use crate::email::Email;
use crate::random;

/// How much is done at a time, and how much waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many passwords are hashed at the same time; each takes the memory of one.
    pub threads: usize,
    /// How many wait at most.
    pub queue: usize,
    /// What new hashes cost.
    pub cost: Cost,
}

/// Hashes and compares passwords on threads of its own, which end when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Hasher {
    queue: SyncSender<Job>,
}

/// A password that was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HasherError {
    /// As many wait as may. It is 503, and soon over.
    #[error("too many passwords are being checked at the moment")]
    Busy,
    /// It is one that nobody may choose. It is 400, and the client may know why.
    #[error(transparent)]
    Refused(#[from] PasswordError),
    /// It could not be done.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// One thread for each core, up to eight, and a second or so of work that waits.
impl Default for Settings {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = cores.min(8);
        Self {
            threads,
            queue: threads * 32,
            cost: Cost::default(),
        }
    }
}

/// What a thread is asked to do. Whoever asked may have gone by then.
#[derive(Debug)]
enum Job {
    Hash {
        password: Password,
        /// Whose password is to be, and how many characters it needs: it is looked at before.
        choice: Option<(Email, usize)>,
        answer: oneshot::Sender<Result<String, HasherError>>,
    },
    Verify {
        password: Password,
        /// `None`: there is no such user, and nobody is to see it by the time that takes.
        hash: Option<String>,
        answer: oneshot::Sender<Result<Verdict, HasherError>>,
    },
}

impl Hasher {
    /// Starts the threads.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(settings.queue.max(1));
        let jobs = Arc::new(Mutex::new(jobs));
        let nobody = Arc::new(OnceLock::new());
        for index in 0..settings.threads.max(1) {
            let jobs = Arc::clone(&jobs);
            let nobody = Arc::clone(&nobody);
            thread::Builder::new()
                .name(format!("password-{index}"))
                .spawn(move || work(&jobs, &nobody, settings.cost))?;
        }
        Ok(Self { queue })
    }

    /// Hashes a password that who has this address wants to have, if it may be chosen: see [`Password::check`].
    pub async fn choose(
        &self,
        password: Password,
        email: Email,
        min: usize,
    ) -> Result<String, HasherError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::Hash {
            password,
            choice: Some((email, min)),
            answer,
        })?;
        answered.await.map_err(|_ended| HasherError::Busy)?
    }

    /// Hashes a password as it is: one that was chosen before, at the cost that is wanted now.
    pub async fn hash(&self, password: Password) -> Result<String, HasherError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::Hash {
            password,
            choice: None,
            answer,
        })?;
        answered.await.map_err(|_ended| HasherError::Busy)?
    }

    /// Compares a password with the hash of the user who is meant. Without a user it takes as long, and is wrong.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<Verdict, HasherError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::Verify {
            password,
            hash,
            answer,
        })?;
        answered.await.map_err(|_ended| HasherError::Busy)?
    }

    fn ask(&self, job: Job) -> Result<(), HasherError> {
        self.queue.try_send(job).map_err(|_full| HasherError::Busy)
    }
}

/// Does jobs until nobody can ask for more.
fn work(jobs: &Mutex<Receiver<Job>>, nobody: &OnceLock<String>, cost: Cost) {
    // The hash of a password that nobody has, for users that are not there. It is made with the first comparison, whoever that is
    // for, so that how long it takes tells nothing.
    let make_nobody = || {
        let secret: [u8; 32] = random::octets();
        cost.hash(&Password::new(&random::print(&secret)))
            .unwrap_or_default()
    };
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Err(_nobody_left) => return,
            Ok(Job::Hash {
                password,
                choice,
                answer,
            }) => {
                if !answer.is_closed() {
                    // Who does not wait any longer needs no answer.
                    let _gone = answer.send(hash(cost, &password, choice.as_ref()));
                }
            }
            Ok(Job::Verify {
                password,
                hash,
                answer,
            }) => {
                if !answer.is_closed() {
                    let nobody = nobody.get_or_init(make_nobody);
                    let _gone = answer.send(verify(cost, &password, hash.as_deref(), nobody));
                }
            }
        }
    }
}

fn hash(
    cost: Cost,
    password: &Password,
    choice: Option<&(Email, usize)>,
) -> Result<String, HasherError> {
    if let Some((email, min)) = choice {
        password.check(email, *min)?;
    }
    Ok(cost.hash(password)?)
}

fn verify(
    cost: Cost,
    password: &Password,
    hash: Option<&str>,
    nobody: &str,
) -> Result<Verdict, HasherError> {
    match hash {
        Some(hash) => Ok(cost.verify(password, hash)?),
        None => {
            cost.verify(password, nobody)?;
            Ok(Verdict::Wrong)
        }
    }
}

#[cfg(test)]
mod tests;
