//! What is read of one relation, with everything embedded in it: the same for a whole answer and for each embed inside it.

use std::sync::Arc;

use bistro_dialect::page::Page;
use bistro_dialect::select::{self as asked, Item, Join};

use crate::catalog::Relation;
use crate::error::Error;
use crate::plan::condition::Condition;
use crate::plan::embed::{self, Embed};
use crate::plan::filter;
use crate::plan::meant;
use crate::plan::order;
use crate::plan::output::{Output, Sort};
use crate::plan::rank;
use crate::plan::reach::Reach;
use crate::plan::related::Related;
use crate::plan::relationship::Relationship;
use crate::plan::said::Said;
use crate::plan::select;

/// How many values and terms one statement may hold: SQLite's default bound of parameters, less a few for limits.
pub(super) const WEIGHT_MAX: usize = 32_766 - 16;

/// How many values one embedded row may have: SQLite's bound of a function's arguments, less the one that describes them.
const EMBEDDED_MAX: usize = 1_000 - 1;

/// What is read of one relation.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub outputs: Vec<Output>,
    pub condition: Condition,
    pub order: Vec<Sort>,
    pub page: Page,
    pub related: Vec<Related>,
}

impl Parts {
    /// What is read of `relation`, as `select` and what is said of it demand.
    pub(super) fn read(
        reach: Reach<'_>,
        relation: &Arc<Relation>,
        select: Option<&[Item]>,
        said: &Said<'_>,
    ) -> Result<Self, Error> {
        let embeds = embeds(reach, relation, select.unwrap_or_default(), said)?;
        let outputs = select::outputs(relation, select, &embeds)?;
        let order = order::sorts(relation, said.order(), &embeds)?;
        if outputs.iter().any(|output| output.is_aggregate) {
            order::check_grouped(relation, &order, &outputs)?;
        }
        let mut members = vec![filter::conditions(relation, said.conditions(), &embeds)?];
        for (place, embed) in embeds.iter().enumerate() {
            if embed.join == Some(Join::Inner) {
                members.push(Condition::Exists(place));
            }
        }
        let condition = Condition::all(members);
        Ok(Self {
            condition: rank::ranked(relation, condition, &outputs, &order)?,
            outputs,
            order,
            page: said.page(),
            related: embeds.into_iter().map(|embed| embed.related).collect(),
        })
    }
}

/// What `select` embeds, in its order.
fn embeds(
    reach: Reach<'_>,
    relation: &Arc<Relation>,
    items: &[Item],
    said: &Said<'_>,
) -> Result<Vec<Embed>, Error> {
    let asked: Vec<(&asked::Embed, bool)> = items
        .iter()
        .filter_map(|item| match item {
            Item::Embed(embed) => Some((embed, false)),
            Item::Spread(embed) => Some((embed, true)),
            Item::Everything | Item::Column(_) => None,
        })
        .collect();
    let names: Vec<(&str, &str)> = asked
        .iter()
        .map(|(embed, _)| (name(embed), embed.relation.as_str()))
        .collect();
    let place = |name: &str| embed::place(name, &names);
    if let Some(unknown) = said.names().find(|name| place(name).is_none()) {
        return Err(Error::NotEmbedded {
            name: unknown.to_owned(),
        });
    }
    let mut embeds = Vec::with_capacity(asked.len());
    for (own, (embed, is_spread)) in asked.iter().enumerate() {
        let found = meant::find(reach, relation, &embed.relation, embed.hint.as_deref())?;
        let said = said.below(|name| place(name) == Some(own));
        let is_many = found.is_many();
        let related = related(reach, found, embed, *is_spread, &said)?;
        embeds.push(Embed {
            name: name(embed).to_owned(),
            asked: embed.relation.clone(),
            is_many,
            join: embed.join,
            related,
        });
    }
    Ok(embeds)
}

fn name(embed: &asked::Embed) -> &str {
    embed.alias.as_deref().unwrap_or(&embed.relation)
}

fn related(
    reach: Reach<'_>,
    found: Relationship,
    embed: &asked::Embed,
    is_spread: bool,
    said: &Said<'_>,
) -> Result<Related, Error> {
    let parts = Parts::read(reach, &found.relation, Some(&embed.items), said)?;
    let limit = match (parts.page.limit, reach.policy.rows_max) {
        (Some(limit), Some(most)) => Some(limit.min(most)),
        (limit, most) => limit.or(most),
    };
    let is_many = found.is_many();
    let mut related = Related {
        relation: found.relation,
        link: found.link,
        outputs: parts.outputs,
        condition: parts.condition,
        order: parts.order,
        limit: limit.filter(|_| is_many || parts.page.limit.is_some()),
        offset: parts.page.offset.unwrap_or(0),
        related: parts.related,
    };
    // Each column of a spread is an array of its own, and their elements belong together by their places.
    let is_ordered = is_spread || related.limit.is_some() || related.offset > 0;
    if is_many && is_ordered && !related.is_grouped() {
        related.order = order::with_key(&related.relation, related.order);
    }
    let found = related.outputs.len();
    if found > EMBEDDED_MAX {
        return Err(Error::TooManyColumns {
            found,
            limit: EMBEDDED_MAX,
            is_embedded: true,
        });
    }
    let found = related.weight();
    if found > WEIGHT_MAX {
        return Err(Error::TooManyParameters {
            found,
            limit: WEIGHT_MAX,
        });
    }
    Ok(related)
}
