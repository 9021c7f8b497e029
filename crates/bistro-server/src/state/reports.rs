//! Failures that repeat: the log hears of each once a minute, so that it does not fill the disk that is full already.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::log::Event;
use crate::problem::{Problem, Report};

/// How long a failure that goes on is not told again.
const SILENCE: Duration = Duration::from_mins(1);

/// How many different failures are remembered; what goes beyond is told each time.
const KEPT_MAX: usize = 64;

/// What the log has been told. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Reports {
    /// The database file.
    file: Arc<Path>,
    told: Arc<Mutex<Vec<Told>>>,
}

#[derive(Debug)]
struct Told {
    report: Report,
    at: Instant,
    /// Failures since then that were not told.
    more: u64,
}

impl Reports {
    /// Reports about requests to that database file.
    pub(crate) fn of(file: &Path) -> Self {
        Self {
            file: PathBuf::from(file).into(),
            told: Arc::default(),
        }
    }

    /// Tells the log of a problem, if it is one for the operator and was not told within the last minute.
    pub(crate) fn tell(&self, problem: &Problem) {
        let Some(report) = problem.for_log() else {
            return;
        };
        let Some(more) = self.note(report, Instant::now()) else {
            return;
        };
        let event = Event::Failed {
            file: report.is_of_file.then_some(&*self.file),
            report: &report.text,
            more,
        };
        event.write();
    }

    /// Tells the log that no key opens a sealed session, if it was not told within the last minute. What was shown is told to
    /// nobody.
    pub(crate) fn tell_of_seal(&self) {
        if let Some(more) = self.note(&Report::of("a seal"), Instant::now()) {
            Event::Unopened { more }.write();
        }
    }

    /// Tells the log why what is kept of sessions cannot be written, if it was not told within the last minute.
    pub(crate) fn tell_of_sessions(&self, reason: &str) {
        if self.note(&Report::of(reason), Instant::now()).is_some() {
            Event::SessionsFail { reason }.write();
        }
    }

    /// How many of these were not told before this one; `None` if this one is not to be told either.
    fn note(&self, report: &Report, now: Instant) -> Option<u64> {
        // Whoever panicked while holding it left a list that is as good as before.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = told.iter_mut().find(|one| one.report == *report) {
            if now.duration_since(one.at) < SILENCE {
                one.more += 1;
                return None;
            }
            one.at = now;
            return Some(std::mem::take(&mut one.more));
        }
        if told.len() >= KEPT_MAX {
            // What is over needs no silence any more, nor would anybody miss how often it was: what is new needs the room.
            told.retain(|one| now.duration_since(one.at) < SILENCE);
        }
        if told.len() < KEPT_MAX {
            told.push(Told {
                report: report.clone(),
                at: now,
                more: 0,
            });
        }
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_goes_on_is_told_once_a_minute_with_how_often_it_happened() {
        let reports = Reports::of(Path::new("shop.db"));
        let report = |text: &str| Report {
            text: text.to_owned(),
            is_of_file: true,
        };
        let start = Instant::now();
        let at =
            |text: &str, seconds| reports.note(&report(text), start + Duration::from_secs(seconds));
        assert_eq!(at("the disk is full", 0), Some(0));
        assert_eq!(at("the disk is full", 1), None);
        assert_eq!(at("the disk is full", 59), None);
        assert_eq!(at("something else", 59), Some(0), "each has its own minute");
        assert_eq!(at("the disk is full", 60), Some(2));
        assert_eq!(at("the disk is full", 61), None);
        assert_eq!(at("the disk is full", 200), Some(1));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let reports = Reports::of(Path::new("shop.db"));
        let now = Instant::now();
        for number in 0..10 * KEPT_MAX {
            let report = Report {
                text: number.to_string(),
                is_of_file: false,
            };
            assert_eq!(reports.note(&report, now), Some(0));
            reports.note(&report, now);
        }
        assert_eq!(reports.told.lock().unwrap().len(), KEPT_MAX);
        let later = now + SILENCE;
        let again = Report {
            text: "again".to_owned(),
            is_of_file: false,
        };
        assert_eq!(reports.note(&again, later), Some(0));
        assert_eq!(reports.note(&again, later), None, "the others are over");
    }
}
