//! Tables for people: columns that line up in any script.

use std::io::{self, ErrorKind, Write as _};
use std::iter::repeat_n;

use anyhow::{Context as _, Result};
use unicode_width::UnicodeWidthStr as _;

/// The rows, the first of which says what the columns are. Columns in which nothing else stands are left out.
pub(super) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    let mut is_empty = [true; COLUMNS];
    for (at, row) in rows.iter().enumerate() {
        for ((width, is_empty), cell) in widths.iter_mut().zip(&mut is_empty).zip(row) {
            *width = (*width).max(cell.width());
            *is_empty &= at == 0 || cell.is_empty();
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        let cells = row.iter().zip(widths).zip(is_empty);
        for ((cell, width), _) in cells.filter(|(_, is_empty)| !is_empty) {
            line.push_str(cell);
            line.extend(repeat_n(' ', width - cell.width() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Text that cannot pretend to be more than one cell of one line.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            printable.extend(letter.escape_default());
        } else {
            printable.push(letter);
        }
    }
    printable
}

/// Prints what was asked for.
///
/// # Errors
/// Nobody takes it. That somebody has read enough is none.
pub(super) fn print(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_empty_ones_are_left_out() {
        let rows = [["a", "b", "c"], ["요리사", "", "x"], ["cook", "", "y"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "a       c\n요리사  x\ncook    y\n");
        assert_eq!(printable("a\nb\u{1b}[2J한"), "a\\nb\\u{1b}[2J한");
    }
}
