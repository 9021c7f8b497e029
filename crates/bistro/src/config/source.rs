//! What a configuration is read from: a file, and variables that go before it.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use crate::config::environment::{Environment, Variable};
use crate::config::error::{Error, Position, Problem};
use crate::config::file::File;

/// How what is said begins of a value that is text and should be something else; a test holds the TOML reader to that.
const NO_TEXT: &str = "invalid type: string";

/// A file and variables. Without a file there are only variables.
#[derive(Debug)]
pub(super) struct Source {
    path: Option<PathBuf>,
    text: String,
    environment: Environment,
}

impl Source {
    /// The file at `path`.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn open(path: &Path, environment: Environment) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|reason| Error::Read {
            path: path.to_owned(),
            reason,
        })?;
        Ok(Self::new(Some(path.to_owned()), text, environment))
    }

    /// The text of a file that is, or could be, at `path`.
    pub(super) fn new(path: Option<PathBuf>, text: String, environment: Environment) -> Self {
        Self {
            path,
            text,
            environment,
        }
    }

    /// Where the file is.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What the file says, as it is written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What paths in it are relative to.
    pub(super) fn folder(&self) -> &Path {
        self.path().and_then(Path::parent).unwrap_or(Path::new(""))
    }

    /// The variables.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Everything it says.
    ///
    /// # Errors
    /// Anything that is not understood completely.
    pub(super) fn read(&self) -> Result<File, Error> {
        let variables = self.environment.variables();
        // What is no text is written as in the file. Which that is only the reader knows, so each is taken for text first.
        let mut is_text = vec![true; variables.len()];
        loop {
            let error = match self.merged(&is_text).and_then(|table| {
                let source = Deserializer::from(table);
                File::deserialize(source)
            }) {
                Ok(file) => return Ok(file),
                Err(error) => error,
            };
            let at = error.span().and_then(|span| self.variable(&span));
            let retried = at
                .and_then(|at| is_text.get_mut(at))
                .filter(|is_text| **is_text && error.message().starts_with(NO_TEXT));
            let other = at.and_then(|at| variables.get(at)).and_then(other_value);
            match (retried, other) {
                (Some(is_text), Some(_)) => *is_text = false,
                _ => return Err(self.explain(&error, at)),
            }
        }
    }

    /// The path of a file that has to be there.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn existing(&self, file: &Spanned<PathBuf>) -> Result<PathBuf, Error> {
        let path = self.folder().join(file.get_ref());
        if !path.is_file() {
            let problem = Problem::Value(format!("there is no file `{}`", path.display()));
            return Err(self.error(file.span(), problem));
        }
        Ok(path)
    }

    /// An error at a place of what was read.
    pub(super) fn error(&self, span: Range<usize>, problem: Problem) -> Error {
        Error::Content {
            position: self.position(Some(span)),
            problem: Box::new(problem),
        }
    }

    /// The file with the variables in their places. Those are found beyond the end of the text, one octet each.
    fn merged(&self, is_text: &[bool]) -> Result<Spanned<DeTable<'_>>, toml::de::Error> {
        let mut whole = DeTable::parse(&self.text)?;
        for (index, variable) in self.environment.variables().iter().enumerate() {
            let start = self.text.len() + 1 + index;
            let place = start..start + 1;
            let value = if is_text.get(index).is_some_and(|is_text| *is_text) {
                None
            } else {
                other_value(variable)
            };
            let value = value.unwrap_or_else(|| DeValue::String(variable.value.as_str().into()));
            let sections = whole.get_mut();
            if !sections.contains_key(variable.section.as_str()) {
                let section = DeValue::Table(DeTable::new());
                sections.insert(
                    Spanned::new(place.clone(), variable.section.as_str().into()),
                    Spanned::new(place.clone(), section),
                );
            }
            let section = sections
                .get_mut(variable.section.as_str())
                .map(Spanned::get_mut);
            // What is no section is refused when it is read.
            if let Some(DeValue::Table(section)) = section {
                section.remove(variable.key.as_str());
                section.insert(
                    Spanned::new(place.clone(), variable.key.as_str().into()),
                    Spanned::new(place, value),
                );
            }
        }
        Ok(whole)
    }

    /// Which variable stands at a place.
    fn variable(&self, span: &Range<usize>) -> Option<usize> {
        let index = span.start.checked_sub(self.text.len() + 1)?;
        (index < self.environment.variables().len()).then_some(index)
    }

    fn position(&self, span: Option<Range<usize>>) -> Position {
        let variables = self.environment.variables();
        let variable = span
            .as_ref()
            .and_then(|span| variables.get(self.variable(span)?));
        match variable {
            Some(variable) => Position::Variable(variable.name.clone()),
            None => Position::new(self.path().unwrap_or(Path::new("")), &self.text, span),
        }
    }

    fn explain(&self, error: &toml::de::Error, at: Option<usize>) -> Error {
        let problem = Problem::from_toml(error.message());
        let variable = at.and_then(|at| self.environment.variables().get(at));
        Error::Content {
            position: self.position(error.span()),
            problem: Box::new(match variable {
                Some(variable) => of_variable(problem, variable),
                None => problem,
            }),
        }
    }
}

/// The same of a variable: where its section or its key is unknown, it is the variable that should be called otherwise.
fn of_variable(problem: Problem, variable: &Variable) -> Problem {
    match problem {
        Problem::Unknown {
            what: "key",
            name,
            nearest,
            valid,
        } => {
            let is_section = name == variable.section && name != variable.key;
            let renamed = |other: &String| {
                if is_section {
                    Variable::name_of(other, &variable.key)
                } else {
                    Variable::name_of(&variable.section, other)
                }
            };
            Problem::Unknown {
                what: "variable",
                name: variable.name.clone(),
                nearest: nearest.as_ref().map(renamed),
                valid: valid.iter().map(renamed).collect(),
            }
        }
        other => other,
    }
}

/// What a variable says if it is no text: a number, a truth value, a list.
fn other_value(variable: &Variable) -> Option<DeValue<'_>> {
    let value = DeValue::parse(&variable.value).ok()?.into_inner();
    (!value.is_str()).then_some(value)
}

#[cfg(test)]
mod tests;
