//! How rows are found again after a write.

use crate::catalog::{Admitted, Relation, RelationKind};
use crate::error::Error;
use crate::plan::read::Identity;

/// How many columns of a key a row can be noted by: as many as the table for it has.
const IDENTITY_COLUMNS_MAX: usize = 32;

const NOT_CHECKED: &str = "a rule demands something of rows once they are written, and only those of tables can be found again";

/// How rows of a relation are found again, if something tells them apart.
pub(super) fn of(relation: &Relation) -> Option<Identity> {
    let by_key = || {
        let key = relation.primary_key.len();
        (1..=IDENTITY_COLUMNS_MAX)
            .contains(&key)
            .then_some(Identity::Key)
    };
    relation.rowid().map(Identity::Rowid).or_else(by_key)
}

/// How they are found again because rules demand something of them.
///
/// # Errors
/// They demand something, and nothing tells the rows apart.
pub(super) fn demanded(
    relation: &Relation,
    demands: &[Admitted],
) -> Result<Option<Identity>, Error> {
    if demands.is_empty() {
        return Ok(None);
    }
    let is_told_apart = |identity: &Identity| match identity {
        Identity::Rowid(_) => true,
        // Rows with NULL in their key have it in common, and one would be held against the rules for another.
        Identity::Key => {
            let mut key = relation.primary_key.iter();
            key.all(|column| relation.is_never_null(*column))
        }
    };
    let identity = of(relation)
        .filter(|_| relation.kind == RelationKind::Table)
        .filter(is_told_apart);
    identity.map(Some).ok_or_else(|| Error::Unsupported {
        what: "this write",
        relation: relation.name.clone(),
        instead: NOT_CHECKED,
    })
}
