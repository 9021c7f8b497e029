//! The very same server with one transaction per request: what group commit is compared with. No configuration can ask for
//! it, so it is put together here.

use std::future::pending;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use bistro_database::{Database, Durability};
use bistro_dialect::Limits;
use bistro_plan::rule::{Access, Audience, Operation, Policy, Rule, Subject};
use bistro_server::Server;
use bistro_server::settings::{Bounds, Settings};

use crate::command::Synchronous;

/// Octets that are kept of answers.
const CACHE: usize = 16 * 1024 * 1024;

/// Serves a file, until it is killed.
pub(crate) fn serve(synchronous: Synchronous, database: &Path) -> Result<()> {
    let mut settings = bistro_database::Settings::new(database);
    settings.durability = match synchronous {
        Synchronous::Normal => Durability::Normal,
        Synchronous::Full => Durability::Full,
    };
    settings.jobs_per_transaction = 1;
    let server = Server::bind(as_configured(), Database::open(settings)?)?;
    writeln!(io::stdout(), "http://{}", server.address())?;
    server.run(pending())?;
    Ok(())
}

/// What the configuration says that measurements write.
fn as_configured() -> Settings {
    let rule = Rule::new(
        Subject::Relation("songs".to_owned()),
        Audience::Anyone,
        vec![Operation::Read, Operation::Create],
    );
    Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        is_development: false,
        hosts: Vec::new(),
        origins: Vec::new(),
        trace: false,
        keep_alive: Some(Duration::from_secs(75)),
        threads: None,
        cache_bytes: CACHE,
        bounds: Bounds::default(),
        policy: Policy {
            access: Access::Rules(vec![rule]),
            is_read_only: false,
            allows_unfiltered_writes: false,
            rows_max: None,
            limits: Limits::default(),
        },
    }
}
