//! What can be told to a server that runs: other settings, which replace the old ones whole.

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bistro_plan::rule::{Access, Policy};

use crate::answering::Core;
use crate::files;
use crate::log::Event;
use crate::settings::Settings;
use crate::state::State;

/// Replaces the settings of a server while it runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control(Arc<Mutex<Controlled>>);

#[derive(Debug)]
struct Controlled {
    /// What the server was started with: some of it holds until it ends.
    started: Arc<Settings>,
    /// What requests are answered from that begin now.
    state: State,
    /// They end with the server, whoever still holds this.
    cores: Vec<Weak<Core>>,
}

impl Control {
    /// Over a server that has no core yet.
    pub(crate) fn over(state: State) -> Self {
        Self(Arc::new(Mutex::new(Controlled {
            started: Arc::clone(&state.settings),
            state,
            cores: Vec::new(),
        })))
    }

    /// One more core, made from the state as it is.
    pub(crate) fn enroll(&self, make: impl FnOnce(State) -> Core) -> Arc<Core> {
        let mut controlled = self.lock();
        let core = Arc::new(make(controlled.state.clone()));
        controlled.cores.push(Arc::downgrade(&core));
        core
    }

    /// Answers requests that begin from now on by these settings, and says so in the log. Requests under way end as they
    /// began, and no connection is closed. What cannot change while the server runs stays as it was and is named there, with
    /// `fixed`, the keys of which the caller knows as much.
    pub fn replace(&self, mut settings: Settings, mut fixed: Vec<&'static str>) {
        let mut controlled = self.lock();
        fixed.extend(settings.keep_fixed(&controlled.started));
        let before = &controlled.state;
        // What the old rules say of rows is still understood, for requests that began under them.
        let rules = both(&before.settings.policy, &settings.policy);
        let after = match before.with(settings) {
            Ok(after) => after,
            Err(error) => return self.refuse(&error),
        };
        if let Err(error) = before.database.hold(&rules) {
            return self.refuse(&error);
        }
        controlled.state = after;
        let state = &controlled.state;
        state.tell_left_out();
        files::tell_shadowed(state.settings.files.as_deref(), &state.database.catalog());
        for core in controlled.cores.iter().filter_map(Weak::upgrade) {
            core.replace(controlled.state.clone());
        }
        Event::Replaced { fixed: &fixed }.write();
    }

    /// What requests are answered from that begin now.
    pub(crate) fn state(&self) -> State {
        self.lock().state.clone()
    }

    /// Says in the log why the settings stay as they are, though others were asked for.
    pub fn refuse(&self, reason: &dyn Display) {
        let reason = reason.to_string();
        Event::NotReplaced { reason: &reason }.write();
    }

    fn lock(&self) -> MutexGuard<'_, Controlled> {
        // Whoever panicked while holding it left cores that all have a whole state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A policy with the rules of two.
fn both(one: &Policy, other: &Policy) -> Policy {
    let rules = one.rules().iter().chain(other.rules());
    Policy {
        access: Access::Rules(rules.cloned().collect()),
        ..other.clone()
    }
}
