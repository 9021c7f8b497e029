//! The operators: one row each.

/// How a predicate compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `neq`
    NotEqual,
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
    /// `like`
    Like,
    /// `ilike`
    LikeIgnoreCase,
    /// `match`
    Match,
    /// `imatch`
    MatchIgnoreCase,
    /// `in`
    In,
    /// `is`
    Is,
    /// `isdistinct`
    IsDistinct,
    /// `fts`
    Search,
    /// `plfts`
    SearchPlain,
    /// `phfts`
    SearchPhrase,
    /// `wfts`
    SearchWeb,
    /// `cs`
    Contains,
    /// `cd`
    ContainedIn,
    /// `ov`
    Overlaps,
    /// `sl`
    StrictlyLeft,
    /// `sr`
    StrictlyRight,
    /// `nxr`
    NotExtendsRight,
    /// `nxl`
    NotExtendsLeft,
    /// `adj`
    Adjacent,
}

/// `any` or `all` before a list: `like(any).{a*,b*}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// One of the values suffices.
    Any,
    /// Every value must fit.
    All,
}
