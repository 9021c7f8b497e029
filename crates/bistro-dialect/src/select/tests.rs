//! `select`, by example.

use crate::error::Problem;
use crate::limits::Limits;
use crate::print::print_query;
use crate::query::Query;
use crate::select::Item;

fn read(text: &str) -> Result<Vec<Item>, Problem> {
    let query = Query::read(&format!("select={text}"), &Limits::default());
    query
        .map(|query| query.select.expect("it was said"))
        .map_err(|error| error.problem)
}

/// Shows the tree: `alias:name->path::cast.sum()::cast`, `alias:relation!hint!join(…)`, quotes only where they must be.
fn check(text: &str, expected: &str) {
    let items = read(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
    let query = Query {
        select: Some(items),
        ..Query::default()
    };
    let printed = print_query(&query).replace("%3E", ">").replace("%22", "\"");
    assert_eq!(printed.strip_prefix("select="), Some(expected), "{text}");
}

fn check_items(text: &str, expected: &str) {
    let items = read(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
    assert_eq!(format!("{items:?}"), expected, "{text}");
}

fn check_error(text: &str, at: usize, part: &str) {
    let problem = read(text).expect_err(text);
    let Problem::Syntax { at: found, .. } = &problem else {
        panic!("{text}: {problem}");
    };
    assert_eq!(*found, at, "{text}: {problem}");
    assert!(problem.to_string().contains(part), "{text}: {problem}");
}

#[test]
fn columns_are_read() {
    check("", "");
    check("*", "*");
    check("a", "a");
    check(" a , b ", "a,b");
    check("*,a", "*,a");
    check("first name", "\"first%20name\"");
    check("\"a,b\"", "\"a,b\"");
    check("x:a", "x:a");
    check("x:a::text", "x:a::text");
    check("a::double precision", "a::\"double%20precision\"");
    check("a->b->>c", "a->b->>c");
    check("x:a->0->>-1::int", "x:a->0->>-1::int");
    check("제목:title", "%EC%A0%9C%EB%AA%A9:title");
    check("and,or,order,not", "and,or,order,not");
}

#[test]
fn aggregates_are_read() {
    check("count()", "count()");
    check("n:count()::text", "n:count()::text");
    check("a.sum()", "a.sum()");
    check(
        "a.avg(),a.max(),a.min(),a.count()",
        "a.avg(),a.max(),a.min(),a.count()",
    );
    check("x:a::int.sum()::text", "x:a::int.sum()::text");
    check("a->b.sum()", "a->b.sum()");
    check("count", "count");
    check("count.sum()", "count.sum()");
    check_items(
        "count()",
        "[Column(Column { alias: None, field: None, cast: None, aggregate: \
         Some(Aggregate { function: Count, cast: None }) })]",
    );
}

#[test]
fn embeds_are_read() {
    check("a(*)", "a(*)");
    check("a()", "a()");
    check("x:a(b)", "x:a(b)");
    check("a!h(b)", "a!h(b)");
    check("a!inner(b)", "a!inner(b)");
    check("a!h!inner(b)", "a!h!inner(b)");
    check("a!left!h(b)", "a!h!left(b)");
    check("a!\"inner\"(b)", "a!\"inner\"(b)");
    check("...a(b)", "...a(b)");
    check("...a!h!inner(b,...c(d))", "...a!h!inner(b,...c(d))");
    check("a,b(c,d(e,f:g!h(*))),i", "a,b(c,d(e,f:g!h(*))),i");
    check("a( b , c )", "a(b,c)");
    check("\"count\"()", "\"count\"()");
    check("count(a)", "\"count\"(a)");
    check_items(
        "x:a!h!inner()",
        "[Embed(Embed { alias: Some(\"x\"), relation: \"a\", hint: Some(\"h\"), join: Some(Inner), items: [] })]",
    );
}

#[test]
fn mistakes_have_positions() {
    check_error(",", 0, "a column, a relation or `*`");
    check_error("a,", 2, "end of input");
    check_error("a,,b", 2, "`,`");
    check_error("a b(", 4, "end of input");
    check_error("a(b", 3, "`,` or `)`");
    check_error("a(b))", 4, "`)`");
    check_error("a(b)c", 4, "`c`");
    check_error("id,clients(name[])", 15, "`[`");
    check_error("a::", 3, "type");
    check_error("x:", 2, "a column or a relation");
    check_error("x:*", 2, "`*`");
    check_error("*!h", 1, "`!`");
    check_error("a!h", 3, "`(`");
    check_error("a!h!i(b)", 4, "one hint");
    check_error("a!inner!left(b)", 8, "one join");
    check_error("a->b(c)", 4, "`(`");
    check_error("a.", 2, "`sum()`");
    check_error("a.mean()", 2, "`mean`");
    check_error("a.sum", 5, "`()`");
    check_error("a.sum(b)", 5, "`()`");
    check_error("x:...a(b)", 2, "`.`");
    check_error("..a(b)", 0, "`.`");
    check_error("\"a", 2, "ends the quoted text");
}
