//! The table that is printed: one line a figure, with its bound.

use std::fmt::{self, Display};

use crate::rounds::median;

/// What a figure must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    /// This, or more.
    AtLeast(f64),
    /// This, or less.
    AtMost(f64),
    /// Nothing: it is told for comparison.
    None,
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// What it is.
    pub(crate) what: String,
    /// What it must be.
    pub(crate) bound: Bound,
    /// Its unit, empty for a ratio.
    pub(crate) unit: &'static str,
    /// What it was in each round.
    pub(crate) values: Vec<f64>,
    /// The absolute numbers.
    pub(crate) scale: String,
}

/// The lines above the figures.
pub(crate) const HEAD: &str = "| what | bound | ratio (median of rounds) | spread | scale | holds |\n\
    | --- | --- | --- | --- | --- | --- |";

impl Figure {
    /// What others are compared with.
    pub(crate) fn alone(what: &str, scale: String) -> Self {
        Self {
            what: what.to_owned(),
            bound: Bound::None,
            unit: "",
            values: vec![1.0],
            scale,
        }
    }
}

impl Bound {
    fn holds(self, value: f64) -> &'static str {
        let holds = match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
            Self::None => return "",
        };
        if holds { "yes" } else { "**no**" }
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            bound,
            unit,
            values,
            scale,
        } = self;
        let shown = |value: f64| Number(value).to_string() + unit;
        let middle = median(values.iter().copied());
        let told = match *bound {
            Bound::AtLeast(least) => format!("≥ {}", shown(least)),
            Bound::AtMost(most) => format!("≤ {}", shown(most)),
            Bound::None => String::new(),
        };
        let ends = values
            .iter()
            .copied()
            .reduce(f64::min)
            .zip(values.iter().copied().reduce(f64::max));
        let spread = match ends {
            Some((least, most)) if values.len() > 1 => {
                format!("{}–{}", Number(least), Number(most))
            }
            _ => String::new(),
        };
        let (middle, holds) = if values.is_empty() {
            ("absent".to_owned(), "")
        } else {
            (shown(middle), bound.holds(middle))
        };
        write!(
            f,
            "| {what} | {told} | {middle} | {spread} | {scale} | {holds} |"
        )
    }
}

/// A number with as many digits as can mean something.
struct Number(f64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = self;
        match value.abs() {
            less if less < 0.1 => write!(f, "{value:.3}"),
            less if less < 10.0 => write!(f, "{value:.2}"),
            less if less < 100.0 => write!(f, "{value:.1}"),
            _ => write!(f, "{value:.0}"),
        }
    }
}
