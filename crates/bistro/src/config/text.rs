//! Values that are written as a string and mean something narrower.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// A value with a form of its own.
pub(super) trait Text: Sized {
    /// What stands in the file, for messages: "a duration such as …".
    const EXPECTED: &'static str;

    /// Reads it.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    fn read(text: &str) -> Result<Self, String>;
}

/// Reads a [`Text`] from a TOML string; the error keeps its position.
pub(super) fn deserialize<'de, T: Text, D: Deserializer<'de>>(source: D) -> Result<T, D::Error> {
    struct Reader<T>(PhantomData<T>);

    impl<T: Text> Visitor<'_> for Reader<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::read(text).map_err(E::custom)
        }
    }

    source.deserialize_str(Reader(PhantomData))
}
