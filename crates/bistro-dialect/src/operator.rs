//! The operators: one row each.

/// How a predicate compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `neq`
    NotEqual,
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
    /// `like`
    Like,
    /// `ilike`
    LikeIgnoreCase,
    /// `match`
    Match,
    /// `imatch`
    MatchIgnoreCase,
    /// `in`
    In,
    /// `is`
    Is,
    /// `isdistinct`
    IsDistinct,
    /// `fts`
    Search,
    /// `plfts`
    SearchPlain,
    /// `phfts`
    SearchPhrase,
    /// `wfts`
    SearchWeb,
    /// `cs`
    Contains,
    /// `cd`
    ContainedIn,
    /// `ov`
    Overlaps,
    /// `sl`
    StrictlyLeft,
    /// `sr`
    StrictlyRight,
    /// `nxr`
    NotExtendsRight,
    /// `nxl`
    NotExtendsLeft,
    /// `adj`
    Adjacent,
}

/// `any` or `all` before a list: `like(any).{a*,b*}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// One of the values suffices.
    Any,
    /// Every value must fit.
    All,
}

/// What follows an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `.value`
    One,
    /// `.(value,value)`
    List,
    /// `.null`, `.true`, …
    Is,
    /// `.words`, or `(configuration).words`
    Search,
}

/// What there is to know about an operator.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which.
    pub operator: Operator,
    /// How it is written.
    pub token: &'static str,
    /// What follows it.
    pub form: Form,
    /// Whether `(any)` and `(all)` may follow the token.
    pub is_quantifiable: bool,
    /// How it reads between a column and a value: "year *is at least* 1990".
    pub english: &'static str,
    /// A parameter that uses it, not percent-encoded.
    pub example: &'static str,
}

/// Every operator, in the order of [`Operator`] (`PostgREST`, "Tables and Views", operators).
pub const OPERATORS: [Row; 25] = [
    Row {
        operator: Operator::Equal,
        token: "eq",
        form: Form::One,
        is_quantifiable: true,
        english: "is",
        example: "year=eq.1994",
    },
    Row {
        operator: Operator::NotEqual,
        token: "neq",
        form: Form::One,
        is_quantifiable: false,
        english: "is not",
        example: "year=neq.1994",
    },
    Row {
        operator: Operator::Greater,
        token: "gt",
        form: Form::One,
        is_quantifiable: true,
        english: "is more than",
        example: "year=gt.1994",
    },
    Row {
        operator: Operator::GreaterOrEqual,
        token: "gte",
        form: Form::One,
        is_quantifiable: true,
        english: "is at least",
        example: "year=gte.1990",
    },
    Row {
        operator: Operator::Less,
        token: "lt",
        form: Form::One,
        is_quantifiable: true,
        english: "is less than",
        example: "year=lt.2000",
    },
    Row {
        operator: Operator::LessOrEqual,
        token: "lte",
        form: Form::One,
        is_quantifiable: true,
        english: "is at most",
        example: "year=lte.1999",
    },
    Row {
        operator: Operator::Like,
        token: "like",
        form: Form::One,
        is_quantifiable: true,
        english: "looks like",
        example: "title=like.*Love*",
    },
    Row {
        operator: Operator::LikeIgnoreCase,
        token: "ilike",
        form: Form::One,
        is_quantifiable: true,
        english: "looks, in any case, like",
        example: "title=ilike.*love*",
    },
    Row {
        operator: Operator::Match,
        token: "match",
        form: Form::One,
        is_quantifiable: true,
        english: "matches the pattern",
        example: "title=match.^The",
    },
    Row {
        operator: Operator::MatchIgnoreCase,
        token: "imatch",
        form: Form::One,
        is_quantifiable: true,
        english: "matches, in any case, the pattern",
        example: "title=imatch.^the",
    },
    Row {
        operator: Operator::In,
        token: "in",
        form: Form::List,
        is_quantifiable: false,
        english: "is one of",
        example: "year=in.(1991,1994)",
    },
    Row {
        operator: Operator::Is,
        token: "is",
        form: Form::Is,
        is_quantifiable: false,
        english: "is",
        example: "length=is.null",
    },
    Row {
        operator: Operator::IsDistinct,
        token: "isdistinct",
        form: Form::One,
        is_quantifiable: false,
        english: "is distinct from",
        example: "length=isdistinct.200",
    },
    Row {
        operator: Operator::Search,
        token: "fts",
        form: Form::Search,
        is_quantifiable: false,
        english: "has the words",
        example: "lyrics=fts.cat&dog",
    },
    Row {
        operator: Operator::SearchPlain,
        token: "plfts",
        form: Form::Search,
        is_quantifiable: false,
        english: "has all the words",
        example: "lyrics=plfts.cat dog",
    },
    Row {
        operator: Operator::SearchPhrase,
        token: "phfts",
        form: Form::Search,
        is_quantifiable: false,
        english: "has the phrase",
        example: "lyrics=phfts.cat dog",
    },
    Row {
        operator: Operator::SearchWeb,
        token: "wfts",
        form: Form::Search,
        is_quantifiable: false,
        english: "answers the web search",
        example: "lyrics=wfts.cat or dog",
    },
    Row {
        operator: Operator::Contains,
        token: "cs",
        form: Form::One,
        is_quantifiable: false,
        english: "contains",
        example: "tags=cs.{pop,rock}",
    },
    Row {
        operator: Operator::ContainedIn,
        token: "cd",
        form: Form::One,
        is_quantifiable: false,
        english: "is contained in",
        example: "tags=cd.{pop,rock}",
    },
    Row {
        operator: Operator::Overlaps,
        token: "ov",
        form: Form::One,
        is_quantifiable: false,
        english: "overlaps",
        example: "tags=ov.{pop,rock}",
    },
    Row {
        operator: Operator::StrictlyLeft,
        token: "sl",
        form: Form::One,
        is_quantifiable: false,
        english: "lies left of",
        example: "period=sl.[1990,2000)",
    },
    Row {
        operator: Operator::StrictlyRight,
        token: "sr",
        form: Form::One,
        is_quantifiable: false,
        english: "lies right of",
        example: "period=sr.[1990,2000)",
    },
    Row {
        operator: Operator::NotExtendsRight,
        token: "nxr",
        form: Form::One,
        is_quantifiable: false,
        english: "does not extend to the right of",
        example: "period=nxr.[1990,2000)",
    },
    Row {
        operator: Operator::NotExtendsLeft,
        token: "nxl",
        form: Form::One,
        is_quantifiable: false,
        english: "does not extend to the left of",
        example: "period=nxl.[1990,2000)",
    },
    Row {
        operator: Operator::Adjacent,
        token: "adj",
        form: Form::One,
        is_quantifiable: false,
        english: "is adjacent to",
        example: "period=adj.[1990,2000)",
    },
];

