//! What the client would like: the `Prefer` field, one row per preference.

use bistro_http::prefer;

/// Everything `Prefer` said. `None`: not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return=`
    pub returning: Option<Return>,
    /// `count=`
    pub count: Option<Count>,
    /// `resolution=`
    pub resolution: Option<Resolution>,
    /// `missing=`
    pub missing: Option<Missing>,
    /// `handling=`
    pub handling: Option<Handling>,
    /// `max-affected=`
    pub max_affected: Option<u64>,
    /// `tx=`
    pub transaction: Option<TransactionEnd>,
    /// `timezone=`
    pub timezone: Option<String>,
    /// What was not understood, as it was written; an error under `handling=strict`.
    pub invalid: Vec<String>,
}

/// What a write sends back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// nothing
    Minimal,
    /// nothing but `Location`
    HeadersOnly,
    /// the rows
    Representation,
}

/// How the total is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// by counting
    Exact,
    /// from the database's statistics
    Planned,
    /// by counting up to a bound, from statistics beyond it
    Estimated,
}

/// What an insert does with a row that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// overwrite the columns given
    MergeDuplicates,
    /// leave the row as it is
    IgnoreDuplicates,
}

/// What a column that a row of the payload does not name becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// its default
    Default,
    /// NULL
    Null,
}

/// What happens to preferences that were not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// an error
    Strict,
    /// nothing
    Lenient,
}

/// How the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    /// the change stays
    Commit,
    /// everything is done, answered, and undone
    Rollback,
}

/// What there is to know about a preference.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name in `Prefer`.
    pub name: &'static str,
    /// What its value may be.
    pub values: Values,
    /// The requests it means something for.
    pub applies_to: &'static str,
    set: fn(&mut Preferences, &str) -> bool,
    get: fn(&Preferences) -> Option<String>,
}

/// The values a preference may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number from 0.
    Number,
    /// The name of a time zone.
    Timezone,
}

/// Every preference, in the order in which `Preference-Applied` has them (`PostgREST`, "Prefer Header").
pub const PREFERENCES: [Row; 8] = [
    Row {
        name: "resolution",
        values: Values::Words(&["merge-duplicates", "ignore-duplicates"]),
        applies_to: "`POST`: what happens to a row that is there already",
        set: |preferences, value| set_word(&mut preferences.resolution, &Resolution::ALL, value),
        get: |preferences| preferences.resolution.map(|said| said.token().to_owned()),
    },
    Row {
        name: "missing",
        values: Values::Words(&["default", "null"]),
        applies_to: "`POST`, `PUT`: what a column becomes that a row does not name",
        set: |preferences, value| set_word(&mut preferences.missing, &Missing::ALL, value),
        get: |preferences| preferences.missing.map(|said| said.token().to_owned()),
    },
    Row {
        name: "return",
        values: Values::Words(&["minimal", "headers-only", "representation"]),
        applies_to: "`POST`, `PUT`, `PATCH`, `DELETE`: what is sent back",
        set: |preferences, value| set_word(&mut preferences.returning, &Return::ALL, value),
        get: |preferences| preferences.returning.map(|said| said.token().to_owned()),
    },
    Row {
        name: "count",
        values: Values::Words(&["exact", "planned", "estimated"]),
        applies_to: "every request for rows: how the total in `Content-Range` is found",
        set: |preferences, value| set_word(&mut preferences.count, &Count::ALL, value),
        get: |preferences| preferences.count.map(|said| said.token().to_owned()),
    },
    Row {
        name: "tx",
        values: Values::Words(&["commit", "rollback"]),
        applies_to: "`POST`, `PUT`, `PATCH`, `DELETE`: whether the change stays",
        set: |preferences, value| {
            set_word(&mut preferences.transaction, &TransactionEnd::ALL, value)
        },
        get: |preferences| preferences.transaction.map(|said| said.token().to_owned()),
    },
    Row {
        name: "handling",
        values: Values::Words(&["strict", "lenient"]),
        applies_to: "every request: whether a preference that is not understood is an error",
        set: |preferences, value| set_word(&mut preferences.handling, &Handling::ALL, value),
        get: |preferences| preferences.handling.map(|said| said.token().to_owned()),
    },
    Row {
        name: "timezone",
        values: Values::Timezone,
        applies_to: "every request: the time zone times are shown in",
        set: |preferences, value| {
            preferences.timezone = Some(value.to_owned());
            true
        },
        get: |preferences| preferences.timezone.clone(),
    },
    Row {
        name: "max-affected",
        values: Values::Number,
        applies_to: "`PATCH`, `DELETE` with `handling=strict`: how many rows may be touched",
        set: |preferences, value| {
            let is_number = value.bytes().all(|digit| digit.is_ascii_digit());
            preferences.max_affected = value.parse().ok().filter(|_| is_number);
            preferences.max_affected.is_some()
        },
        get: |preferences| preferences.max_affected.map(|number| number.to_string()),
    },
];

