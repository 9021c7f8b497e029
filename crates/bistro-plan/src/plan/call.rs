//! Calls of stored queries: arguments from the URL or the body; the rows are read as those of a table are.

use std::sync::Arc;

use bistro_dialect::Request;
use bistro_dialect::error::Place;
use bistro_dialect::filter::Condition as Asked;
use bistro_dialect::payload::{Datum, Payload};
use bistro_dialect::query::At;
use bistro_http::method::Method;

use crate::catalog::{Function, Given, Kind, Parameter, Relation};
use crate::error::Error;
use crate::literal;
use crate::plan::Plan;
use crate::plan::reach::Reach;
use crate::plan::read::{Read, Source};
use crate::value::Value;

/// A call of a stored query that changes something.
#[derive(Clone, Debug)]
pub struct Call {
    /// The query.
    pub function: Arc<Function>,
    /// What its statement is given, in the order of its numbers.
    pub arguments: Vec<Value>,
    /// The read of the rows it has returned.
    pub read: Read,
}

impl Call {
    /// How long its longer statement is: no less than the parameters it needs.
    pub(super) fn weight(&self) -> usize {
        self.arguments.len().max(self.read.weight())
    }
}

/// Plans a call (`PostgREST`, "Functions as RPC"): with `POST` the body holds the arguments, otherwise the parameters that
/// are called like what the function takes. All other parameters are about its rows.
pub(super) fn call(
    request: &Request,
    reach: Reach<'_>,
    function: &Arc<Function>,
) -> Result<Plan, Error> {
    let rows = reach.rows_of(function);
    let (arguments, request) = match request.method {
        Method::Post => {
            refuse_mistakes(request, |_| false)?;
            (of_body(request, function)?, request.clone())
        }
        Method::Get
        | Method::Head
        | Method::Query
        | Method::Put
        | Method::Patch
        | Method::Delete
        | Method::Options
        | Method::Trace
        | Method::Connect => {
            let is_argument = |name: &str| function.parameter(name).is_some();
            refuse_strangers(request, function, &rows)?;
            refuse_mistakes(request, is_argument)?;
            (
                of_parameters(request, function)?,
                about_rows(request, is_argument),
            )
        }
    };
    let mut read = Read::collection(&request, reach, &rows)?;
    if !function.is_read_only {
        read.source = Source::Returned(Arc::clone(&function.rows));
        let given = function.given(&arguments).map(|given| match given {
            Given::Argument(value) => value.clone(),
            Given::Caller(value) => reach.principal.value(value),
        });
        return Ok(Plan::Call(Call {
            arguments: given.collect(),
            function: Arc::clone(function),
            read,
        }));
    }
    read.source = Source::Called {
        function: Arc::clone(function),
        arguments,
    };
    Ok(Plan::Read(read))
}

/// A name that is neither an argument's nor a column's, with a value that is no filter, is meant as an argument.
fn refuse_strangers(request: &Request, function: &Function, rows: &Relation) -> Result<(), Error> {
    let is_known = |name: &str| function.parameter(name).is_some() || rows.position(name).is_some();
    let strangers = request.query.mistakes.iter().filter_map(|mistake| {
        if let Place::Parameter(name) = &mistake.place {
            let is_plain = !name.is_empty() && !name.contains(['.', '>']);
            (is_plain && !is_known(name)).then_some(name.as_str())
        } else {
            None
        }
    });
    let strangers: Vec<&str> = strangers.collect();
    if strangers.is_empty() {
        return Ok(());
    }
    let named = request
        .query
        .arguments
        .iter()
        .map(|(name, _)| name.as_str());
    let given = named.filter(|name| function.parameter(name).is_some() || strangers.contains(name));
    Err(wrong_arguments(function, given))
}

/// A parameter that says nothing that is understood has to be an argument.
fn refuse_mistakes(request: &Request, is_argument: impl Fn(&str) -> bool) -> Result<(), Error> {
    for mistake in &request.query.mistakes {
        match &mistake.place {
            Place::Parameter(name) if is_argument(name) => {}
            Place::Parameter(_)
            | Place::Path
            | Place::Query
            | Place::Field(_)
            | Place::Body
            | Place::Member(_) => {
                return Err(Error::Misread(mistake.clone()));
            }
        }
    }
    Ok(())
}

