//! What can be done to rows.

/// What can be done to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `GET`, `HEAD`, `QUERY`
    Read,
    /// `POST`, `PUT`
    Create,
    /// `PATCH`, `PUT`
    Update,
    /// `DELETE`
    Delete,
    /// whatever a stored query does
    Call,
}

impl Operation {
    /// Each of them.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Call,
    ];

    /// What to call it in a configuration and in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Call => "call",
        }
    }
}
