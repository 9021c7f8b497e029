//! Whatever a client writes wherever he may write, none of it becomes SQL.

use bistro_dialect::Request;
use bistro_dialect::field::{Arrow, Field, Step, StepKey};
use bistro_dialect::filter::{Condition, Operand, Predicate};
use bistro_dialect::operator::{Operator, Quantifier};
use bistro_dialect::page::{Cursor, CursorValue, Page};
use bistro_dialect::payload::{Datum, Payload, Rows};
use bistro_dialect::preference::{Resolution, Return};
use bistro_dialect::query::At;
use bistro_dialect::select::{Column, Item};
use bistro_dialect::{Target, order};
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::proptest;

use crate::fixture::{Asked, catalog, open};
use crate::plan::{self, Plan};
use crate::principal::Principal;
use crate::sql;

/// Stands in everything the client writes here, and in no word of ours.
const MARK: &str = "ZQXJ";

fn hostile() -> impl Strategy<Value = String> {
    let attack = prop_oneof![
        Just("' OR 1=1 --".to_owned()),
        Just("\"; DROP TABLE songs; --".to_owned()),
        Just("?1) UNION SELECT * FROM sqlite_schema --".to_owned()),
        Just("\0\\'\"`[]".to_owned()),
        ".*",
    ];
    attack.prop_map(|attack| format!("{MARK}{attack}{MARK}"))
}

fn at<T>(value: T) -> At<T> {
    At {
        path: Vec::new(),
        value,
    }
}

fn predicate(field: Field, operator: Operator, operand: Operand) -> At<Condition> {
    at(Condition::Predicate(Predicate {
        field,
        is_negated: false,
        operator,
        operand,
    }))
}

fn column(name: &str) -> Field {
    Field {
        name: name.to_owned(),
        path: Vec::new(),
    }
}

fn place(text: &str, arrow: Arrow) -> Field {
    Field {
        path: vec![Step {
            key: StepKey::Name(text.to_owned()),
            arrow,
        }],
        ..column("data")
    }
}

/// A request that says `text` wherever anything can be said.
fn reading(text: &str) -> Request {
    let text = text.to_owned();
    let mut request = Asked::new("GET /songs").request();
    let one = || Operand::One(text.clone());
    for operator in [
        Operator::Equal,
        Operator::Less,
        Operator::IsDistinct,
        Operator::Like,
        Operator::LikeIgnoreCase,
        Operator::Match,
        Operator::MatchIgnoreCase,
    ] {
        for field in [
            column("title"),
            column("note \"x\""),
            place(&text, Arrow::Json),
            place(&text, Arrow::Text),
        ] {
            request
                .query
                .conditions
                .push(predicate(field, operator, one()));
        }
    }
    let list = vec![text.clone(), text.clone()];
    request.query.conditions.extend([
        predicate(column("title"), Operator::In, Operand::List(list.clone())),
        predicate(
            column("title"),
            Operator::Greater,
            Operand::Quantified(Quantifier::All, list),
        ),
        predicate(
            column("data"),
            Operator::Contains,
            Operand::One(format!("{{\"{}\"}}", text.replace(['\\', '"'], "\\\""))),
        ),
    ]);
    request.query.select = Some(vec![Item::Column(Column {
        alias: Some(text.clone()),
        field: Some(place(&text, Arrow::Text)),
        cast: Some("text".to_owned()),
        aggregate: None,
    })]);
    request.query.order.push(at(vec![order::Term {
        relation: None,
        field: place(&text, Arrow::Json),
        direction: None,
        nulls: None,
    }]));
    request.query.pages.push(at(Page {
        limit: Some(3),
        offset: None,
    }));
    request.query.after = Some(Cursor {
        values: vec![
            CursorValue::Text(text.clone()),
            CursorValue::Blob(text.into_bytes()),
        ],
    });
    request
}

