//! The one style sheet of all pages, and what a page may load.

/// The style sheet, as `text/css; charset=utf-8`, to be served at [`STYLE_SHEET_PATH`].
pub const STYLE_SHEET: &str = include_str!("assets/bistro.css");

/// Where pages look for [`STYLE_SHEET`].
pub const STYLE_SHEET_PATH: &str = "/-/style.css";

/// `Content-Security-Policy` for every page: nothing runs, nothing is loaded but the style sheet and the icon inside the
/// page, forms go nowhere else, and no other site may frame it.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
