//! Who asks.

/// On whose behalf a request is made. Sessions and users add variants; rules match on it exhaustively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular.
    Anyone,
}
