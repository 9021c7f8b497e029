//! Filters and trees, by example.

use crate::error::{Error, Place, Problem};
use crate::filter::{Condition, Group, Operand, Predicate};
use crate::limits::Limits;
use crate::operator::Quantifier;
use crate::query::Query;

/// Reads one raw parameter, and shows the condition it gives.
fn check(parameter: &str, expected: &str) {
    let query = Query::read(parameter, &Limits::default());
    let query = query.unwrap_or_else(|error| panic!("{parameter}: {error}"));
    let shown: Vec<_> = query
        .conditions
        .iter()
        .map(|condition| {
            let embeds = condition.path.iter().map(|embed| format!("<{embed}> "));
            let shown: Vec<_> = embeds.chain([show(&condition.value)]).collect();
            shown.concat()
        })
        .collect();
    assert_eq!(shown.join("; "), expected, "{parameter}");
}

fn show(condition: &Condition) -> String {
    match condition {
        Condition::Predicate(predicate) => show_predicate(predicate),
        Condition::Group(Group {
            is_negated,
            connective,
            members,
        }) => {
            let not = if *is_negated { "not " } else { "" };
            let members: Vec<_> = members.iter().map(show).collect();
            format!("{not}{}({})", connective.token(), members.join(", "))
        }
    }
}

fn show_predicate(predicate: &Predicate) -> String {
    let not = if predicate.is_negated { "not " } else { "" };
    let steps = predicate.field.path.iter();
    let steps: Vec<_> = steps
        .map(|step| format!("{}{:?}", step.arrow.token(), step.key))
        .collect();
    let path = steps.concat();
    let operand = match &predicate.operand {
        Operand::One(value) => format!("{value:?}"),
        Operand::List(values) => format!("{values:?}"),
        Operand::Quantified(Quantifier::Any, values) => format!("any {values:?}"),
        Operand::Quantified(Quantifier::All, values) => format!("all {values:?}"),
        Operand::Is(is) => format!("{is:?}"),
        Operand::Search {
            configuration,
            text,
        } => format!("{configuration:?} {text:?}"),
    };
    format!(
        "[{}]{path} {not}{:?} {operand}",
        predicate.field.name, predicate.operator
    )
}

/// Reads a parameter that has a mistake, and shows place and position.
fn check_error(parameter: &str, at: usize, part: &str) {
    let error = Query::read(parameter, &Limits::default()).expect_err(parameter);
    let Error {
        place: Place::Parameter(_),
        problem: Problem::Syntax { at: found, .. },
    } = &error
    else {
        panic!("{parameter}: {error:?}");
    };
    assert_eq!(*found, at, "{parameter}: {error}");
    assert!(error.to_string().contains(part), "{parameter}: {error}");
}

#[test]
fn every_operator_is_read() {
    check("a=eq.1", "[a] Equal \"1\"");
    check("a=neq.1", "[a] NotEqual \"1\"");
    check("a=gt.1", "[a] Greater \"1\"");
    check("a=gte.1", "[a] GreaterOrEqual \"1\"");
    check("a=lt.1", "[a] Less \"1\"");
    check("a=lte.1", "[a] LessOrEqual \"1\"");
    check("a=like.*x*", "[a] Like \"*x*\"");
    check("a=ilike.%25x", "[a] LikeIgnoreCase \"%x\"");
    check("a=match.^x$", "[a] Match \"^x$\"");
    check("a=imatch.x|y", "[a] MatchIgnoreCase \"x|y\"");
    check("a=in.(1,2)", "[a] In [\"1\", \"2\"]");
    check("a=is.null", "[a] Is Null");
    check("a=isdistinct.1", "[a] IsDistinct \"1\"");
    check("a=fts.x", "[a] Search None \"x\"");
    check("a=plfts.x", "[a] SearchPlain None \"x\"");
    check("a=phfts.x", "[a] SearchPhrase None \"x\"");
    check("a=wfts.x", "[a] SearchWeb None \"x\"");
    check("a=cs.{1,2}", "[a] Contains \"{1,2}\"");
    check("a=cd.{1,2}", "[a] ContainedIn \"{1,2}\"");
    check("a=ov.[1,2)", "[a] Overlaps \"[1,2)\"");
    check("a=sl.(1,2)", "[a] StrictlyLeft \"(1,2)\"");
    check("a=sr.(1,2)", "[a] StrictlyRight \"(1,2)\"");
    check("a=nxr.(1,2)", "[a] NotExtendsRight \"(1,2)\"");
    check("a=nxl.(1,2)", "[a] NotExtendsLeft \"(1,2)\"");
    check("a=adj.(1,2)", "[a] Adjacent \"(1,2)\"");
}

