//! `Range` and `Content-Range` with items as the unit, as `PostgREST` uses them.

/// A `Range: 0-24` of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemRange {
    /// The first item, from 0.
    pub first: u64,
    /// The last item, included; `None` for `5-`.
    pub last: Option<u64>,
}
