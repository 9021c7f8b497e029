//! The SQL that makes it, that brings an older one up to date, and that keeps its weather today's.

/// Everything, in the order that foreign keys ask for.
const PARTS: [&str; 7] = [
    include_str!("music.sql"),
    include_str!("artists.sql"),
    include_str!("songs.sql"),
    include_str!("weather.sql"),
    include_str!("blog.sql"),
    include_str!("shop.sql"),
    SALES,
];

/// For a demo of the versions before there was a shop at `/`: it has no table `cart_items`.
pub(crate) const SALES: &str = include_str!("sales.sql");

/// For a demo of an earlier day.
pub(crate) const TODAY: &str = include_str!("today.sql");

/// One script for an empty database.
pub(crate) fn script() -> String {
    PARTS.concat()
}
