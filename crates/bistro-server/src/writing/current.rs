//! What a URL gives now, as far as the conditions of a write compare it.

use std::ops::ControlFlow;

use bistro_database::{Error, Snapshot};
use bistro_http::etag::EntityTag;
use bistro_http::range;
use bistro_plan::plan::Read;
use bistro_plan::value::{Row, Sink};
use bistro_represent::{Encoder, Footer, Representation};

use crate::answer::delivery::WHOLE_BYTES_MAX;
use crate::answer::entity;

/// The tag of what a read gives now; `None` if it gives no row.
///
/// A collection too long to be kept has no tag that anybody was told, but it is there: its tag is one that no field can
/// carry, so that only `*` fits it. A row is kept however long it is: whoever changes one is told its tag.
pub(super) fn tag(
    snapshot: &Snapshot<'_>,
    read: &Read,
    representation: Representation,
) -> Result<Option<EntityTag>, Error> {
    let mut current = Current {
        read,
        encoder: Encoder::new(representation, read.shape(), read.is_item),
        is_singular: representation.is_singular,
        rows: 0,
        body: Vec::new(),
        is_long: false,
    };
    current.encoder.start(&mut current.body);
    snapshot.read(read, &mut current)?;
    if current.rows == 0 {
        return Ok(None);
    }
    if current.is_long {
        return Ok(Some(EntityTag {
            is_weak: false,
            opaque: " ".to_owned(),
        }));
    }
    let footer = Footer::default();
    current.encoder.finish(&footer, &mut current.body);
    let content_range =
        (!read.is_item).then(|| range::content_range(read.offset, current.rows, None));
    Ok(Some(entity::tag(
        representation.content_type(),
        content_range.as_deref(),
        &current.body,
    )))
}

struct Current<'a> {
    read: &'a Read,
    encoder: Encoder,
    is_singular: bool,
    rows: u64,
    body: Vec<u8>,
    is_long: bool,
}

impl Sink for Current<'_> {
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()> {
        if self.read.limit == Some(self.rows) {
            return ControlFlow::Break(());
        }
        self.rows += 1;
        if self.is_singular && self.rows > 1 {
            return ControlFlow::Continue(());
        }
        self.encoder.row(row, &mut self.body);
        self.is_long = !self.read.is_item && self.body.len() > WHOLE_BYTES_MAX;
        if self.is_long {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
