//! The SQL that makes it, and that keeps its weather today's.

/// Everything, in the order that foreign keys ask for.
const PARTS: [&str; 6] = [
    include_str!("music.sql"),
    include_str!("artists.sql"),
    include_str!("songs.sql"),
    include_str!("weather.sql"),
    include_str!("blog.sql"),
    include_str!("shop.sql"),
];

/// For a demo of an earlier day.
pub(crate) const TODAY: &str = include_str!("today.sql");

/// One script for an empty database.
pub(crate) fn script() -> String {
    PARTS.concat()
}
