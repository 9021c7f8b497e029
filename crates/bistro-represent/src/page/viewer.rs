//! Who looks at a page.

use bistro_plan::principal::Principal;
use bistro_plan::rule::Policy;
use maud::{Markup, html};

/// Where somebody sees who he is, and signs in and out.
pub(super) const SESSION: &str = "/-/session";

/// Who looks at a page, as far as its top tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Viewer {
    /// Nothing is told: it would be the same for everybody.
    #[default]
    Untold,
    /// Somebody who has not signed in.
    Stranger,
    /// Somebody who has, and what he is called.
    User(String),
}

impl Viewer {
    /// Who looks at a page under these rules. Where they are the same for everybody there is nothing to sign in for.
    pub fn of(principal: &Principal, policy: &Policy) -> Self {
        if policy.tells_apart() {
            Self::known(principal)
        } else {
            Self::Untold
        }
    }

    /// Who looks, whatever the rules.
    pub fn known(principal: &Principal) -> Self {
        match principal {
            Principal::Anyone | Principal::Visitor(_) => Self::Stranger,
            Principal::User(user) => {
                Self::User(user.email.clone().unwrap_or_else(|| user.id.clone()))
            }
        }
    }
}

/// The link to the session, at the top of a page.
pub(super) fn link(viewer: &Viewer) -> Markup {
    html! {
        @match viewer {
            Viewer::Untold => {},
            Viewer::Stranger => a.viewer href=(SESSION) { "Sign in" },
            Viewer::User(name) => a.viewer href=(SESSION) { (name) },
        }
    }
}
