//! What a client takes: the ranges of `Accept`, each with its weight.

use crate::field;
use crate::media::MediaType;

/// The weight of what is wanted most.
pub const QUALITY_MAX: u16 = 1000;

/// One member of `Accept`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which media types, without the weight.
    pub range: MediaType,
    /// How much they are wanted, in thousandths, up to [`QUALITY_MAX`]; 0: not at all.
    pub quality: u16,
}

/// The members of all lines of `Accept`, in order. Members that are no media range are left out.
///
/// Some that RFC 9110 does not allow are understood nevertheless, because Java's own HTTP client has always sent them:
/// `*` for `*/*`, and weights such as `.2`.
pub fn accept(lines: &[&str]) -> Vec<Accepted> {
    field::members(lines).filter_map(Accepted::read).collect()
}

impl Accepted {
    fn read(member: &str) -> Option<Self> {
        let mut range = match member.strip_prefix('*').map(field::trim) {
            Some(rest) if rest.is_empty() || rest.starts_with(';') => {
                MediaType::read(&format!("*/*{rest}")).ok()?
            }
            _ => MediaType::read(member).ok()?,
        };
        if range.kind == "*" && range.subtype != "*" {
            return None;
        }
        let Some(at) = range.parameters.iter().position(|(name, _)| name == "q") else {
            return Some(Self {
                range,
                quality: QUALITY_MAX,
            });
        };
        let quality = quality(&range.parameters.get(at)?.1)?;
        // What follows the weight is an extension of `Accept` (RFC 7231 §5.3.2), not part of the media range.
        range.parameters.truncate(at);
        Some(Self { range, quality })
    }
}

/// A weight in thousandths; further digits are cut off.
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u16 = match whole {
        "" if !fraction.is_empty() => 0,
        "0" => 0,
        "1" => QUALITY_MAX,
        _ => return None,
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = fraction
        .bytes()
        .chain(*b"000")
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let quality = whole + thousandths;
    (quality <= QUALITY_MAX).then_some(quality)
}