/// The request without what is an argument: its value may look like a filter.
fn about_rows(request: &Request, is_argument: impl Fn(&str) -> bool) -> Request {
    let mut request = request.clone();
    request.query.conditions.retain(|At { path, value }| {
        let is_meant = match value {
            Asked::Predicate(predicate) => {
                let field = &predicate.field;
                path.is_empty() && field.path.is_empty() && is_argument(&field.name)
            }
            Asked::Group(_) => false,
        };
        !is_meant
    });
    if is_argument("after") {
        request.query.after = None;
    }
    request
}

fn of_parameters(request: &Request, function: &Function) -> Result<Vec<Value>, Error> {
    let mut named: Vec<&str> = Vec::new();
    let mut given: Vec<(&str, Datum)> = Vec::new();
    for (name, text) in &request.query.arguments {
        let Some(parameter) = function.parameter(name) else {
            continue;
        };
        if named.contains(&name.as_str()) {
            return Err(Error::RepeatedArgument { name: name.clone() });
        }
        named.push(name);
        if !text.is_empty() || !stands_for_nothing(parameter) {
            given.push((name, Datum::Text(text.clone())));
        }
    }
    values(function, &given)
}

/// Whether an empty argument is as good as none: a form of a browser sends every field, filled in or not.
fn stands_for_nothing(parameter: &Parameter) -> bool {
    match (&parameter.default, parameter.kind) {
        (None, _) => false,
        (Some(Value::Null), _) => true,
        (Some(_), Kind::Text | Kind::Any | Kind::Temporal | Kind::Uuid) => false,
        (
            Some(_),
            Kind::Integer | Kind::Real | Kind::Numeric | Kind::Boolean | Kind::Json | Kind::Blob,
        ) => true,
    }
}

fn of_body(request: &Request, function: &Function) -> Result<Vec<Value>, Error> {
    let method = request.method;
    let rows = match &request.payload {
        None => return values(function, &[]),
        Some(Payload::Rows(rows)) => rows,
        Some(Payload::MergePatch(_) | Payload::JsonPatch(_)) => {
            return Err(Error::WrongPayload { method });
        }
    };
    let [row] = rows.rows.as_slice() else {
        return Err(Error::ArgumentsList {
            found: rows.rows.len(),
        });
    };
    let names = rows.columns.iter().map(String::as_str);
    let given = names.zip(row.iter().cloned());
    let given: Vec<_> = given
        .filter_map(|(name, datum)| Some((name, datum?)))
        .collect();
    values(function, &given)
}

/// The values of all parameters; what is not given takes its default.
fn values(function: &Function, given: &[(&str, Datum)]) -> Result<Vec<Value>, Error> {
    let wrong = || wrong_arguments(function, given.iter().map(|(name, _)| *name));
    if given
        .iter()
        .any(|(name, _)| function.parameter(name).is_none())
    {
        return Err(wrong());
    }
    let values = function.parameters.iter().map(|parameter| {
        let datum = given.iter().find(|(name, _)| *name == parameter.name);
        match (datum, &parameter.default) {
            (Some((_, datum)), _) => value(parameter, datum),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(wrong()),
        }
    });
    values.collect()
}

fn wrong_arguments<'a>(function: &Function, given: impl Iterator<Item = &'a str>) -> Error {
    Error::WrongArguments {
        function: function.name.clone(),
        expected: function.parameters.iter().map(spelled).collect(),
        given: given.map(str::to_owned).collect(),
    }
}

fn spelled(parameter: &Parameter) -> String {
    let mark = if parameter.default.is_some() { "?" } else { "" };
    format!("{}{mark}", parameter.name)
}

/// An argument's value. Where no kind is declared, text that is a number in its plain form is one; where JSON is, clients of
/// PostgREST send lists in a URL as PostgreSQL writes them.
fn value(parameter: &Parameter, datum: &Datum) -> Result<Value, Error> {
    if let (Kind::Any, Datum::Text(text)) = (parameter.kind, datum) {
        let integer = text.parse::<i64>().ok();
        if let Some(integer) = integer.filter(|integer| integer.to_string() == *text) {
            return Ok(Value::Integer(integer));
        }
        let real = text.parse::<f64>().ok();
        if let Some(real) = real.filter(|real| real.is_finite() && real.to_string() == *text) {
            return Ok(Value::Real(real));
        }
    }
    let value = literal::of_datum(&parameter.name, parameter.kind, datum);
    match (parameter.kind, datum) {
        (Kind::Json, Datum::Text(text)) => {
            value.or_else(|error| literal::json_of_array(text).map(Value::Text).ok_or(error))
        }
        _ => value,
    }
}