fn writing(text: &str) -> Request {
    let mut request = Asked {
        body: "{}",
        ..Asked::new("POST /songs")
    }
    .request();
    request.preferences.resolution = Some(Resolution::MergeDuplicates);
    request.preferences.returning = Some(Return::Representation);
    request.payload = Some(Payload::Rows(Rows {
        columns: vec!["title".to_owned(), "note \"x\"".to_owned()],
        rows: vec![vec![
            Some(Datum::Text(text.to_owned())),
            Some(Datum::Text(text.to_owned())),
        ]],
        is_single: true,
    }));
    request
}

fn statements(request: &Request) -> Vec<String> {
    match plan::make(request, &Principal::Anyone, &catalog(), &open()) {
        Ok(Plan::Read(read)) => {
            let mut statements = vec![
                sql::read(&read),
                sql::count(&read, Some(9)),
                sql::extent(&read),
            ];
            statements.extend(sql::last(&read));
            statements
                .into_iter()
                .map(|statement| statement.text)
                .collect()
        }
        Ok(Plan::Write(write)) => {
            let program = sql::write(&write);
            let mut texts = Vec::new();
            for step in program.steps {
                texts.push(step.text);
                texts.extend(step.probe.map(|probe| probe.text));
            }
            texts.extend(
                program
                    .before
                    .into_iter()
                    .chain(program.after)
                    .map(|statement| statement.text),
            );
            texts
        }
        Ok(Plan::Call(call)) => vec![sql::read(&call.read).text],
        Err(error) => panic!("{error:?}"),
    }
}

/// A call whose arguments and filter are this text.
fn calling(name: &str, text: &str) -> Request {
    let mut request = Asked::new(&format!("POST /rpc/{name}")).request();
    request.payload = Some(Payload::Rows(Rows {
        columns: vec!["year".to_owned(), "title".to_owned()],
        rows: vec![vec![
            Some(Datum::Json("1994".to_owned())),
            Some(Datum::Text(text.to_owned())),
        ]],
        is_single: true,
    }));
    request.query.conditions.push(predicate(
        column("title"),
        Operator::Equal,
        Operand::One(text.to_owned()),
    ));
    request
}

proptest! {
    #[test]
    fn the_text_of_a_statement_depends_on_the_shape_of_a_request_alone(text in hostile()) {
        let querying = |text: &str| calling("by_year", text);
        let retiring = |text: &str| calling("retire", text);
        let builds: [&dyn Fn(&str) -> Request; 4] = [&reading, &writing, &querying, &retiring];
        for build in builds {
            let statements = statements(&build(&text));
            let innocent = self::statements(&build(MARK));
            proptest::prop_assert!(statements.iter().all(|statement| !statement.contains(MARK)));
            proptest::prop_assert_eq!(statements, innocent);
        }
    }

    #[test]
    fn names_are_only_ever_those_of_the_catalog(text in hostile()) {
        for field in [column(&text), Field { name: text.clone(), ..place(&text, Arrow::Json) }] {
            let mut request = Asked::new("GET /songs").request();
            request.query.conditions.push(predicate(field.clone(), Operator::Equal, Operand::One(text.clone())));
            proptest::prop_assert!(plan::make(&request, &Principal::Anyone, &catalog(), &open()).is_err());
            request.query.conditions.clear();
            request.query.select = Some(vec![Item::Column(Column {
                alias: None,
                field: Some(column("title")),
                cast: Some(text.clone()),
                aggregate: None,
            })]);
            proptest::prop_assert!(plan::make(&request, &Principal::Anyone, &catalog(), &open()).is_err());
        }
        let request = Request {
            target: Target::Collection { relation: text.clone() },
            ..Asked::new("GET /songs").request()
        };
        proptest::prop_assert!(plan::make(&request, &Principal::Anyone, &catalog(), &open()).is_err());
        let mut request = writing(&text);
        request.query.columns = Some(vec![text.clone()]);
        proptest::prop_assert!(plan::make(&request, &Principal::Anyone, &catalog(), &open()).is_err());
        let mut request = writing("a");
        request.query.on_conflict = Some(vec![text]);
        proptest::prop_assert!(plan::make(&request, &Principal::Anyone, &catalog(), &open()).is_err());
    }
}