/// A preference whose values are words.
trait Word: Copy + 'static {
    fn token(self) -> &'static str;
}

fn set_word<W: Word>(place: &mut Option<W>, words: &[W], value: &str) -> bool {
    *place = words.iter().copied().find(|word| word.token() == value);
    place.is_some()
}

impl Preferences {
    /// Reads every `Prefer` line. Nothing in it is an error: what is not understood is kept in `invalid`. Of a preference
    /// said twice, the first counts (RFC 7240 §2).
    pub fn read(lines: &[&str]) -> Self {
        let mut preferences = Self::default();
        for said in prefer::preferences(lines) {
            let value = said.value.as_deref().unwrap_or_default();
            let is_understood = !value.is_empty()
                && PREFERENCES
                    .iter()
                    .find(|row| row.name == said.name)
                    .is_some_and(|row| (row.set)(&mut preferences, value));
            if !is_understood {
                preferences.invalid.push(said.raw);
            }
        }
        preferences
    }

    /// One preference as it is written, such as `return=minimal`; `None` if it was not said or has no such name.
    pub fn written(&self, name: &str) -> Option<String> {
        let row = PREFERENCES.iter().find(|row| row.name == name)?;
        (row.get)(self).map(|value| format!("{name}={value}"))
    }

    /// The value of `Preference-Applied` (RFC 7240 §3) if these preferences were honored; those not said are left out.
    /// `None` if nothing is left.
    pub fn applied(&self, names: &[&str]) -> Option<String> {
        let applied: Vec<_> = PREFERENCES
            .iter()
            .filter(|row| names.contains(&row.name))
            .filter_map(|row| self.written(row.name))
            .collect();
        (!applied.is_empty()).then(|| applied.join(", "))
    }
}

impl Return {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Minimal, Self::HeadersOnly, Self::Representation];

    /// How it is written after `return=`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::HeadersOnly => "headers-only",
            Self::Representation => "representation",
        }
    }
}

impl Word for Return {
    fn token(self) -> &'static str {
        self.token()
    }
}

impl Count {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Planned, Self::Estimated];

    /// How it is written after `count=`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Planned => "planned",
            Self::Estimated => "estimated",
        }
    }
}

impl Word for Count {
    fn token(self) -> &'static str {
        self.token()
    }
}

impl Resolution {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::MergeDuplicates, Self::IgnoreDuplicates];

    /// How it is written after `resolution=`.
    pub fn token(self) -> &'static str {
        match self {
            Self::MergeDuplicates => "merge-duplicates",
            Self::IgnoreDuplicates => "ignore-duplicates",
        }
    }
}

impl Word for Resolution {
    fn token(self) -> &'static str {
        self.token()
    }
}

impl Missing {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::Default, Self::Null];

    /// How it is written after `missing=`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Null => "null",
        }
    }
}

impl Word for Missing {
    fn token(self) -> &'static str {
        self.token()
    }
}

impl Handling {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::Strict, Self::Lenient];

    /// How it is written after `handling=`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
        }
    }
}

impl Word for Handling {
    fn token(self) -> &'static str {
        self.token()
    }
}

impl TransactionEnd {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::Commit, Self::Rollback];

    /// How it is written after `tx=`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Rollback => "rollback",
        }
    }
}

impl Word for TransactionEnd {
    fn token(self) -> &'static str {
        self.token()
    }
}

#[cfg(test)]
mod tests;
