//! Whom rules admit, and whom they take for alike.
