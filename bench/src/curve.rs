//! How a cost grows: points, and the lines of a table.

use std::fmt::{self, Display};

/// Cost against one quantity.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    /// What is asked.
    pub(crate) what: &'static str,
    /// What grows.
    pub(crate) along: &'static str,
    /// The quantity, and the server's processor time a request in microseconds.
    pub(crate) points: Vec<(u64, f64)>,
}

/// The lines above those of curves.
pub(crate) const HEAD: &str = "| what | along | at | server µs a request | to the first |\n\
    | --- | --- | --- | --- | --- |";

impl Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            along,
            points,
        } = self;
        let first = points.first().map_or(f64::NAN, |(_, cost)| *cost);
        for (number, (at, cost)) in points.iter().enumerate() {
            let line_end = if number == 0 { "" } else { "\n" };
            let ratio = cost / first;
            write!(
                f,
                "{line_end}| {what} | {along} | {at} | {cost:.1} | {ratio:.2} |"
            )?;
        }
        Ok(())
    }
}
