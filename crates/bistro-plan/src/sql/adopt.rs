//! A visitor's rows become a user's.

use crate::adoption::{Adoption, Fate, Meeting};
use crate::catalog::Relation;
use crate::principal::Principal;
use crate::sql::Statement;
use crate::sql::text::Text;
use crate::value::Value;

/// The statements that make the rows of `visitor` those of `user`, in order. Each leaves rows alone that a constraint keeps from
/// following; one that fails may be left out.
pub fn adopt(adoption: &Adoption, visitor: &str, user: &str) -> Vec<Statement> {
    let Adoption {
        relation,
        owner,
        fate,
    } = adoption;
    let owners = Owners {
        relation,
        column: *owner,
        visitor,
        user,
    };
    match fate {
        Fate::Dropped => vec![owners.drop()],
        Fate::Moved(meeting) => {
            let mut statements = Vec::new();
            for others in owners.meetings() {
                statements.extend(owners.meet(meeting, &others));
            }
            statements.push(owners.take_over());
            statements
        }
    }
}

struct Owners<'a> {
    relation: &'a Relation,
    column: usize,
    visitor: &'a str,
    user: &'a str,
}

impl Owners<'_> {
    /// For each unique constraint in which the owner takes part: the other columns, which are the same where rows meet. What is
    /// unique under a condition is not known well enough.
    fn meetings(&self) -> Vec<Vec<usize>> {
        let plain = self
            .relation
            .uniques
            .iter()
            .filter(|unique| !unique.is_partial);
        let keys = [&self.relation.primary_key]
            .into_iter()
            .chain(plain.map(|unique| &unique.columns));
        keys.filter(|key| key.contains(&self.column))
            .map(|key| {
                let others = key.iter().copied();
                others.filter(|column| *column != self.column).collect()
            })
            .collect()
    }

    fn meet(&self, meeting: &Meeting, others: &[usize]) -> Vec<Statement> {
        match meeting {
            Meeting::Keep => vec![self.yield_to(self.visitor, self.user, others)],
            Meeting::Replace => vec![self.yield_to(self.user, self.visitor, others)],
            Meeting::Sum(columns) => vec![
                self.add(columns, others),
                self.yield_to(self.visitor, self.user, others),
            ],
        }
    }

    /// Removes the rows of one where they meet a row of the other.
    fn yield_to(&self, one: &str, other: &str, others: &[usize]) -> Statement {
        let mut sql = Text::of(&Principal::Anyone);
        sql.sql("DELETE FROM ")
            .relation(self.relation)
            .sql(" AS r WHERE ");
        self.is_of(&mut sql, "r.", one);
        sql.sql(" AND EXISTS (SELECT 1 FROM ")
            .relation(self.relation)
            .sql(" AS o WHERE ");
        self.is_of(&mut sql, "o.", other);
        self.is_same(&mut sql, others);
        sql.sql(")");
        sql.finish()
    }

    /// Adds the visitor's numbers to the user's.
    fn add(&self, columns: &[usize], others: &[usize]) -> Statement {
        let mut sql = Text::of(&Principal::Anyone);
        sql.sql("UPDATE OR IGNORE ")
            .relation(self.relation)
            .sql(" AS r SET ");
        sql.list(columns, ", ", |sql, column| {
            let name = &self.relation.column(*column).name;
            sql.name(name)
                .sql(" = coalesce(r.")
                .name(name)
                .sql(", 0) + coalesce(o.")
                .name(name)
                .sql(", 0)");
        });
        sql.sql(" FROM ")
            .relation(self.relation)
            .sql(" AS o WHERE ");
        self.is_of(&mut sql, "r.", self.user);
        sql.sql(" AND ");
        self.is_of(&mut sql, "o.", self.visitor);
        self.is_same(&mut sql, others);
        sql.finish()
    }

    fn take_over(&self) -> Statement {
        let mut sql = Text::of(&Principal::Anyone);
        let owner = &self.relation.column(self.column).name;
        sql.sql("UPDATE OR IGNORE ")
            .relation(self.relation)
            .sql(" SET ");
        sql.name(owner)
            .sql(" = ")
            .value(text(self.user))
            .sql(" WHERE ");
        self.is_of(&mut sql, "", self.visitor);
        sql.finish()
    }

    fn drop(&self) -> Statement {
        let mut sql = Text::of(&Principal::Anyone);
        sql.sql("DELETE FROM ")
            .relation(self.relation)
            .sql(" WHERE ");
        self.is_of(&mut sql, "", self.visitor);
        sql.finish()
    }

    fn is_of(&self, sql: &mut Text<'_>, alias: &'static str, who: &str) {
        let owner = &self.relation.column(self.column).name;
        sql.sql(alias).name(owner).sql(" = ").value(text(who));
    }

    fn is_same(&self, sql: &mut Text<'_>, columns: &[usize]) {
        for column in columns {
            let name = &self.relation.column(*column).name;
            sql.sql(" AND o.").name(name).sql(" = r.").name(name);
        }
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
