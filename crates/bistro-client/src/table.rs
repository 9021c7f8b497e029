//! Rows as a table that fits the terminal.

use std::collections::HashMap;
use std::io::Write;

use comfy_table::{
    Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table as Grid, TableStyle,
};
use unicode_width::UnicodeWidthStr as _;

use crate::colour::{Look, Style};
use crate::elements::{Elements, Error, Top};
use crate::escape::{self, Keep};
use crate::record::{Element, Value};

/// How many rows are shown, and held in memory until their columns are known.
pub const ROWS_MAX: usize = 10_000;
/// How much text is held at most: rows may be long.
const OCTETS_MAX: usize = 64 * 1024 * 1024;
/// How many columns there may be: a hostile body names new ones in every row.
const COLUMNS_MAX: usize = 1_000;
/// A column is not made narrower than this, if there is more in it: rather each row becomes a block.
const COLUMN_MIN: usize = 8;
/// How wide the names in a block are at most.
const NAME_MAX: usize = 32;
/// NULL, which is another thing than no text.
const NULL: &str = "∅";
/// A line around the rows and below the names, none between rows.
const GRID: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// How rows are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// A row a line if the columns fit, else as blocks.
    #[default]
    Fitting,
    /// A block for each row, a member a line.
    Vertical,
}

/// Rows on their way to a table: a JSON array, one object, or NDJSON.
///
/// Members are columns, in the order in which they first appear. Elements that are no objects stand in a column without a name.
#[derive(Debug)]
pub struct Table {
    arrangement: Arrangement,
    look: Look,
    elements: Elements,
    rows: Rows,
}

#[derive(Debug, Default)]
struct Rows {
    columns: Vec<String>,
    positions: HashMap<String, usize>,
    /// For each row the columns that it has.
    held: Vec<Vec<(usize, Value)>>,
    octets: usize,
    has_left_out_columns: bool,
}

impl Table {
    /// A table without rows.
    pub fn new(arrangement: Arrangement, look: Look) -> Self {
        Self {
            arrangement,
            look,
            elements: Elements::new(Top::ArraysAndObjects),
            rows: Rows::default(),
        }
    }

    /// The next piece of the body.
    ///
    /// After [`Error::NotRows`] nothing was used up but blanks: the body can be shown as it is, from this piece on. After other
    /// errors [`Table::finish`] still shows what came before.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let rows = &mut self.rows;
        self.elements.write(chunk, &mut |octets, element| {
            if rows.is_full() {
                return Ok(());
            }
            rows.push(Element::read(octets, element)?);
            Ok(())
        })
    }

    /// Draws the table, and says below it what is not in it.
    pub fn finish(mut self, out: &mut impl Write) -> Result<(), Error> {
        let rows = &self.rows;
        let is_vertical = self.arrangement == Arrangement::Vertical;
        let drawn = if is_vertical {
            None
        } else {
            rows.grid(self.look)
        };
        let text = drawn.unwrap_or_else(|| rows.blocks(self.look));
        let mut notes = Vec::new();
        let (shown, all) = (rows.held.len(), self.elements.count());
        if all > shown as u64 {
            notes.push(format!(
                "{shown} of {all} rows are shown: use --ndjson or --csv for all"
            ));
        } else if shown == 0 {
            notes.push("no rows".to_owned());
        } else if rows.columns.is_empty() {
            notes.push(format!("rows without columns: {shown}"));
        }
        if rows.has_left_out_columns {
            notes.push(format!(
                "columns after the first {COLUMNS_MAX} are left out"
            ));
        }
        let write = || {
            out.write_all(text.as_bytes())?;
            for note in notes {
                writeln!(
                    out,
                    "{}",
                    self.look.paint(Style::Faint, &format!("({note})"))
                )?;
            }
            out.flush()
        };
        write().map_err(|source| Error::Write { source })?;
        self.elements.finish()
    }
}

impl Rows {
    fn is_full(&self) -> bool {
        self.held.len() >= ROWS_MAX || self.octets >= OCTETS_MAX
    }

    fn push(&mut self, element: Element<'_>) {
        let mut row = Vec::new();
        match element {
            Element::Record(record) => {
                for (name, raw) in record.0 {
                    self.octets = self.octets.saturating_add(raw.get().len());
                    self.put(name, Value::read(raw), &mut row);
                }
            }
            Element::Other(value) => self.put(String::new(), value, &mut row),
        }
        self.held.push(row);
    }

    fn put(&mut self, name: String, value: Value, row: &mut Vec<(usize, Value)>) {
        let next = self.columns.len();
        let column = match self.positions.get(&name) {
            Some(column) => *column,
            None if next >= COLUMNS_MAX => {
                self.has_left_out_columns = true;
                return;
            }
            None => {
                self.columns.push(name.clone());
                self.positions.insert(name, next);
                next
            }
        };
        // Of members that occur twice the last one counts, as for most readers of JSON.
        match row.iter_mut().find(|(other, _)| *other == column) {
            Some((_, other)) => *other = value,
            None => row.push((column, value)),
        }
    }

