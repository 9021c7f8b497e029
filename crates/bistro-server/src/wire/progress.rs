//! How far a connection is, and until when it may stay there.
//!
//! The socket, the requests and the driver of one connection share this: the first two note what happens, the driver asks
//! what is due. Nothing in here waits or arms a timer, so a request costs a few uncontended locks and no timer at all.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::Settings;
use crate::wire::scan::{Head, Place};

/// How long a connection without a request keeps what it needs for one.
const QUIET: Duration = Duration::from_millis(200);

/// How many reads may follow each other until a connection lets go of it at once: they may be answered without it.
const READS: u32 = 16;

/// How long each phase of a connection may last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the next request to begin.
    pub(crate) idle: Duration,
    /// For it to begin before the connection lets go of everything it does not need for waiting; `None` keeps it.
    pub(crate) quiet: Option<Duration>,
    /// From the first octet of a request to the end of its head.
    pub(crate) head: Duration,
    /// Between two octets a client takes.
    pub(crate) write: Duration,
    /// For a response to a client that has closed its side.
    pub(crate) half_closed: Duration,
}

impl Patience {
    /// As the settings say. A connection that is not kept still has the time of a head for its first request.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            idle: settings.keep_alive.unwrap_or(settings.bounds.head_time),
            quiet: None,
            head: settings.bounds.head_time,
            write: settings.bounds.write_idle,
            half_closed: settings.bounds.half_closed,
        }
    }

    /// The same for HTTP/1, where nothing has to be known of earlier requests.
    pub(crate) fn of_http1(settings: &Settings) -> Self {
        Self {
            quiet: Some(QUIET),
            ..Self::new(settings)
        }
    }

    /// The longest a driver may sleep without asking again.
    pub(crate) fn shortest(&self) -> Duration {
        let shortest = self.idle.min(self.head).min(self.write);
        self.quiet.map_or(shortest, |quiet| quiet.min(shortest))
    }
}

/// What a connection's time is up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// No request came for a while; one may still come.
    Quiet,
    /// No request came.
    Idle,
    /// A request began and its head did not end.
    Head,
    /// The client does not take its response.
    Write,
    /// The client has closed its side, and its response does not come.
    HalfClosed,
}

/// The state of one connection, shared.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    heads: VecDeque<Head>,
    place: Place,
    target_bytes: usize,
    /// Requests whose response is not completely handed over.
    under_way: usize,
    /// How many requests came since the last one that was no read.
    reads: u32,
    idle_since: Instant,
    head_since: Option<Instant>,
    blocked_since: Option<Instant>,
    /// Since when the client has closed its side and nothing was written to it.
    half_closed_since: Option<Instant>,
    stalls: Vec<(u64, Instant)>,
    next_stall: u64,
}

