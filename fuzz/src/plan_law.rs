//! What must hold for every plan, however hostile the request.

use bistro_dialect::{Exchange, Limits, Request};
use bistro_plan::catalog::Catalog;
use bistro_plan::plan::{self, Plan, Source};
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Access, Policy};
use bistro_plan::sql::{self, Nested};
use bistro_plan::value::Value;

/// A word that the catalog does not have: found in a statement's text, it can only have come from a client.
pub const CANARY: &str = "zqx";

/// Planning does not panic, an error can be shown, every parameter that a statement names is bound, and no word of a
/// client's stands in its text.
pub fn check_plan(exchange: &Exchange<'_>, catalog: &Catalog) {
    let Ok(request) = Request::read(exchange, &Limits::default()) else {
        return;
    };
    let policy = Policy {
        access: Access::Open,
        is_read_only: false,
        allows_unfiltered_writes: true,
        rows_max: None,
        limits: Limits::default(),
    };
    match plan::make(&request, &Principal::Anyone, catalog, &policy) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(Plan::Read(read)) => {
            let statements = [Some(sql::read(&read)), sql::last(&read)]
                .into_iter()
                .flatten();
            let counts = [
                sql::count(&read, None),
                sql::count(&read, Some(10)),
                sql::extent(&read),
            ];
            let named = match &read.source {
                Source::Called { arguments, .. } => arguments.len(),
                Source::Relation | Source::Touched(_) | Source::Returned(_) => 0,
            };
            for statement in statements.chain(counts) {
                check(&statement.text, &statement.parameters, named);
            }
        }
        Ok(Plan::Call(call)) => {
            assert_eq!(call.arguments.len(), call.function.parameters.len());
            let statement = sql::read(&call.read);
            check(&statement.text, &statement.parameters, 0);
        }
        Ok(Plan::Write(write)) => {
            let program = sql::write(&write);
            for statement in program.before.iter().chain(&program.after) {
                check(&statement.text, &statement.parameters, 0);
            }
            for step in &program.steps {
                step.runs.iter().for_each(|run| check(&step.text, run, 0));
                if let Some(probe) = &step.probe {
                    assert_eq!(probe.runs.len(), step.runs.len());
                    probe.runs.iter().for_each(|run| check(&probe.text, run, 0));
                }
            }
            check_nested(&program.children);
        }
    }
}

fn check_nested(children: &[Nested]) {
    for child in children {
        for step in &child.steps {
            for run in &step.runs {
                let filled = child.filled.iter().map(|_| Value::Null);
                let parameters: Vec<Value> = run.iter().cloned().chain(filled).collect();
                check(&step.text, &parameters, 0);
            }
        }
        check_nested(&child.children);
    }
}

/// `named` parameters stand in the text by name, before those that stand there by number.
fn check(text: &str, parameters: &[Value], named: usize) {
    assert!(!text.to_lowercase().contains(CANARY), "{text}");
    let numbers = text.split('?').skip(1).filter_map(|after| {
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    });
    assert_eq!(numbers.max().unwrap_or(named), parameters.len(), "{text}");
}
