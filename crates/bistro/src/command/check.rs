//! `bistro check`: whether a configuration can be used, and what it opens to whom.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use bistro_database::Database;
use bistro_plan::catalog::{Affinity, Catalog};
use bistro_plan::rule::{CALL_PREFIX, Operation, called};
use bistro_server::settings::Settings;

use crate::cli;
use crate::command::overrides::Overrides;
use crate::command::serve::{self, Purpose, Ready};
use crate::command::table::{self, printable};
use crate::config::Opening;

/// Words in `to` that are no roles.
const ALL_USERS: &str = "user";
const EVERYONE: &str = "anyone";

/// Reads everything as `bistro serve` would, and prints what is open to whom.
///
/// # Errors
/// Whatever would keep it from serving.
pub(super) fn run(arguments: &cli::Check) -> Result<()> {
    let overrides = Overrides::of_source(arguments.source.clone())?;
    let Ready {
        settings,
        database,
        configuration,
        ..
    } = serve::open(Purpose::Check, overrides)?;
    let Some(path) = configuration.path() else {
        bail!("there is no bistro.toml here to check; `bistro init DATABASE` writes one");
    };
    bistro_server::check_setup(&settings)?;
    let openings: Vec<Opening<'_>> = configuration.openings().collect();
    let catalog = database.catalog();
    let mut text = format!(
        "{} can be used: {} at http://{}\n",
        path.display(),
        database.path().display(),
        settings.listen
    );
    if !openings.is_empty() {
        text.push('\n');
        text.push_str(&rules(&openings));
    }
    let closed = closed(&openings, &catalog);
    if !closed.is_empty() {
        let line = format!("\nOpen to nobody: {}\n", closed.join(", "));
        text.push_str(&line);
    }
    let warnings = warnings(&openings, &settings, &database, &catalog);
    if !warnings.is_empty() {
        text.push('\n');
    }
    for warning in warnings {
        let line = format!("warning: {warning}\n");
        text.push_str(&line);
    }
    table::print(&text)
}

/// A line for each rule, those of one resource together.
fn rules(openings: &[Opening<'_>]) -> String {
    let mut sorted: Vec<&Opening<'_>> = openings.iter().collect();
    // What is called is below what is kept; within a resource the order is that of the file.
    sorted.sort_by_key(|opening| (opening.on.starts_with(CALL_PREFIX), opening.on));
    let mut rows = vec![["resource", "who", "may", "of"].map(str::to_owned)];
    let mut before = None;
    for opening in sorted {
        let name = if before == Some(opening.on) {
            String::new()
        } else {
            printable(opening.on)
        };
        before = Some(opening.on);
        let operations: Vec<&str> = opening
            .operations
            .iter()
            .map(|operation| operation.name())
            .collect();
        rows.push([
            name,
            printable(opening.to),
            operations.join(", "),
            on_one_line(&opening.conditions.join("; ")),
        ]);
    }
    table::table(&rows)
}

/// SQL may have several lines, and more space than a table.
fn on_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    printable(&words.join(" "))
}

/// What nobody may do anything to.
fn closed(openings: &[Opening<'_>], catalog: &Catalog) -> Vec<String> {
    let open: BTreeSet<&str> = openings.iter().map(|opening| opening.on).collect();
    let functions = catalog.functions.keys();
    let functions = functions.map(|name| called(name));
    let relations = catalog.relations.keys().cloned();
    relations
        .chain(functions)
        .filter(|name| !open.contains(name.as_str()))
        .map(|name| printable(&name))
        .collect()
}

/// What deserves a second look.
fn warnings(
    openings: &[Opening<'_>],
    settings: &Settings,
    database: &Database,
    catalog: &Catalog,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (on, operations) in changes_by_anyone(openings) {
        warnings.push(format!("anyone may {} `{on}`", operations.join(", ")));
    }
    for opening in openings {
        warnings.extend(vain(opening, catalog));
    }
    if settings.users.sign_up && openings.iter().any(|opening| opening.to == ALL_USERS) {
        warnings.push(
            "anyone may sign up, so what is open to `user` is open to whoever wants it; `sign_up = false` under `[users]` changes that"
                .to_owned(),
        );
    }
    if settings.jwt.is_some() {
        warnings.extend(blurred(settings, catalog));
    }
    if settings.session.insecure_cookies {
        warnings.push(
            "whoever is between a client and this server can take the cookies of sessions; `insecure_cookies = false` under `[session]` \
             keeps them to TLS"
                .to_owned(),
        );
    }
    for role in &settings.users.roles {
        if !openings.iter().any(|opening| opening.to == role) {
            warnings.push(format!("no rule is for the role `{role}`"));
        }
    }
    for (name, reason) in database.broken().iter() {
        let (name, reason) = (printable(name), printable(reason));
        warnings.push(format!("`{name}` cannot be used: {reason}"));
    }
    warnings
}

/// Columns that are to hold users of tokens and keep texts that look like numbers as numbers: there `7`, `07` and `7.0` are one
/// user, and so are two long numbers that differ in their last digits.
fn blurred(settings: &Settings, catalog: &Catalog) -> BTreeSet<String> {
    let rules = settings.policy.rules().iter();
    let blurred = rules.filter_map(|rule| {
        let name = rule.on.name();
        let relation = catalog.relations.get(name.as_ref())?;
        let column = relation.column(relation.position(rule.owner.as_ref()?)?);
        let is_blurred = match Affinity::of(&column.declared) {
            Affinity::Integer | Affinity::Real | Affinity::Numeric => true,
            Affinity::Text | Affinity::Blob => false,
        };
        is_blurred.then(|| {
            format!(
                "`{}` of `{}` keeps numbers, so users whose `sub` are different texts may be the same there; declare it TEXT",
                printable(&column.name),
                printable(&name)
            )
        })
    });
    blurred.collect()
}

/// What anyone may change, and how.
fn changes_by_anyone<'a>(openings: &[Opening<'a>]) -> BTreeMap<&'a str, Vec<&'static str>> {
    let mut changes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for opening in openings.iter().filter(|opening| opening.to == EVERYONE) {
        for operation in &opening.operations {
            let is_change = match operation {
                Operation::Create | Operation::Update | Operation::Delete => true,
                Operation::Read | Operation::Call => false,
            };
            let names = changes.entry(opening.on).or_default();
            if is_change && !names.contains(&operation.name()) {
                names.push(operation.name());
            }
        }
    }
    changes.retain(|_, names| !names.is_empty());
    changes
}

/// What a rule opens and the database does not have: to change a view, for one.
fn vain(opening: &Opening<'_>, catalog: &Catalog) -> Option<String> {
    let relation = catalog.relations.get(opening.on)?;
    let writable = relation.writable;
    let vain: Vec<&str> = opening
        .operations
        .iter()
        .filter(|operation| match operation {
            Operation::Create => !writable.can_insert,
            Operation::Update => !writable.can_update,
            Operation::Delete => !writable.can_delete,
            Operation::Read | Operation::Call => false,
        })
        .map(|operation| operation.name())
        .collect();
    (!vain.is_empty()).then(|| {
        format!(
            "a rule opens {} of `{}`, which the database cannot do",
            vain.join(", "),
            printable(opening.on)
        )
    })
}
