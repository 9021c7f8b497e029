//! The very same server with one transaction per request: what group commit is compared with. No configuration can ask for
//! it, so it is put together here.

use std::future::pending;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use bistro_database::{Database, Durability};
use bistro_plan::rule::{Access, Audience, Operation, Rule, Subject};
use bistro_server::Server;
use bistro_server::settings::Settings;

use crate::command::Synchronous;

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
    let mut settings = Settings::closed(SocketAddr::from(([127, 0, 0, 1], 0)));
    settings.policy.access = Access::Rules(vec![rule]);
    settings
}
