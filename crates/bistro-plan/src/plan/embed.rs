//! What `select` embeds, once it is known what that is.

use bistro_dialect::select::Join;

use crate::plan::related::Related;

/// A relation that `select` embeds.
#[derive(Clone, Debug)]
pub(super) struct Embed {
    /// What it is called in the answer: its alias, or what was asked for.
    pub name: String,
    /// What was asked for.
    pub asked: String,
    /// Whether several of its rows can belong to one.
    pub is_many: bool,
    /// Whether a row without any of its rows is left out.
    pub join: Option<Join>,
    /// Its rows.
    pub related: Related,
}

/// The place of the embed that a name means: by what it is called in the answer first, then by what was asked for.
pub(super) fn place(name: &str, names: &[(&str, &str)]) -> Option<usize> {
    let by_name = names.iter().position(|(own, _)| *own == name);
    by_name.or_else(|| names.iter().position(|(_, asked)| *asked == name))
}

/// The embed that a name means among these, and its place.
pub(super) fn find<'a>(name: &str, embeds: &'a [Embed]) -> Option<(usize, &'a Embed)> {
    let names: Vec<(&str, &str)> = embeds
        .iter()
        .map(|embed| (embed.name.as_str(), embed.asked.as_str()))
        .collect();
    let place = place(name, &names)?;
    Some((place, embeds.get(place)?))
}
