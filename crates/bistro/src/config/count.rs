//! Counts that have an end: whole numbers from 1 to the most that makes sense.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// At least 1 and at most `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count<const MOST: usize>(pub(super) usize);

impl<'de, const MOST: usize> Deserialize<'de> for Count<MOST> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Reader<const MOST: usize>;

        impl<const MOST: usize> Visitor<'_> for Reader<MOST> {
            type Value = Count<MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a number from 1 to {MOST}")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                match usize::try_from(number) {
                    Ok(0) | Err(_) => {
                        Err(E::custom(format!("`{number}` is too few; the least is 1")))
                    }
                    Ok(count) if count > MOST => Err(E::custom(format!(
                        "`{count}` is too many; the most is {MOST}"
                    ))),
                    Ok(count) => Ok(Count(count)),
                }
            }
        }

        source.deserialize_i64(Reader)
    }
}
