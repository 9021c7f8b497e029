//! A form: one row whose values are text.

use bistro_http::percent;

use crate::error::Problem;
use crate::payload::collector::{Collector, Refusal};
use crate::payload::{Datum, Rows, malformed};

/// Reads `name=value&name=value` (URL Standard §5.1).
pub(super) fn read(text: &str, mut collector: Collector<'_>) -> Result<Rows, Problem> {
    let mut at = 0;
    collector.begin()?;
    for pair in text.split('&') {
        if !pair.is_empty() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name, text, at)?;
            let value = decode(value, text, at + pair.len() - value.len())?;
            match collector.find(&name) {
                Ok(slot) => collector.put(slot, Datum::Text(value)),
                Err(Refusal::Duplicate) => {
                    return Err(malformed(format!("`{name}` is given twice"), text, at));
                }
                Err(Refusal::Problem(problem)) => return Err(problem),
            }
        }
        at += pair.len() + 1;
    }
    collector.end()?;
    Ok(collector.finish(true))
}

fn decode(part: &str, text: &str, offset: usize) -> Result<String, Problem> {
    percent::decode_form(part)
        .map_err(|error| malformed(error.reason.to_string(), text, offset + error.at))
}
