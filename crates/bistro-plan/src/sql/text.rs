//! SQL under construction: names are quoted, values are bound, and there is no third way in.

use std::ops::Range;

use crate::catalog::{Column, Function, Relation};
use crate::predicate::{CallerValue, Piece, Predicate};
use crate::principal::Principal;
use crate::sql::Statement;
use crate::value::Value;

/// SQL under construction.
///
/// Its text grows by words of this program, by quoted names of the catalog and by the numbers of parameters. What a client
/// sent can only become a value.
#[derive(Debug)]
pub(super) struct Text<'a> {
    written: String,
    parameters: Vec<Value>,
    key: Range<usize>,
    caller: &'a Principal,
    callers: Vec<(usize, CallerValue)>,
}

impl<'a> Text<'a> {
    /// Nothing yet, on behalf of somebody.
    pub(super) fn of(caller: &'a Principal) -> Self {
        Self {
            written: String::new(),
            parameters: Vec::new(),
            key: 0..0,
            caller,
            callers: Vec::new(),
        }
    }

    /// Words of this program.
    pub(super) fn sql(&mut self, words: &'static str) -> &mut Self {
        self.written.push_str(words);
        self
    }

    /// A name of the catalog, in double quotes.
    pub(super) fn name(&mut self, name: &str) -> &mut Self {
        self.written.push('"');
        for character in name.chars() {
            if character == '"' {
                self.written.push('"');
            }
            self.written.push(character);
        }
        self.written.push('"');
        self
    }

    /// A condition of an operator's, in parentheses.
    pub(super) fn predicate(&mut self, predicate: &Predicate) -> &mut Self {
        self.written.push('(');
        for piece in predicate.pieces() {
            match piece {
                Piece::Text(text) => self.written.push_str(text),
                Piece::Caller(value) => {
                    self.caller(*value);
                }
            }
        }
        self.written.push(')');
        self
    }

    /// A parameter with a value of whoever asks.
    pub(super) fn caller(&mut self, value: CallerValue) -> &mut Self {
        let number = self.bind_caller(value);
        self.parameter(number)
    }

    /// The number of a new parameter with a value of whoever asks.
    pub(super) fn bind_caller(&mut self, value: CallerValue) -> usize {
        self.callers.push((self.parameters.len(), value));
        self.bind(self.caller.value(value))
    }

    /// A table or view of the database itself, whatever temporary tables are called. To read it, [`sight`](crate::sql::sight) is
    /// the way.
    pub(super) fn relation(&mut self, relation: &Relation) -> &mut Self {
        self.sql("\"main\".").name(&relation.name)
    }

    /// A stored query: a statement of the operator's. Its parameters are the first ones that this text numbers.
    pub(super) fn query(&mut self, function: &Function) -> &mut Self {
        self.written.push_str(&function.text);
        // It may end in a comment.
        self.written.push('\n');
        self
    }

    /// A column's default: an expression of the schema.
    pub(super) fn default_of(&mut self, column: &Column) -> &mut Self {
        match &column.default {
            Some(default) => {
                self.written.push('(');
                self.written.push_str(default);
                self.written.push(')');
            }
            None => self.written.push_str("NULL"),
        }
        self
    }

    /// A parameter with this value.
    pub(super) fn value(&mut self, value: Value) -> &mut Self {
        let number = self.bind(value);
        self.parameter(number)
    }

    /// The condition that names a row by its key: what `write` binds are the values of the key.
    pub(super) fn key(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.parameters.len();
        write(self);
        self.key = start..self.parameters.len();
    }

    /// The number of a new parameter with this value, to be written as often as it is needed.
    pub(super) fn bind(&mut self, value: Value) -> usize {
        self.parameters.push(value);
        self.parameters.len()
    }

    /// A parameter by its number.
    pub(super) fn parameter(&mut self, number: usize) -> &mut Self {
        self.written.push('?');
        self.number(number)
    }

    /// A number this program has counted.
    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        self.written.push_str(&number.to_string());
        self
    }

    /// The parts of a list, with words between them.
    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        between: &'static str,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (position, item) in items.into_iter().enumerate() {
            if position > 0 {
                self.sql(between);
            }
            write(self, item);
        }
        self
    }

    /// The end.
    pub(super) fn finish(self) -> Statement {
        Statement {
            text: self.written,
            parameters: self.parameters,
            key: self.key,
            callers: self.callers,
        }
    }
}
