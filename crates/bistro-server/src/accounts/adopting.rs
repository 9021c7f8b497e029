//! What becomes of a visitor's rows when he signs in.

use std::sync::Arc;

use bistro_plan::adoption::{Adoption, Fate, Meeting};
use bistro_plan::catalog::{Catalog, Relation};
use bistro_plan::rule::Subject;
use bistro_plan::sql::{self, Statement};

use crate::settings::{Adopt, AdoptedRows, Conflict, Settings};

/// The statements that make the rows of `visitor` those of `user`: in each table in which a rule says whose rows are.
pub(super) fn statements(
    settings: &Settings,
    catalog: &Catalog,
    visitor: &str,
    user: &str,
) -> Vec<Statement> {
    let adoptions = adoptions(settings, catalog).into_iter();
    adoptions
        .flat_map(|adoption| sql::adopt(&adoption, visitor, user))
        .collect()
}

fn adoptions(settings: &Settings, catalog: &Catalog) -> Vec<Adoption> {
    let mut adoptions: Vec<Adoption> = Vec::new();
    for rule in settings.policy.rules() {
        let (Subject::Relation(name), Some(owner)) = (&rule.on, &rule.owner) else {
            continue;
        };
        let Some(relation) = catalog.relations.get(name.as_str()) else {
            continue;
        };
        let Some(owner) = relation.position(owner) else {
            continue;
        };
        let is_known = adoptions
            .iter()
            .any(|known| known.relation.name == *name && known.owner == owner);
        if !is_known && relation.writable.can_update {
            adoptions.push(Adoption {
                fate: fate(&settings.adopt, relation),
                relation: Arc::clone(relation),
                owner,
            });
        }
    }
    adoptions
}

/// What the operator wants to happen; without a word of his the rows follow, and where one cannot the user's own stays.
fn fate(adopt: &[Adopt], relation: &Relation) -> Fate {
    let said = adopt.iter().find(|said| said.table == relation.name);
    let Some(said) = said else {
        return Fate::Moved(Meeting::default());
    };
    let columns = said.columns.iter();
    match (said.rows, said.conflict) {
        (AdoptedRows::Drop, _) => Fate::Dropped,
        (AdoptedRows::Move, Conflict::Keep) => Fate::Moved(Meeting::Keep),
        (AdoptedRows::Move, Conflict::Replace) => Fate::Moved(Meeting::Replace),
        (AdoptedRows::Move, Conflict::Sum) => Fate::Moved(Meeting::Sum(
            columns
                .filter_map(|column| relation.position(column))
                .collect(),
        )),
    }
}