#[test]
fn operators_are_negated() {
    check("a=not.eq.1", "[a] not Equal \"1\"");
    check("a=not.in.(1)", "[a] not In [\"1\"]");
    check("a=not.is.null", "[a] not Is Null");
    check("a=not.fts(x).y", "[a] not Search Some(\"x\") \"y\"");
    check("a=not.like(any).{x}", "[a] not Like any [\"x\"]");
}

#[test]
fn single_values_are_taken_as_they_are() {
    check("a=eq.", "[a] Equal \"\"");
    check("a=eq.1.5", "[a] Equal \"1.5\"");
    check("a=eq.\"x\"", "[a] Equal \"\\\"x\\\"\"");
    check("a=eq.x,y(z)=w", "[a] Equal \"x,y(z)=w\"");
    check("a=eq.x+y%2Bz", "[a] Equal \"x y+z\"");
    check("a=eq.%EC%84%9C%EC%9A%B8", "[a] Equal \"서울\"");
    check("a=eq.not.eq.1", "[a] Equal \"not.eq.1\"");
    check("a=eq. 1 ", "[a] Equal \" 1 \"");
}

#[test]
fn filters_on_one_column_add_up() {
    check(
        "year=gte.1990&year=lt.2000",
        "[year] GreaterOrEqual \"1990\"; [year] Less \"2000\"",
    );
}

#[test]
fn is_takes_five_words_in_any_case() {
    check("a=is.null", "[a] Is Null");
    check("a=is.NULL", "[a] Is Null");
    check("a=is.not_null", "[a] Is NotNull");
    check("a=is.True", "[a] Is True");
    check("a=is.false", "[a] Is False");
    check("a=is.unknown", "[a] Is Unknown");
    check_error("a=is.1", 3, "`1`");
    check_error("a=is.", 3, "not_null");
    check_error("a=is.nul", 3, "`nul`");
}

#[test]
fn lists_know_quotes() {
    check("a=in.()", "[a] In []");
    check("a=in.(\"\")", "[a] In [\"\"]");
    check("a=in.(,)", "[a] In [\"\", \"\"]");
    check("a=in.(x y,z)", "[a] In [\"x y\", \"z\"]");
    check("a=in.(\"x,y\",\"z)\")", "[a] In [\"x,y\", \"z)\"]");
    check(
        "a=in.(\"\\\"\\\\\",b\\c)",
        "[a] In [\"\\\"\\\\\", \"b\\\\c\"]",
    );
    // A quote that does not stand for the whole value is an ordinary character.
    check(
        "a=in.(\"x\"y,6\",\"z)",
        "[a] In [\"\\\"x\\\"y\", \"6\\\"\", \"\\\"z\"]",
    );
    check("a=in. ( 1,2) ", "[a] In [\"1\", \"2\"]");
    check_error("a=in.1,2", 3, "`(`");
    check_error("a=in.(1,2", 7, "end of input");
    check_error("a=in.(1,2)x", 8, "`x`");
    check_error("a=in", 2, "a list in parentheses");
}