impl Progress {
    /// A connection just accepted.
    pub(crate) fn new() -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                heads: VecDeque::new(),
                place: Place::Between,
                target_bytes: 0,
                under_way: 0,
                reads: 0,
                idle_since: Instant::now(),
                head_since: None,
                blocked_since: None,
                half_closed_since: None,
                stalls: Vec::new(),
                next_stall: 0,
            })),
        }
    }

    /// A head has ended in the octets read.
    pub(crate) fn note_head(&self, head: Head) {
        let mut state = self.lock();
        state.head_since = None;
        state.heads.push_back(head);
    }

    /// Octets were read, and the connection is now at `place`.
    pub(crate) fn note_place(&self, place: Place, target_bytes: usize) {
        let mut state = self.lock();
        state.place = place;
        state.target_bytes = target_bytes;
        match place {
            Place::Head if state.head_since.is_none() => state.head_since = Some(Instant::now()),
            Place::Head => {}
            Place::Between | Place::Body | Place::Lost => state.head_since = None,
        }
    }

    /// Octets were written, or there are none to write.
    pub(crate) fn note_written(&self) {
        let mut state = self.lock();
        state.blocked_since = None;
        if state.half_closed_since.is_some() {
            state.half_closed_since = Some(Instant::now());
        }
        if state.under_way == 0 {
            state.idle_since = Instant::now();
        }
    }

    /// The client takes nothing.
    pub(crate) fn note_blocked(&self) {
        let mut state = self.lock();
        if state.blocked_since.is_none() {
            state.blocked_since = Some(Instant::now());
        }
    }

    /// The client has closed its side.
    pub(crate) fn note_half_closed(&self) {
        let mut state = self.lock();
        if state.half_closed_since.is_none() {
            state.half_closed_since = Some(Instant::now());
        }
    }

    /// Whether a request was read completely and its response is not handed over yet.
    pub(crate) fn is_answering(&self) -> bool {
        let state = self.lock();
        state.under_way > 0 && state.place == Place::Between
    }

    /// A request begins: its head's facts, if this is HTTP/1 and its octets could be followed.
    pub(crate) fn begin(&self, is_read: bool) -> (Option<Head>, UnderWay) {
        let mut state = self.lock();
        state.under_way += 1;
        state.reads = if is_read { state.reads + 1 } else { 0 };
        let head = state.heads.pop_front();
        drop(state);
        let under_way = UnderWay {
            progress: self.clone(),
            stall: None,
        };
        (head, under_way)
    }

    /// Where the octets read so far end, and how long the target of an unfinished head is.
    pub(crate) fn place(&self) -> (Place, usize) {
        let state = self.lock();
        (state.place, state.target_bytes)
    }

    /// Until when the next request may begin.
    pub(crate) fn idle_until(&self, patience: &Patience) -> Instant {
        self.lock().idle_since + patience.idle
    }

    /// What is due next, and when.
    pub(crate) fn due(&self, patience: &Patience) -> Option<(Instant, Overdue)> {
        let state = self.lock();
        let stalled = state.stalls.iter().map(|&(_, since)| since).min();
        let write = [state.blocked_since, stalled]
            .into_iter()
            .flatten()
            .min()
            .map(|since| (since + patience.write, Overdue::Write));
        let read = if state.under_way > 0 {
            None
        } else if let Some(since) = state.head_since {
            Some((since + patience.head, Overdue::Head))
        } else if write.is_some() {
            // The last response is still being written: not idle, only slow.
            None
        } else {
            Some(match patience.quiet {
                Some(quiet) if quiet < patience.idle && state.has_nothing() => {
                    let is_over = state.reads >= READS;
                    let quiet = if is_over { Duration::ZERO } else { quiet };
                    (state.idle_since + quiet, Overdue::Quiet)
                }
                Some(_) | None => (state.idle_since + patience.idle, Overdue::Idle),
            })
        };
        let half_closed = state
            .half_closed_since
            .filter(|_| state.under_way > 0 && write.is_none())
            .map(|since| (since + patience.half_closed, Overdue::HalfClosed));
        [write, read, half_closed]
            .into_iter()
            .flatten()
            .min_by_key(|&(at, _)| at)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves these numbers as good as they were.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether nothing of a request is anywhere.
    fn has_nothing(&self) -> bool {
        self.heads.is_empty() && self.place == Place::Between && self.half_closed_since.is_none()
    }
}

/// One request, from its head to the last octet of its response that is handed over.
#[derive(Debug)]
pub(crate) struct UnderWay {
    progress: Progress,
    stall: Option<u64>,
}

impl UnderWay {
    /// A piece of the response was handed over; until the next is asked for, the client is taking it.
    pub(crate) fn handed_over(&mut self) {
        let mut state = self.progress.lock();
        let id = state.next_stall;
        state.next_stall += 1;
        state.stalls.push((id, Instant::now()));
        self.stall = Some(id);
    }

    /// The next piece is asked for.
    pub(crate) fn asked(&mut self) {
        if let Some(id) = self.stall.take() {
            let mut state = self.progress.lock();
            state.stalls.retain(|&(other, _)| other != id);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.asked();
        let mut state = self.progress.lock();
        state.under_way = state.under_way.saturating_sub(1);
        state.idle_since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn reads_that_follow_each_other_are_let_go_of_at_once() {
        let settings = Settings::closed(SocketAddr::from(([127, 0, 0, 1], 0)));
        let patience = Patience::of_http1(&settings);
        let progress = Progress::new();
        let is_due_at_once_after = |is_read: bool| {
            progress.note_head(Head::default());
            drop(progress.begin(is_read));
            let (at, what) = progress.due(&patience).expect("something is always due");
            assert_eq!(what, Overdue::Quiet);
            at <= Instant::now()
        };
        for _ in 0..2 {
            assert!(!is_due_at_once_after(false));
            for _ in 1..READS {
                assert!(!is_due_at_once_after(true));
            }
            assert!(is_due_at_once_after(true));
            assert!(is_due_at_once_after(true));
        }
    }
}