impl Operator {
    /// Every operator, in the order of [`OPERATORS`].
    pub const ALL: [Self; 25] = [
        Self::Equal,
        Self::NotEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Like,
        Self::LikeIgnoreCase,
        Self::Match,
        Self::MatchIgnoreCase,
        Self::In,
        Self::Is,
        Self::IsDistinct,
        Self::Search,
        Self::SearchPlain,
        Self::SearchPhrase,
        Self::SearchWeb,
        Self::Contains,
        Self::ContainedIn,
        Self::Overlaps,
        Self::StrictlyLeft,
        Self::StrictlyRight,
        Self::NotExtendsRight,
        Self::NotExtendsLeft,
        Self::Adjacent,
    ];

    /// The operator written as `token`; tokens are lower case.
    pub fn read(token: &str) -> Option<Self> {
        OPERATORS
            .iter()
            .find(|row| row.token == token)
            .map(|row| row.operator)
    }

    /// All there is to know about it.
    pub fn row(self) -> &'static Row {
        OPERATORS
            .get(self as usize)
            .expect("the table has a row for each operator")
    }

    /// How it is written: `gte`.
    pub fn token(self) -> &'static str {
        self.row().token
    }

    /// How it reads between a column and a value: `is at least`.
    pub fn english(self) -> &'static str {
        self.row().english
    }

    /// The operator most like a word that is none, if one is close enough to be worth suggesting.
    pub fn nearest(word: &str) -> Option<Self> {
        const LONGER_THAN_ANY: usize = 16;
        if word.len() > LONGER_THAN_ANY {
            return None;
        }
        OPERATORS
            .iter()
            .map(|row| (distance(word, row.token), row))
            .filter(|(distance, row)| *distance <= row.token.len().div_ceil(3))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, row)| row.operator)
    }
}

impl Quantifier {
    /// How it is written between the parentheses.
    pub fn token(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::All => "all",
        }
    }
}

/// How many letters have to be put in, taken out or changed to make `left` into `right` (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut beside = line + 1;
        let mut corner = line;
        for (above, to) in row.iter_mut().skip(1).zip(right.chars()) {
            let changed = corner + usize::from(from != to);
            corner = *above;
            beside = changed.min(corner + 1).min(beside + 1);
            *above = beside;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
