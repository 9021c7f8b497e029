//! Rows into bytes, one at a time: nothing of a result is kept.

use bistro_plan::sql::Shape;
use bistro_plan::value::Row;

pub use crate::footer::Footer;
use crate::negotiate::{Format, Representation};
use crate::page::PageContext;
use crate::{csv, json, page};

/// Writes the rows of one answer.
///
/// `start` once, `row` for each row, `finish` once; all append, so that what is there can be sent at any time.
#[derive(Clone, Debug)]
pub struct Encoder(Form);

#[derive(Clone, Debug)]
enum Form {
    Json(json::Writer),
    Csv(csv::Writer),
    Page(Box<page::Writer>),
}

impl Encoder {
    /// An encoder for rows of this shape. `is_item`: one row addressed by its key, so JSON is an object.
    ///
    /// As HTML, a page of nothing but the rows: see [`Encoder::page`] for one with everything around them.
    pub fn new(representation: Representation, shape: &Shape, is_item: bool) -> Self {
        let is_single = is_item || representation.is_singular;
        let nulls = if representation.strips_nulls {
            json::Nulls::Stripped
        } else {
            json::Nulls::Kept
        };
        let layout = if is_single {
            json::Layout::Object
        } else {
            json::Layout::Array
        };
        Self(match representation.format {
            Format::Json => Form::Json(json::Writer::new(shape, layout, nulls)),
            Format::Ndjson => Form::Json(json::Writer::new(shape, json::Layout::Lines, nulls)),
            Format::Csv => Form::Csv(csv::Writer::new(shape)),
            Format::Html => Form::Page(Box::new(page::Writer::bare(shape, is_single))),
        })
    }

    /// An encoder for a page in a browser, with the links, filters and schema around the rows.
    pub fn page(context: PageContext, shape: &Shape) -> Self {
        Self(Form::Page(Box::new(page::Writer::new(context, shape))))
    }

    /// What comes before the first row.
    pub fn start(&mut self, out: &mut Vec<u8>) {
        match &self.0 {
            Form::Json(json) => json.start(out),
            Form::Csv(csv) => csv.start(out),
            Form::Page(page) => page.start(out),
        }
    }

    /// One row.
    pub fn row(&mut self, row: &dyn Row, out: &mut Vec<u8>) {
        match &mut self.0 {
            Form::Json(json) => json.row(row, out),
            Form::Csv(csv) => csv.row(row, out),
            Form::Page(page) => page.row(row, out),
        }
    }

    /// What comes after the last row.
    pub fn finish(&mut self, footer: &Footer, out: &mut Vec<u8>) {
        match &self.0 {
            Form::Json(json) => json.finish(out),
            Form::Csv(_) => {}
            Form::Page(page) => page.finish(footer, out),
        }
    }
}
