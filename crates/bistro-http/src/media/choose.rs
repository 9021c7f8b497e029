//! The choice of one representation among those offered.

use std::cmp::Reverse;

use crate::media::{Accepted, MediaType};

/// A media type the server can answer with. Everything in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// What stands before `/`.
    pub kind: &'a str,
    /// What stands after `/`.
    pub subtype: &'a str,
    /// The parameters that tell this offer from others of the same type.
    pub parameters: &'a [(&'a str, &'a str)],
}

impl<'a> Offer<'a> {
    /// A type without parameters.
    pub const fn new(kind: &'a str, subtype: &'a str) -> Self {
        Self {
            kind,
            subtype,
            parameters: &[],
        }
    }

    /// A type with parameters.
    pub const fn with(
        kind: &'a str,
        subtype: &'a str,
        parameters: &'a [(&'a str, &'a str)],
    ) -> Self {
        Self {
            kind,
            subtype,
            parameters,
        }
    }

    fn is_type_of(&self, range: &MediaType) -> bool {
        range.is(self.kind, self.subtype)
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.parameters
            .iter()
            .any(|(other, offered)| *other == name && value.eq_ignore_ascii_case(offered))
    }
}

/// How exactly a range names an offer: greater is more exact (RFC 9110 §12.5.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Anything,
    Kind,
    Type { parameters: usize },
}

/// How much an offer is wanted: by weight, then by how exactly it is named, then by how early.
type Rank = (u16, Precision, Reverse<usize>);

/// The offer a client wants most; `None` if it wants none of them. No members at all accept everything.
///
/// The most exact range that matches an offer decides its weight, and weight 0 excludes it. Among equal weights the offer
/// that was named more exactly wins (`text/csv, */*` asks for CSV), then the one that the client named first, as
/// `PostgREST` has it, then the one that the server offers first.
///
/// A range's parameter counts only where some offer of its type is told apart by it. So `nulls=stripped` is a condition,
/// and `application/json;charset=utf-8` is JSON, though no offer mentions a charset.
pub fn choose<T: Copy>(accepted: &[Accepted], offers: &[(Offer<'_>, T)]) -> Option<T> {
    if accepted.is_empty() {
        return offers.first().map(|(_, value)| *value);
    }
    let mut best: Option<(Rank, T)> = None;
    for (offer, value) in offers {
        let Some((precision, place)) = named(accepted, offer, offers) else {
            continue;
        };
        let quality = accepted.get(place).map_or(0, |member| member.quality);
        let rank = (quality, precision, Reverse(place));
        if quality > 0 && best.is_none_or(|(other, _)| rank > other) {
            best = Some((rank, *value));
        }
    }
    best.map(|(_, value)| value)
}

/// How exactly an offer is named, and the place of the member that names it so; of several as exact the first.
fn named<T>(
    accepted: &[Accepted],
    offer: &Offer<'_>,
    offers: &[(Offer<'_>, T)],
) -> Option<(Precision, usize)> {
    let mut best: Option<(Precision, usize)> = None;
    for (place, member) in accepted.iter().enumerate() {
        if let Some(precision) = precision(&member.range, offer, offers)
            && best.is_none_or(|(other, _)| precision > other)
        {
            best = Some((precision, place));
        }
    }
    best
}

fn precision<T>(
    range: &MediaType,
    offer: &Offer<'_>,
    offers: &[(Offer<'_>, T)],
) -> Option<Precision> {
    if range.is("*", "*") {
        return Some(Precision::Anything);
    }
    if range.subtype == "*" {
        return (range.kind == offer.kind).then_some(Precision::Kind);
    }
    if !offer.is_type_of(range) {
        return None;
    }
    let mut parameters = 0;
    for (name, value) in &range.parameters {
        if offer.has(name, value) {
            parameters += 1;
        } else if is_telling(name, range, offers) {
            return None;
        }
    }
    Some(Precision::Type { parameters })
}

/// Whether some offer of the range's type has a parameter of that name.
fn is_telling<T>(name: &str, range: &MediaType, offers: &[(Offer<'_>, T)]) -> bool {
    offers.iter().any(|(offer, _)| {
        offer.is_type_of(range) && offer.parameters.iter().any(|(other, _)| *other == name)
    })
}