#[test]
fn quantifiers_take_array_literals() {
    check("a=eq(any).{1,2}", "[a] Equal any [\"1\", \"2\"]");
    check("a=like(all).{*x*,y*}", "[a] Like all [\"*x*\", \"y*\"]");
    check("a=gte(any).{}", "[a] GreaterOrEqual any []");
    check(
        "a=eq(any).{\"x,y\", z w ,\"}\",\"\",a\\,b,\"null\"}",
        "[a] Equal any [\"x,y\", \"z w\", \"}\", \"\", \"a,b\", \"null\"]",
    );
    for operator in [
        "eq", "like", "ilike", "gt", "gte", "lt", "lte", "match", "imatch",
    ] {
        let query = format!("a={operator}(any).{{1}}");
        assert!(Query::read(&query, &Limits::default()).is_ok(), "{query}");
    }
    check_error("a=neq(any).{1}", 3, "`.` and a value");
    check_error("a=eq(some).{1}", 3, "`any` or `all`");
    check_error("a=eq(any).1", 8, "`{`");
    check_error("a=eq(any).{1", 10, "end of input");
    check_error("a=eq(any).{1}x", 11, "end of input");
    check_error("a=eq(any).{{1}}", 9, "`{`");
    check_error("a=eq(any).{1,,2}", 11, "`,`");
    check_error("a=eq(any).{1,NULL}", 11, "NULL");
}

#[test]
fn searches_take_a_configuration() {
    check("a=fts(english).x y", "[a] Search Some(\"english\") \"x y\"");
    check("a=wfts(\"a)b\").x", "[a] SearchWeb Some(\"a)b\") \"x\"");
    check_error("a=fts().x", 4, "configuration");
    check_error("a=fts(x.y", 5, "`)`");
}

#[test]
fn columns_are_named_in_quotes_where_they_must() {
    check("\"a.b\"=eq.1", "[a.b] Equal \"1\"");
    check("%22a%5C%22b%22=eq.1", "[a\"b] Equal \"1\"");
    check("a b=eq.1", "[a b] Equal \"1\"");
    check("a+b=eq.1", "[a b] Equal \"1\"");
    check("first-name=eq.1", "[first-name] Equal \"1\"");
    check("\" a \"=eq.1", "[ a ] Equal \"1\"");
    check(" a =eq.1", "[a] Equal \"1\"");
    check("제목=eq.1", "[제목] Equal \"1\"");
    check("1=eq.1", "[1] Equal \"1\"");
    check("\"select\"=eq.1", "[select] Equal \"1\"");
    check("\"or\"=eq.1", "[or] Equal \"1\"");
    check("after=eq.1", "[after] Equal \"1\"");
    check_error("a!=eq.1", 1, "`!`");
    check_error("\"a=eq.1", 2, "end of input");
    check_error("=eq.1", 0, "end of input");
    check_error("a.=eq.1", 2, "end of input");
    check_error("-a=eq.1", 0, "`-`");
}

#[test]
fn filters_reach_into_json() {
    check(
        "a->b->>c=eq.1",
        "[a]->Name(\"b\")->>Name(\"c\") Equal \"1\"",
    );
    check("a->0->>-1=eq.1", "[a]->Index(0)->>Index(-1) Equal \"1\"");
    check("a->\"0\"=eq.1", "[a]->Name(\"0\") Equal \"1\"");
    check("a->>\"b.c\"=eq.1", "[a]->>Name(\"b.c\") Equal \"1\"");
    check("a->1b=eq.1", "[a]->Name(\"1b\") Equal \"1\"");
    check("a-b->c-d=eq.1", "[a-b]->Name(\"c-d\") Equal \"1\"");
    check_error("a->=eq.1", 3, "JSON key");
    check_error("a->-b=eq.1", 3, "JSON key");
    check_error("a->--1=eq.1", 4, "JSON key");
    check_error("a->-\"1\"=eq.1", 3, "JSON key");
    check_error("a->99999999999999999999=eq.1", 3, "64 bits");
    check_error("a->b.c=eq.1", 4, "`.`");
}

#[test]
fn filters_concern_embeds() {
    check("actors.name=eq.x", "<actors> [name] Equal \"x\"");
    check("a.b.c->>d=eq.x", "<a> <b> [c]->>Name(\"d\") Equal \"x\"");
    check("\"a.b\".c=eq.x", "<a.b> [c] Equal \"x\"");
    check("actors.select=eq.x", "<actors> [select] Equal \"x\"");
    check("actors=is.null", "[actors] Is Null");
    check("actors=not.is.null", "[actors] not Is Null");
}

