//! A condition of a rule that a schema does not understand.

/// Why a schema does not understand a condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", suggestion(nearest.as_deref()))]
pub struct Misfit {
    /// The octet of the condition that is not understood, where that is known.
    pub at: Option<usize>,
    /// In the database's words.
    pub message: String,
    /// The column that may have been meant.
    pub nearest: Option<String>,
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!("; did you mean `{nearest}`?")
    })
}
