//! Who asks.

use bistro_plan::principal::Principal;

/// Who asks.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    /// On whose behalf.
    pub(crate) principal: Principal,
}
