//! From `[[allow]]` to rules, and what can be said against them.

use std::ops::Range;
use std::sync::Arc;

use bistro_database::Database;
use bistro_plan::catalog::{Catalog, Relation, RelationKind, nearest};
use bistro_plan::predicate::Predicate;
use bistro_plan::rule::{self, Audience, CALL_PREFIX, Operation, Rule, Subject};
use toml::Spanned;

use crate::config::error::{Error, Problem};
use crate::config::file::{Allow, Verb};
use crate::config::literal;
use crate::config::source::Source;

/// Audiences that need no declaration.
const AUDIENCES: [&str; 3] = ["anyone", "visitor", "user"];

/// The rules of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) source: &'a Source,
    pub(super) allow: &'a [Allow],
    pub(super) roles: &'a [Spanned<String>],
}

impl Rules<'_> {
    /// What can be said against them without knowing the database.
    pub(super) fn check(self) -> Result<(), Error> {
        for allow in self.allow {
            self.audience(allow)?;
            self.check_operations(allow)?;
            self.check_conditions(allow)?;
        }
        Ok(())
    }

    /// The rules, about what is there.
    pub(super) fn about(self, catalog: &Catalog) -> Result<Vec<Rule>, Error> {
        self.allow
            .iter()
            .map(|allow| self.rule(allow, catalog))
            .collect()
    }

    /// Finds out whether the database understands every condition.
    pub(super) fn validate(self, database: &Database) -> Result<(), Error> {
        for rule in self.about(&database.catalog())?.iter().zip(self.allow) {
            let (rule, allow) = rule;
            for (key, written, predicate) in [
                ("where", &allow.rows, &rule.rows),
                ("check", &allow.check, &rule.check),
            ] {
                let (Some(written), Some(predicate)) = (written, predicate) else {
                    continue;
                };
                if let Err(misfit) = database.validate(&rule.on, &rule.operations, predicate)? {
                    let reason = misfit.to_string();
                    return Err(self.misunderstood(key, written, misfit.at, reason));
                }
            }
        }
        Ok(())
    }

    fn rule(self, allow: &Allow, catalog: &Catalog) -> Result<Rule, Error> {
        let (on, relation) = self.subject(allow, catalog)?;
        let operations = allow.operations.get_ref().iter();
        let operations: Vec<Operation> = operations.map(|&verb| verb.into()).collect();
        let owner = allow.owner.as_ref();
        let columns = allow.columns.as_ref().map(Spanned::get_ref);
        for column in owner.into_iter().chain(columns.into_iter().flatten()) {
            self.check_column(allow, relation, column)?;
        }
        self.check_writes(allow, relation, &operations)?;
        Ok(Rule {
            on,
            to: self.audience(allow)?,
            operations,
            rows: self.condition("where", allow.rows.as_ref())?,
            check: self.condition("check", allow.check.as_ref())?,
            owner: owner.map(|owner| owner.get_ref().clone()),
            columns: columns.map(|columns| {
                let columns = columns.iter();
                columns.map(|column| column.get_ref().clone()).collect()
            }),
        })
    }

    /// What a rule is about, if it is there.
    fn subject<'a>(
        self,
        allow: &Allow,
        catalog: &'a Catalog,
    ) -> Result<(Subject, &'a Relation), Error> {
        let name = allow.on.get_ref();
        let problem = match name.strip_prefix(CALL_PREFIX) {
            Some(called) => {
                if let Some(function) = catalog.functions.get(called) {
                    return Ok((Subject::Function(called.to_owned()), &function.rows));
                }
                let candidates = catalog.functions.keys().map(String::as_str);
                let nearest = nearest(called, candidates);
                Problem::UnknownFunction {
                    name: called.to_owned(),
                    nearest: nearest.map(rule::called),
                }
            }
            None => {
                if let Some(relation) = catalog.relations.get(name) {
                    return Ok((Subject::Relation(name.clone()), relation));
                }
                let candidates = catalog.relations.keys().map(String::as_str);
                Problem::UnknownRelation {
                    name: name.clone(),
                    nearest: nearest(name, candidates).map(str::to_owned),
                }
            }
        };
        Err(self.error(allow.on.span(), problem))
    }

    fn audience(self, allow: &Allow) -> Result<Audience, Error> {
        let name = allow.to.get_ref();
        let roles = || self.roles.iter().map(|role| role.get_ref().as_str());
        Ok(match name.as_str() {
            "anyone" => Audience::Anyone,
            "visitor" => Audience::Visitor,
            "user" => Audience::User,
            role if roles().any(|declared| declared == role) => Audience::Role(role.to_owned()),
            other => {
                let names = AUDIENCES.into_iter().chain(roles());
                let declared = "what `[users] roles` lists";
                let problem = Problem::Unknown {
                    what: "audience",
                    name: other.to_owned(),
                    nearest: nearest(other, names).map(str::to_owned),
                    valid: AUDIENCES
                        .into_iter()
                        .chain([declared])
                        .map(str::to_owned)
                        .collect(),
                };
                return Err(self.error(allow.to.span(), problem));
            }
        })
    }

    fn check_operations(self, allow: &Allow) -> Result<(), Error> {
        let operations = allow.operations.get_ref();
        let is_function = allow.on.get_ref().starts_with(CALL_PREFIX);
        let is_call = |verb: &Verb| matches!(verb, Verb::Call);
        let problem = if operations.is_empty() {
            "this rule opens nothing; `do` lists one or more of read, create, update, delete; or call"
                .to_owned()
        } else if operations.iter().any(|verb| is_call(verb) != is_function) {
            if is_function {
                "a stored query is there to be called: `do = [\"call\"]`".to_owned()
            } else {
                format!("only stored queries are called, `on = \"{CALL_PREFIX}NAME\"`")
            }
        } else {
            return Ok(());
        };
        Err(self.error(allow.operations.span(), Problem::Value(problem)))
    }

    fn check_conditions(self, allow: &Allow) -> Result<(), Error> {
        self.condition("where", allow.rows.as_ref())?;
        self.condition("check", allow.check.as_ref())?;
        let is_function = allow.on.get_ref().starts_with(CALL_PREFIX);
        let writes = |verb: &Verb| matches!(verb, Verb::Create | Verb::Update);
        let refused = [
            (
                allow.check.as_ref().filter(|_| is_function),
                "a stored query checks what it writes itself; `where` says which of the rows it returns are seen",
            ),
            (
                allow.owner.as_ref().filter(|_| is_function),
                "a stored query knows who calls it as `:owner`; `where` says which of the rows it returns are seen",
            ),
            (
                allow
                    .check
                    .as_ref()
                    .filter(|_| !allow.operations.get_ref().iter().any(writes)),
                "`check` says what a row must be like that was created or updated, and this rule opens neither",
            ),
        ];
        for (written, reason) in refused {
            if let Some(written) = written {
                return Err(self.error(written.span(), Problem::Value(reason.to_owned())));
            }
        }
        match &allow.columns {
            Some(columns) if columns.get_ref().is_empty() => {
                let problem = "no column is open then; leave `columns` out to open all of them";
                Err(self.error(columns.span(), Problem::Value(problem.to_owned())))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_column(
        self,
        allow: &Allow,
        relation: &Relation,
        column: &Spanned<String>,
    ) -> Result<(), Error> {
        let name = column.get_ref();
        if relation.position(name).is_some() {
            return Ok(());
        }
        let columns = relation.columns.iter();
        let problem = Problem::UnknownColumn {
            on: allow.on.get_ref().clone(),
            name: name.clone(),
            nearest: nearest(name, columns.map(|column| column.name.as_str())).map(str::to_owned),
        };
        Err(self.error(column.span(), problem))
    }

    /// Only rows of tables can be found again once they are written.
    fn check_writes(
        self,
        allow: &Allow,
        relation: &Relation,
        operations: &[Operation],
    ) -> Result<(), Error> {
        let writes = operations.iter().any(|operation| match operation {
            Operation::Create | Operation::Update => true,
            Operation::Read | Operation::Delete | Operation::Call => false,
        });
        let demand = allow.check.as_ref().or(allow.rows.as_ref());
        match demand.or(allow.owner.as_ref()) {
            Some(demand) if writes && relation.kind != RelationKind::Table => {
                let problem = format!(
                    "`{}` is no table, so a row of it cannot be looked at again once it was created or updated; \
                     open it for that without `where`, `check` and `owner`, and let its triggers refuse, or open the table",
                    relation.name
                );
                Err(self.error(demand.span(), Problem::Value(problem)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn condition(
        self,
        key: &'static str,
        written: Option<&Spanned<String>>,
    ) -> Result<Option<Arc<Predicate>>, Error> {
        let Some(written) = written else {
            return Ok(None);
        };
        let predicate = Predicate::read(written.get_ref()).map_err(|mistake| {
            self.misunderstood(key, written, Some(mistake.at), mistake.to_string())
        })?;
        Ok(Some(Arc::new(predicate)))
    }

    /// What is wrong with a condition, at an octet of it.
    fn misunderstood(
        self,
        key: &'static str,
        written: &Spanned<String>,
        at: Option<usize>,
        reason: String,
    ) -> Error {
        let span = written.span();
        let raw = self.source.text().get(span.clone()).unwrap_or_default();
        let inside = at.and_then(|at| literal::place(raw, written.get_ref(), at));
        let start = span.start + inside.unwrap_or_default();
        self.error(start..span.end, Problem::Condition { key, reason })
    }

    fn error(self, span: Range<usize>, problem: Problem) -> Error {
        self.source.error(span, problem)
    }
}

/// What a rule demands of rows, and what it opens of them, in the words of the file.
pub(super) fn conditions(allow: &Allow) -> Vec<String> {
    let written = |key: &str, text: &Option<Spanned<String>>| {
        text.as_ref()
            .map(|text| format!("{key} {}", text.get_ref()))
    };
    let owner = allow.owner.as_ref();
    let columns = allow.columns.as_ref().map(|columns| {
        let columns = columns.get_ref().iter();
        let names: Vec<_> = columns.map(|column| column.get_ref().as_str()).collect();
        format!("columns {}", names.join(", "))
    });
    [
        owner.map(|owner| format!("owner {}", owner.get_ref())),
        written("where", &allow.rows),
        written("check", &allow.check),
        columns,
    ]
    .into_iter()
    .flatten()
    .collect()
}
