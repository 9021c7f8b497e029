//! The database and its users, opened for one command.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow};
use bistro_database::accounts::{Token, User};
use bistro_database::{Burden, Changes, Database, Error, Register};
use bistro_plan::catalog::{Catalog, nearest};
use bistro_server::settings::Settings;
use bistro_session::email::Email;
use httpdate::fmt_http_date;
use tokio::runtime::{Builder, Runtime};

use crate::cli::Source;
use crate::cli::accounts::Place;
use crate::command::overrides::Overrides;
use crate::command::serve::{self, Purpose, Ready};

/// Dates up to the year 9999 can be written; these are some 8,000 years.
const DATED_MAX: Duration = Duration::from_hours(24 * 365 * 8_000);

/// A database that is open, and what the configuration says of its users.
pub(super) struct Desk {
    /// How it is served.
    pub(super) settings: Settings,
    database: Database,
    runtime: Runtime,
}

impl Desk {
    /// Opens it.
    ///
    /// # Errors
    /// The configuration or the database cannot be used.
    pub(super) fn open(purpose: Purpose, place: &Place) -> Result<Self> {
        let overrides = Overrides::of_source(Source {
            database: place.database.clone(),
            config: place.config.clone(),
            queries: None,
            read_only: false,
        })?;
        let Ready {
            settings, database, ..
        } = serve::open(purpose, overrides)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start")?;
        Ok(Self {
            settings,
            database,
            runtime,
        })
    }

    /// Looks something up.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(Register<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T> {
        let read = self
            .database
            .read(None, |snapshot| job(snapshot.register()));
        Ok(self.wait(read)?)
    }

    /// Changes something, and returns when it is on disk.
    ///
    /// # Errors
    /// The database cannot be written, or what the job fails with.
    pub(super) fn change<T: Send + 'static>(
        &self,
        job: impl FnOnce(Changes<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T> {
        let written = self.database.write(None, Burden::default(), |transaction| {
            job(transaction.accounts()).map(|value| (value, true))
        });
        Ok(self.wait(written)??)
    }

    /// Waits for something that is not done here.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The catalog.
    pub(super) fn catalog(&self) -> Arc<Catalog> {
        self.database.catalog()
    }

    /// All users.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) fn users(&self) -> Result<Vec<User>> {
        let read = self
            .database
            .read(None, |snapshot| snapshot.register().users());
        Ok(self.wait(read)?)
    }

    /// The addresses of all users, by their identifiers.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) fn emails(&self) -> Result<BTreeMap<String, String>> {
        let users = self.users()?.into_iter();
        Ok(users.map(|user| (user.id, user.email)).collect())
    }

    /// All tokens.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) fn tokens(&self) -> Result<Vec<Token>> {
        let read = self
            .database
            .read(None, |snapshot| snapshot.register().tokens());
        Ok(self.wait(read)?)
    }

    /// The user of an address.
    ///
    /// # Errors
    /// There is none, or the database cannot be read.
    pub(super) fn user(&self, email: &str) -> Result<User> {
        let email = Email::read(email)?;
        let shown = email.to_string();
        let found = self.read(move |register| register.user_by_email(email.as_str()))?;
        let (user, _password) = found.ok_or_else(|| anyhow!("there is no user `{shown}`"))?;
        Ok(user)
    }

    /// Checks that the configuration has these roles.
    ///
    /// # Errors
    /// It does not have one of them.
    pub(super) fn check_roles(&self, roles: &[String]) -> Result<()> {
        let known = &self.settings.users.roles;
        let Some(role) = roles.iter().find(|role| !known.contains(role)) else {
            return Ok(());
        };
        let likely = match nearest(role, known.iter().map(String::as_str)) {
            Some(role) => format!("; did you mean `{role}`?"),
            None if known.is_empty() => {
                ", for none are listed in `roles` under `[users]` of the configuration".to_owned()
            }
            None => format!("; there are: {}", known.join(", ")),
        };
        Err(anyhow!("there is no role `{role}`{likely}"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.runtime.block_on(self.database.close());
    }
}

/// The time, in seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever types a command does so now"
)]
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// A time in seconds since 1970, for people.
pub(super) fn date(seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    match SystemTime::UNIX_EPOCH.checked_add(since) {
        Some(time) if since < DATED_MAX => fmt_http_date(time),
        Some(_) | None => "never".to_owned(),
    }
}