    /// A row a line; `None` if the terminal is too narrow for that.
    fn grid(&self, look: Look) -> Option<String> {
        if self.columns.is_empty() {
            return Some(String::new());
        }
        let mut cells = vec![
            self.columns
                .iter()
                .map(|name| line(name))
                .collect::<Vec<_>>(),
        ];
        let is_number = self.numeric();
        for row in &self.held {
            let mut texts = vec![String::new(); self.columns.len()];
            for (column, value) in row {
                if let Some(text) = texts.get_mut(*column) {
                    *text = line(value.shown());
                }
            }
            cells.push(texts);
        }
        let widths = widths(&cells, look.width)?;
        let mut grid = Grid::new();
        grid.load_style(GRID);
        grid.set_content_arrangement(ContentArrangement::Disabled);
        for (index, texts) in cells.into_iter().enumerate() {
            let row: Vec<Cell> = texts
                .into_iter()
                .zip(&widths)
                .map(|(text, width)| Cell::new_owned(cut(text, *width)))
                .collect();
            if index == 0 {
                grid.set_header(row);
            } else {
                grid.add_row(row);
            }
        }
        for (column, is_number) in grid.column_iter_mut().zip(is_number) {
            if is_number {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut drawn = String::new();
        for (index, text) in grid.lines().enumerate() {
            let style = if index == 1 {
                look.paint(Style::Strong, &text)
            } else {
                Look::PIPE.paint(Style::Strong, &text)
            };
            drawn = drawn + &style.to_string() + "\n";
        }
        Some(drawn)
    }

    /// Which columns hold numbers and nothing else but NULL.
    fn numeric(&self) -> Vec<bool> {
        let mut has_number = vec![false; self.columns.len()];
        let mut has_other = has_number.clone();
        for (column, value) in self.held.iter().flatten() {
            let seen = match value {
                Value::Null => continue,
                Value::Number(_) => &mut has_number,
                Value::Text(_) | Value::Word(_) | Value::Nested(_) => &mut has_other,
            };
            if let Some(seen) = seen.get_mut(*column) {
                *seen = true;
            }
        }
        has_number
            .into_iter()
            .zip(has_other)
            .map(|(number, other)| number && !other)
            .collect()
    }

    /// A block for each row, with the members that it has.
    fn blocks(&self, look: Look) -> String {
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|name| cut(line(name), NAME_MAX))
            .collect();
        let name_width = names
            .iter()
            .map(|name| name.width())
            .max()
            .unwrap_or_default();
        let mut drawn = String::new();
        for (index, row) in self.held.iter().enumerate() {
            let title = format!("── {} ", index + 1);
            let rest = look.width.unwrap_or(40).saturating_sub(title.width());
            let title = title + &"─".repeat(rest);
            drawn = drawn + &look.paint(Style::Faint, &title).to_string() + "\n";
            let mut row: Vec<&(usize, Value)> = row.iter().collect();
            row.sort_by_key(|(column, _)| *column);
            for (column, value) in row {
                let name = names.get(*column).map_or("", String::as_str);
                let gap = " ".repeat(name_width.saturating_sub(name.width()) + 2);
                let mut margin = look.paint(Style::Name, name).to_string() + &gap;
                let room = look
                    .width
                    .map(|width| width.saturating_sub(name_width + 2).max(COLUMN_MIN));
                for part in value
                    .shown()
                    .lines()
                    .chain(value.shown().is_empty().then_some(""))
                {
                    for piece in wrap(&escape::text(part, Keep::Nothing), room) {
                        drawn = drawn + format!("{margin}{piece}").trim_end() + "\n";
                        margin = " ".repeat(name_width + 2);
                    }
                }
            }
        }
        drawn
    }
}

impl Value {
    fn shown(&self) -> &str {
        match self {
            Self::Null => NULL,
            Self::Text(text) | Self::Number(text) | Self::Word(text) | Self::Nested(text) => text,
        }
    }
}

/// Text on one line, safe for a terminal.
fn line(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\n', "⏎");
    escape::text(&text, Keep::Nothing).into_owned()
}

/// How wide each column becomes: as wide as its cells, and if that is too much the widest give way first. `None`: they would
/// have to become too narrow to be read.
fn widths(cells: &[Vec<String>], width: Option<usize>) -> Option<Vec<usize>> {
    let mut widths = vec![1; cells.first().map_or(0, Vec::len)];
    for row in cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let Some(width) = width else {
        return Some(widths);
    };
    // Each column has a blank on both sides and a line on its right; the first one on its left, too.
    let room = width.checked_sub(3 * widths.len() + 1)?;
    let least: usize = widths.iter().map(|width| (*width).min(COLUMN_MIN)).sum();
    if least > room {
        return None;
    }
    let limit = (1..=room)
        .rev()
        .find(|limit| {
            widths
                .iter()
                .map(|width| (*width).min((*limit).max(COLUMN_MIN)))
                .sum::<usize>()
                <= room
        })
        .unwrap_or(COLUMN_MIN)
        .max(COLUMN_MIN);
    Some(widths.into_iter().map(|width| width.min(limit)).collect())
}

/// The text, cut to that many columns of the terminal.
fn cut(text: String, width: usize) -> String {
    if text.width() <= width {
        return text;
    }
    let mut kept = head(&text, width.saturating_sub(1)).to_owned();
    kept.push('…');
    kept
}

/// As much of the text as fits into that many columns of the terminal; an emoji of several characters counts as it is drawn.
fn head(text: &str, width: usize) -> &str {
    let mut kept = "";
    // Marks that stand on others have no width, so their number has an end, too.
    for (start, character) in text.char_indices().take(4 * width + 16) {
        let longer = text.get(..start + character.len_utf8()).unwrap_or(text);
        if longer.width() > width {
            break;
        }
        kept = longer;
    }
    kept
}

/// The text in pieces that fit.
fn wrap(text: &str, width: Option<usize>) -> Vec<&str> {
    let Some(width) = width else {
        return vec![text];
    };
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let mut piece = head(rest, width);
        if piece.is_empty() || piece == rest {
            pieces.push(rest);
            return pieces;
        }
        // Between words, if that is not too early.
        if let Some(space) = piece.rfind(' ')
            && space > piece.len() / 2
            && let Some(words) = piece.get(..=space)
        {
            piece = words;
        }
        pieces.push(piece);
        rest = rest.strip_prefix(piece).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests;
