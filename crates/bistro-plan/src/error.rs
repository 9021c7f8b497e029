//! What cannot be done, with the facts an answer needs.

use bistro_http::method::Method;

use crate::catalog::Kind;
use crate::rule::Operation;

/// A way in which two relations are related, in `PostgREST`'s words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `many-to-one`, `one-to-many`, `one-to-one` or `many-to-many`.
    pub cardinality: &'static str,
    /// `songs with artists`
    pub embedding: String,
    /// `songs_artist_id_fkey using songs(artist_id) and artists(id)`
    pub relationship: String,
    /// What to embed instead: `artists!songs_artist_id_fkey`.
    pub name: String,
}

/// A request that makes no sense against this catalog and these rules.
///
/// The code after each variant's sentence is the one `PostgREST` or PostgreSQL gives in the same case.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no such table or view, for this caller. PGRST205
    #[error("no relation `{name}`")]
    UnknownRelation {
        /// As asked for.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// There is no such stored query, for this caller. PGRST202
    #[error("no stored query `{name}`")]
    UnknownFunction {
        /// As asked for.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A stored query is called with other arguments than it takes. PGRST202
    #[error("`{function}` takes ({}), it is called with ({})", expected.join(", "), given.join(", "))]
    WrongArguments {
        /// Its name.
        function: String,
        /// What it takes, those it can do without with a `?` behind them.
        expected: Vec<String>,
        /// What is given.
        given: Vec<String>,
    },
    /// A call whose body is a list. PGRST102
    #[error("a call takes one object of arguments, {found} are given")]
    ArgumentsList {
        /// How many there are.
        found: usize,
    },
    /// An argument is given more than once. PGRST100
    #[error("parameter `{name}`: given more than once")]
    RepeatedArgument {
        /// As given.
        name: String,
    },
    /// A parameter of a call that is no argument, and nothing else either. PGRST100
    #[error(transparent)]
    Misread(#[from] bistro_dialect::Error),
    /// Two relations are not known to be related. PGRST200
    #[error("no relationship between `{from}` and `{to}`")]
    UnknownRelationship {
        /// The relation asked.
        from: String,
        /// The one wanted with it.
        to: String,
        /// How it was to be found, if that was said.
        hint: Option<String>,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// Two relations are related in more than one way. PGRST201
    #[error("more than one relationship between `{from}` and `{to}`")]
    AmbiguousRelationship {
        /// The relation asked.
        from: String,
        /// The one wanted with it.
        to: String,
        /// The ways.
        candidates: Vec<Candidate>,
    },
    /// What a path says belongs to a row does not. 404
    #[error("nothing of `{relation}` belongs to the rows of `{parent}`")]
    NotRelated {
        /// The relation of the row.
        parent: String,
        /// As asked for.
        relation: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// An order by a column of embedded rows of which there can be many. PGRST118
    #[error("`{relation}` and `{name}` do not form a many-to-one or one-to-one relationship")]
    RelatedOrder {
        /// The relation to be ordered.
        relation: String,
        /// The embed.
        name: String,
    },
    /// An aggregate of many embedded rows that are spread. PGRST127
    #[error("aggregates of `{name}` cannot be spread: there can be many rows of it")]
    SpreadAggregate {
        /// The embed.
        name: String,
    },
    /// A row that belongs to the one in the URL refers to another one in the body. 400
    #[error("column `{column}` in the body does not match the row in the URL")]
    RelatedMismatch {
        /// The column that differs.
        column: String,
    },
    /// A filter, order or page concerns an embedded relation that `select` does not embed. PGRST108
    #[error("`{name}` is not embedded in this request")]
    NotEmbedded {
        /// As asked for.
        name: String,
    },
    /// The target is no relation: the root, or one of Bistro's own resources. It never comes to a plan.
    #[error("the target is no relation")]
    NoRelation,
    /// The resource does not have this method for this caller. 405
    #[error("`{relation}` does not allow {method} here")]
    NotAllowed {
        /// The relation.
        relation: String,
        /// As asked for.
        method: Method,
        /// What `Allow` says.
        allowed: Vec<Method>,
    },
    /// The method is allowed, but not all that this request makes of it: an upsert updates, a representation or a
    /// filter reads. 42501
    #[error("this request would also {} `{relation}`, which is not allowed", operation.name())]
    Forbidden {
        /// The relation.
        relation: String,
        /// What the request would do besides.
        operation: Operation,
    },
    /// `select`, a filter, `order` or an aggregate names a column that is not there. 42703
    #[error("no column `{column}` in `{relation}`")]
    UnknownColumn {
        /// The relation.
        relation: String,
        /// As asked for.
        column: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A body, `columns` or `on_conflict` names a column that is not there. PGRST204
    #[error("no column `{column}` in `{relation}` to write to")]
    UnknownPayloadColumn {
        /// The relation.
        relation: String,
        /// As asked for.
        column: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A JSON path into a column that holds no JSON. 42883
    #[error("column `{column}` of `{relation}` is {}, a path needs json", kind.name())]
    NoPath {
        /// The relation.
        relation: String,
        /// The column.
        column: String,
        /// What it holds.
        kind: Kind,
    },
    /// A value that is not of its column's kind. 22P02
    #[error("invalid {} for column `{column}`: `{text}`", kind.name())]
    InvalidValue {
        /// The column.
        column: String,
        /// What it holds.
        kind: Kind,
        /// The value as sent, cut off where it is long.
        text: String,
    },
    /// A number that its column cannot hold. 22003
    #[error("{} out of range for column `{column}`: `{text}`", kind.name())]
    OutOfRange {
        /// The column.
        column: String,
        /// What it holds.
        kind: Kind,
        /// The value as sent, cut off where it is long.
        text: String,
    },
    /// An operator that means nothing here. 42883
    #[error("operator `{operator}` cannot be used on column `{column}` of `{relation}`: {instead}")]
    UnsupportedOperator {
        /// As asked for.
        operator: &'static str,
        /// The relation.
        relation: String,
        /// The column.
        column: String,
        /// What can be done.
        instead: &'static str,
    },
    /// Something that this relation cannot do. 0A000
    #[error("{what} is not possible on `{relation}`: {instead}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
        /// The relation.
        relation: String,
        /// Why, and what can be done.
        instead: &'static str,
    },
    /// A cast to a type nobody knows. 42704
    #[error("no type `{name}` to cast column `{column}` to")]
    UnknownCast {
        /// As asked for.
        name: String,
        /// What was to be cast.
        column: String,
    },
    /// An aggregate that its column's kind does not have. 42883
    #[error("`{function}` of column `{column}` has no meaning: it is {}", kind.name())]
    NoAggregate {
        /// As asked for.
        function: &'static str,
        /// The column.
        column: String,
        /// What it holds.
        kind: Kind,
    },
    /// `order` names something that the groups of an aggregate do not have one value of. 42803
    #[error("cannot order by `{column}`: with an aggregate, only by columns selected beside it")]
    NotGrouped {
        /// As asked for.
        column: String,
    },
    /// Two different values would have the same name in the answer. 42701
    #[error("`{name}` is selected twice with different meanings; give one of them an alias")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// An item is asked for where rows have no primary key. 404
    #[error("`{relation}` has no primary key, so its rows have no address")]
    NoKey {
        /// The relation.
        relation: String,
    },
    /// An item's address has too few or too many parts. 404
    #[error("the key of `{relation}` has {} parts ({}), the address has {found}", expected.len(), expected.join(", "))]
    KeyParts {
        /// The relation.
        relation: String,
        /// Its key's columns.
        expected: Vec<String>,
        /// How many values the address has.
        found: usize,
    },
    /// An item's address cannot be the key of any row. 404
    #[error("no such row in `{relation}`")]
    NoSuchRow {
        /// The relation.
        relation: String,
    },
    /// `after` is not the cursor of this order. PGRST100
    #[error(
        "parameter `after`: {found} values, expected {expected}: this cursor belongs to another order"
    )]
    CursorLength {
        /// How many values the order has.
        expected: usize,
        /// How many the cursor has.
        found: usize,
    },
    /// `after` where rows have no total order to continue in. PGRST100
    #[error("parameter `after`: {reason}")]
    CursorMisplaced {
        /// What is in the way.
        reason: &'static str,
    },
    /// `Range` and `limit`/`offset` have no row in common. PGRST103
    #[error("field `Range` and parameters `limit` and `offset` have no row in common")]
    DisjointRange,
    /// `PATCH` or `DELETE` of a whole collection. 21000
    #[error(
        "{method} without a filter would concern every row of `{relation}`; if that is meant, say `{example}`"
    )]
    Unfiltered {
        /// As asked for.
        method: Method,
        /// The relation.
        relation: String,
        /// A filter that says "all".
        example: String,
    },
    /// `PUT` whose filters are not `eq` on exactly the primary key. PGRST105
    #[error("PUT needs `eq` filters on exactly the primary key of `{relation}`: {}", key.join(", "))]
    PutFilters {
        /// The relation.
        relation: String,
        /// Its key's columns; none if it has no key.
        key: Vec<String>,
    },
    /// `PUT` with `limit` or `offset`. PGRST114
    #[error("PUT takes no `limit` and no `offset`")]
    PutPage,
    /// The row of a `PUT` has another key than its URL. PGRST115
    #[error("column `{column}` in the body does not match the key in the URL")]
    PutMismatch {
        /// The first key column that differs.
        column: String,
    },
    /// A body of one row is needed. PGRST115 for `PUT`, 21000 for `PATCH`
    #[error("{method} takes exactly one row, {found} are given")]
    RowCount {
        /// As asked for.
        method: Method,
        /// How many rows the body has.
        found: usize,
    },
    /// A write without a body. PGRST102
    #[error("{method} needs a body")]
    NoPayload {
        /// As asked for.
        method: Method,
    },
    /// A patch document where rows are needed. 415
    #[error("{method} does not take a patch document")]
    WrongPayload {
        /// As asked for.
        method: Method,
    },
    /// `on_conflict` names no primary key and no unique constraint. 42P10
    #[error("no unique constraint of `{relation}` on ({})", columns.join(", "))]
    NoUnique {
        /// The relation.
        relation: String,
        /// As asked for.
        columns: Vec<String>,
    },
    /// A body holds rows in its rows, or deeper, than it may. 54000
    #[error("{what}: at most {limit} allowed")]
    TooManyRows {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// A member of a row that holds rows which cannot be created with it. 0A000
    #[error(
        "`{name}` cannot be created with a row of `{relation}`: only rows that refer to it can"
    )]
    NotCreatedWith {
        /// The relation of the row.
        relation: String,
        /// The member.
        name: String,
    },
    /// A row in a row names the column by which it refers to that row. PGRST115
    #[error("column `{column}` of `{name}` is filled from the row it stands in")]
    FilledColumn {
        /// The column.
        column: String,
        /// The member.
        name: String,
    },
    /// Rows in a row of CSV or of a form. PGRST102
    #[error("`{name}` holds rows, and only JSON can have them in a row")]
    RowsInText {
        /// The member.
        name: String,
    },
    /// A value for a column that the database computes. 428C9
    #[error("column `{column}` of `{relation}` is generated and cannot be written")]
    GeneratedColumn {
        /// The relation.
        relation: String,
        /// The column.
        column: String,
    },
    /// More values in one statement than a database takes. 54000
    #[error("{found} values in one request, at most {limit} allowed")]
    TooManyParameters {
        /// How many there are.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// More values in one row than a database gives. 54000
    #[error("{found} values in one row{}, at most {limit} allowed", if *is_embedded { " that is embedded" } else { "" })]
    TooManyColumns {
        /// How many there are.
        found: usize,
        /// The bound.
        limit: usize,
        /// Whether the row is inside another.
        is_embedded: bool,
    },
    /// More patterns in one request than are compiled for one. 54000
    #[error("{found} patterns in one request, at most {limit} allowed")]
    TooManyPatterns {
        /// How many there are.
        found: usize,
        /// The bound.
        limit: usize,
    },
}
