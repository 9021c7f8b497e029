//! How the cookie of a session is called, and how it is sent.

use bistro_http::cookie::SetCookie;

use crate::exchange::Head;

/// What the cookie is called, and how it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it is sent over TLS, or to this machine, alone.
    pub(super) is_secure: bool,
}

/// What the cookie is called. The prefix has browsers refuse one that a neighbouring host or plain HTTP would set.
pub(super) fn name(is_insecure: bool) -> &'static str {
    if is_insecure { "sid" } else { "__Host-sid" }
}

impl Naming {
    pub(super) fn new(is_insecure: bool) -> Self {
        Self {
            name: name(is_insecure),
            is_secure: !is_insecure,
        }
    }

    /// Whether a client that asks so would keep the cookie, and nobody on its way would see it.
    pub(crate) fn can_be_used(self, head: Head<'_>) -> bool {
        !self.is_secure || head.is_secure || head.name.is_loopback()
    }

    /// The cookie that has the client forget it.
    pub(crate) fn forgotten(self) -> Option<SetCookie> {
        SetCookie::deletion(self.name, self.is_secure).ok()
    }
}