#[test]
fn conditions_form_trees() {
    check(
        "or=(a.eq.1,b.gt.2)",
        "or([a] Equal \"1\", [b] Greater \"2\")",
    );
    check("and=(a.eq.1)", "and([a] Equal \"1\")");
    check("not.or=(a.eq.1)", "not or([a] Equal \"1\")");
    check(
        "or=(a.not.eq.1,not.and(b.is.null,or(c.eq.1,d.eq.2)))",
        "or([a] not Equal \"1\", not and([b] Is Null, or([c] Equal \"1\", [d] Equal \"2\")))",
    );
    check("actors.or=(a.eq.1)", "<actors> or([a] Equal \"1\")");
    check(
        "actors.not.and=(a.eq.1)",
        "<actors> not and([a] Equal \"1\")",
    );
    check("\"not\".and=(a.eq.1)", "<not> and([a] Equal \"1\")");
    check(
        "or=(and.eq.1,\"or\".eq.2,order.eq.3)",
        "or([and] Equal \"1\", [or] Equal \"2\", [order] Equal \"3\")",
    );
    check("or=(not.eq.1)", "or([not] Equal \"1\")");
    check(
        "or=( a.eq.1 , and ( b.eq.2 ) )",
        "or([a] Equal \"1 \", and([b] Equal \"2 \"))",
    );
    check("or=(a->b.eq.1,c->>0.eq.2)", {
        "or([a]->Name(\"b\") Equal \"1\", [c]->>Index(0) Equal \"2\")"
    });
}

#[test]
fn values_in_trees_end_unless_quoted() {
    check("or=(a.eq.)", "or([a] Equal \"\")");
    check("or=(a.eq.\"x,y)\")", "or([a] Equal \"x,y)\")");
    check("or=(a.eq.\"x\"y)", "or([a] Equal \"\\\"x\\\"y\")");
    check(
        "or=(a.in.(1,\"2,3\"),b.in.())",
        "or([a] In [\"1\", \"2,3\"], [b] In [])",
    );
    check(
        "or=(a.cs.{1,2},b.cs.{\"x}\",y})",
        "or([a] Contains \"{1,2}\", [b] Contains \"{\\\"x}\\\",y}\")",
    );
    check(
        "or=(a.cs.{\"k\":{\"l\":1,\"m\":2}},b.eq.{)",
        "or([a] Contains \"{\\\"k\\\":{\\\"l\\\":1,\\\"m\\\":2}}\", [b] Equal \"{\")",
    );
    check(
        "or=(a.like(any).{x,\"y)\"},b.eq(all).\"{1,2}\")",
        "or([a] Like any [\"x\", \"y)\"], [b] Equal all [\"1\", \"2\"])",
    );
    check(
        "or=(a.fts(english).x,b.is.true)",
        "or([a] Search Some(\"english\") \"x\", [b] Is True)",
    );
    check("or=(a.ov.\"[1,2)\")", "or([a] Overlaps \"[1,2)\")");
}

#[test]
fn mistakes_in_trees_have_positions() {
    check_error("or=()", 1, "`)`");
    check_error("or=", 0, "`(`");
    check_error("or=a.eq.1", 0, "`(`");
    check_error("or=(a.eq.1", 7, "`,` or `)`");
    check_error("or=(a.eq.1,)", 8, "column");
    check_error("or=(a.eq.1)x", 8, "end of input");
    check_error("or=(a)", 2, "`.`");
    check_error("or=(a.xy.1)", 3, "`xy`");
    check_error("or=(xor(a.eq.1))", 4, "`(`");
    check_error("or=(a.is.1)", 6, "`1`");
}

#[test]
fn what_is_no_filter_says_which_operators_exist() {
    check_error("year=1990", 0, "gte");
    check_error("year=", 0, "end of input");
    check_error("year=eq", 2, "end of input");
    check_error("year=eq1990", 0, "`eq1990`");
    check_error("year=not.1990", 4, "`1990`");
    check_error("year=>1990", 0, "`>`");
    check_error("year=ge.1990", 0, "perhaps `");
    check_error("title=ilke.x", 0, "perhaps `ilike`");
    check_error("title=EQ.x", 0, "`EQ`");
    check_error("title", 0, "end of input");
}
