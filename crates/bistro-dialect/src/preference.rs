//! What the client would like: the `Prefer` field, one row per preference.

/// Everything `Prefer` said. `None`: not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return=`
    pub returning: Option<Return>,
    /// `count=`
    pub count: Option<Count>,
    /// `resolution=`
    pub resolution: Option<Resolution>,
    /// `missing=`
    pub missing: Option<Missing>,
    /// `handling=`
    pub handling: Option<Handling>,
    /// `max-affected=`
    pub max_affected: Option<u64>,
    /// `tx=`
    pub transaction: Option<TransactionEnd>,
    /// `timezone=`
    pub timezone: Option<String>,
    /// What was not understood, as it was written; an error under `handling=strict`.
    pub invalid: Vec<String>,
}

/// What a write sends back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// nothing
    Minimal,
    /// nothing but `Location`
    HeadersOnly,
    /// the rows
    Representation,
}

/// How the total is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// by counting
    Exact,
    /// from the database's statistics
    Planned,
    /// by counting up to a bound, from statistics beyond it
    Estimated,
}

/// What an insert does with a row that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// overwrite the columns given
    MergeDuplicates,
    /// leave the row as it is
    IgnoreDuplicates,
}

/// What a column that a row of the payload does not name becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// its default
    Default,
    /// NULL
    Null,
}

/// What happens to preferences that were not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// an error
    Strict,
    /// nothing
    Lenient,
}

/// How the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    /// the change stays
    Commit,
    /// everything is done, answered, and undone
    Rollback,
}
