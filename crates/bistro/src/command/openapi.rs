//! `bistro openapi`: what the resources would be, without serving them.

use std::io::{self, ErrorKind, Write as _};

use anyhow::{Context as _, Result};
use bistro_plan::principal::Principal;
use bistro_represent::Survey;
use bistro_represent::openapi::{self, Version};

use crate::cli;
use crate::command::overrides::Overrides;
use crate::command::serve::{self, Purpose, Ready};

/// Prints the description that `GET /-/` of a server over the same database would give.
///
/// # Errors
/// The configuration or the database cannot be read, or the description cannot be written.
pub(super) fn run(arguments: &cli::OpenApi) -> Result<()> {
    let overrides = Overrides::of_source(arguments.source.clone())?;
    let Ready {
        settings, database, ..
    } = serve::open(Purpose::Describe, overrides)?;
    let survey = Survey::of(
        &database.catalog(),
        &Principal::Anyone,
        &settings.policy,
        settings.trace,
    );
    let version = match arguments.spec {
        cli::Specification::V3_1 => Version::V3_1,
        cli::Specification::V3_2 => Version::V3_2,
    };
    let mut output = io::stdout().lock();
    let written = output
        .write_all(&openapi::describe(&survey, version))
        .and_then(|()| output.write_all(b"\n"));
    match written {
        // Whoever reads it has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write the description"),
    }
}
