//! How far a JSON patch may make a row grow: a copy of everything into itself doubles it, and a move makes it deeper.

use hyper::StatusCode;
use json_patch::PatchOperation;
use serde_json::Value;

use crate::problem::Problem;

/// What the copies and moves of one patch may carry, all together, in octets.
const CARRIED_MAX: usize = 16 * 1024 * 1024;

/// What a value costs besides its text.
const VALUE_BYTES: usize = 64;

/// How deep a row may become: deeper JSON could not be read again, and whatever walks it would need too much stack.
const DEPTH_MAX: usize = 127;

/// What the operations of one patch have made so far.
#[derive(Debug, Default)]
pub(super) struct Growth {
    carried: usize,
}

impl Growth {
    /// Checks that `operation` may be applied to `row`. An operation that leads nowhere is left to whoever applies it.
    ///
    /// # Errors
    /// The row would become too deep, or too much has been carried already.
    pub(super) fn check(&mut self, row: &Value, operation: &PatchOperation) -> Result<(), Problem> {
        let (path, value) = match operation {
            PatchOperation::Add(add) => (&add.path, Some(&add.value)),
            PatchOperation::Replace(replace) => (&replace.path, Some(&replace.value)),
            PatchOperation::Move(moved) => (&moved.path, row.pointer(moved.from.as_str())),
            PatchOperation::Copy(copy) => (&copy.path, row.pointer(copy.from.as_str())),
            PatchOperation::Remove(_) | PatchOperation::Test(_) => return Ok(()),
        };
        let Some(value) = value else {
            return Ok(());
        };
        let depth = path.tokens().count() + self.carry(value);
        if depth > DEPTH_MAX {
            return Err(refused(format!(
                "It would nest values {depth} deep; at most {DEPTH_MAX} are allowed."
            )));
        }
        if self.carried > CARRIED_MAX {
            return Err(refused(format!(
                "Its operations carry more than {CARRIED_MAX} bytes from place to place."
            )));
        }
        Ok(())
    }

    /// Adds what `value` costs, as far as that matters, and says how deep it is.
    fn carry(&mut self, value: &Value) -> usize {
        self.carried = self.carried.saturating_add(VALUE_BYTES);
        if self.carried > CARRIED_MAX {
            return 0;
        }
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => {
                self.carried = self.carried.saturating_add(text.len());
                0
            }
            Value::Array(items) => 1 + items.iter().map(|item| self.carry(item)).max().unwrap_or(0),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| {
                    self.carried = self.carried.saturating_add(name.len());
                    self.carry(value)
                });
                1 + members.max().unwrap_or(0)
            }
        }
    }
}

fn refused(details: String) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "BISTRO422",
        "The patch would make too much of this row",
    )
    .details(details)
}

#[cfg(test)]
mod tests {
    use json_patch::{Patch, patch_unsafe};
    use serde_json::{Value, json};

    use super::Growth;

    /// How many operations were applied before one was refused; all of them if none was.
    fn applied(mut row: Value, operations: Value) -> usize {
        let patch: Patch = serde_json::from_value(operations).expect("a patch");
        let mut growth = Growth::default();
        for (index, operation) in patch.iter().enumerate() {
            if growth.check(&row, operation).is_err() {
                return index;
            }
            patch_unsafe(&mut row, std::slice::from_ref(operation)).expect("it leads somewhere");
        }
        patch.len()
    }

    #[test]
    fn a_row_cannot_be_doubled_without_end() {
        let copies: Value = (0..10_000)
            .map(|_| json!({"op": "copy", "from": "/data", "path": "/data/-"}))
            .collect();
        let applied = applied(json!({"data": ["a"]}), copies);
        assert!((10..25).contains(&applied), "{applied}");
    }

    #[test]
    fn a_row_cannot_be_made_deeper_without_end() {
        let deeper: Value = (0..5_000)
            .flat_map(|_| {
                [
                    json!({"op": "add", "path": "/b", "value": {"x": {"y": {}}}}),
                    json!({"op": "move", "from": "/a", "path": "/b/x/y/z"}),
                    json!({"op": "move", "from": "/b", "path": "/a"}),
                ]
            })
            .collect();
        let applied = applied(json!({"a": {}}), deeper);
        assert!((90..140).contains(&applied), "{applied}");
    }

    #[test]
    fn ordinary_patches_are_applied() {
        let operations = json!([
            {"op": "test", "path": "/data/tags", "value": ["rock"]},
            {"op": "add", "path": "/data/tags/-", "value": "pop"},
            {"op": "copy", "from": "/data/tags", "path": "/data/old"},
            {"op": "move", "from": "/title", "path": "/name"},
            {"op": "remove", "path": "/data/tags/0"}
        ]);
        let row = json!({"title": "a", "data": {"tags": ["rock"]}});
        assert_eq!(applied(row, operations), 5);
    }
}
