//! Filters as people say them.

use bistro_dialect::Limits;
use bistro_dialect::filter::{Condition, Operand, Predicate};
use bistro_dialect::query::Query;

use crate::page::parameter::Parameter;

/// A parameter in words, `year is at least 1990`, if it is a filter by one column; otherwise as it is written.
pub(super) fn of(parameter: &Parameter) -> String {
    predicate(parameter)
        .and_then(|predicate| sentence(&predicate))
        .unwrap_or_else(|| format!("{}={}", parameter.name, parameter.value))
}

fn predicate(parameter: &Parameter) -> Option<Predicate> {
    let query = Query::read(&parameter.raw, &Limits::default()).ok()?;
    let condition = query.conditions.into_iter().next()?;
    match condition.value {
        Condition::Predicate(predicate) if condition.path.is_empty() => Some(predicate),
        Condition::Predicate(_) | Condition::Group(_) => None,
    }
}

fn sentence(predicate: &Predicate) -> Option<String> {
    let operand = match &predicate.operand {
        Operand::One(text) => text.clone(),
        Operand::List(texts) => texts.join(", "),
        Operand::Quantified(quantifier, texts) => {
            format!("{} of {}", quantifier.token(), texts.join(", "))
        }
        Operand::Is(is) => is.token().replace('_', " "),
        Operand::Search { text, .. } => text.clone(),
    };
    let not = if predicate.is_negated { "not: " } else { "" };
    let sentence = format!(
        "{not}{} {} {operand}",
        predicate.field.name,
        predicate.operator.english()
    );
    predicate.field.path.is_empty().then_some(sentence)
}
