//! Whatever the rules and the rows: what is read is what a loop over all of them leaves.

use std::env;

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::{collection, option, test_runner};

use super::*;

const SCHEMA: &str = "
    CREATE TABLE items (id INTEGER PRIMARY KEY, owner TEXT, level INTEGER);
    CREATE TABLE parts (id INTEGER PRIMARY KEY, owner TEXT, level INTEGER, item_id INTEGER REFERENCES items (id));
    CREATE INDEX parts_item ON parts (item_id);
    CREATE TABLE labels (id INTEGER PRIMARY KEY, owner TEXT, level INTEGER);
    CREATE TABLE links (item_id INTEGER REFERENCES items (id), label_id INTEGER REFERENCES labels (id), owner TEXT,
        level INTEGER, PRIMARY KEY (item_id, label_id));
";

/// How many sets of rows and rules are tried; `BISTRO_RULES` says another number.
const CASES: u32 = 32;

const TABLES: [&str; 4] = ["items", "parts", "labels", "links"];
const CALLERS: [&str; 5] = ["-", "?a", "a", "b", "b+editor"];

/// A row of any of the tables.
#[derive(Clone, Debug)]
struct Row {
    /// Its key, and for those that refer to others theirs.
    keys: [i64; 2],
    owner: Option<&'static str>,
    level: i64,
}

/// A condition, as SQL and as what it means.
#[derive(Clone, Copy, Debug)]
enum Demand {
    Nothing,
    Own,
    High,
    Unowned,
    Listed,
    Owner,
}

#[derive(Clone, Debug)]
struct Ruled {
    on: usize,
    to: Audience,
    demand: Demand,
    /// Whether it opens `owner` and `level`; the rest is always open.
    opens: [bool; 2],
}

impl Demand {
    fn sql(self) -> Option<&'static str> {
        match self {
            Self::Nothing | Self::Owner => None,
            Self::Own => Some("owner = :user"),
            Self::High => Some("level > 1"),
            Self::Unowned => Some("owner IS NULL OR :user IS NULL"),
            Self::Listed => Some("level IN (SELECT length(value) - 4 FROM json_each(:roles))"),
        }
    }

    fn holds(self, caller: &Principal, row: &Row) -> bool {
        let user = caller.user().map(|user| user.id.as_str());
        match self {
            Self::Nothing => true,
            Self::Own => user.is_some() && row.owner == user,
            Self::High => row.level > 1,
            Self::Unowned => row.owner.is_none() || user.is_none(),
            // `editor` has six letters.
            Self::Listed => {
                row.level == 2 && caller.user().is_some_and(|user| !user.roles.is_empty())
            }
            Self::Owner => row.owner.is_some() && row.owner == caller.owner(),
        }
    }
}

impl Ruled {
    fn rule(&self) -> Rule {
        let names = ["owner", "level"].into_iter().zip(self.opens);
        let closed = names.clone().any(|(_, opens)| !opens);
        let others: &[&str] = match TABLES[self.on] {
            "parts" => &["id", "item_id"],
            "links" => &["item_id", "label_id"],
            _ => &["id"],
        };
        let opened = names.filter(|(_, opens)| *opens).map(|(name, _)| name);
        let opened: Vec<&str> = others.iter().copied().chain(opened).collect();
        Rule {
            to: self.to.clone(),
            rows: self.demand.sql().map(sql),
            owner: matches!(self.demand, Demand::Owner).then(|| "owner".to_owned()),
            columns: closed.then(|| columns(&opened)),
            ..open(TABLES[self.on], READ)
        }
    }

    fn admits(&self, caller: &Principal) -> bool {
        let is_audience = match &self.to {
            Audience::Anyone => true,
            Audience::Visitor => caller.owner().is_some(),
            Audience::User => caller.user().is_some(),
            Audience::Role(role) => caller.user().is_some_and(|user| user.roles.contains(role)),
        };
        let is_for_newcomers = matches!(self.demand, Demand::Owner)
            && matches!(self.to, Audience::Anyone | Audience::Visitor);
        is_audience || is_for_newcomers && *caller == Principal::Anyone
    }
}

fn row() -> impl Strategy<Value = Row> {
    let owner = prop_oneof![Just(None), Just(Some("a")), Just(Some("b"))];
    (1..5_i64, 1..5_i64, owner, 0..4_i64).prop_map(|(one, other, owner, level)| Row {
        keys: [one, other],
        owner,
        level,
    })
}

fn ruled() -> impl Strategy<Value = Ruled> {
    let to = prop_oneof![
        Just(Audience::Anyone),
        Just(Audience::Visitor),
        Just(Audience::User),
        Just(Audience::Role("editor".to_owned())),
    ];
    let demand = prop_oneof![
        Just(Demand::Nothing),
        Just(Demand::Own),
        Just(Demand::High),
        Just(Demand::Unowned),
        Just(Demand::Listed),
        Just(Demand::Owner),
    ];
    let opens = option::of([proptest::bool::ANY, proptest::bool::ANY]);
    (0..TABLES.len(), to, demand, opens).prop_map(|(on, to, demand, opens)| Ruled {
        on,
        to,
        demand,
        opens: opens.unwrap_or([true, true]),
    })
}

/// What is there, and what a caller sees of it.
struct World<'a> {
    rows: &'a [Vec<Row>; 4],
    rules: &'a [Ruled],
    caller: Principal,
}

impl World<'_> {
    fn admitting(&self, table: usize) -> Vec<&Ruled> {
        let rules = self.rules.iter();
        rules
            .filter(|rule| rule.on == table && rule.admits(&self.caller))
            .collect()
    }

    fn seen(&self, table: usize) -> Vec<&Row> {
        let rules = self.admitting(table);
        let rows = self.rows[table].iter();
        rows.filter(|row| {
            rules
                .iter()
                .any(|rule| rule.demand.holds(&self.caller, row))
        })
        .collect()
    }

    /// Whether there is such a column, 0 for `owner` and 1 for `level`.
    fn has(&self, table: usize, column: usize) -> bool {
        self.admitting(table).iter().any(|rule| rule.opens[column])
    }

    fn opens(&self, table: usize, column: usize, row: &Row) -> bool {
        let rules = self.admitting(table);
        rules
            .iter()
            .any(|rule| rule.opens[column] && rule.demand.holds(&self.caller, row))
    }

    fn level(&self, table: usize, row: &Row) -> Option<i64> {
        self.opens(table, 1, row).then_some(row.level)
    }

    /// Requests, and what a loop answers.
    fn expected(&self) -> Vec<(String, String)> {
        let mut cases = Vec::new();
        for table in [0, 1, 2] {
            if !self.admitting(table).is_empty() {
                self.of_table(table, &mut cases);
            }
        }
        let is_open = |table| !self.admitting(table).is_empty();
        if is_open(0) && is_open(1) {
            self.of_parts(&mut cases);
        }
        if is_open(0) && is_open(2) && is_open(3) {
            self.of_labels(&mut cases);
        }
        cases
    }

    fn of_table(&self, table: usize, cases: &mut Vec<(String, String)>) {
        let name = TABLES[table];
        let seen = self.seen(table);
        let ids = |rows: &[&Row]| {
            rows.iter()
                .map(|row| row.keys[0].to_string())
                .collect::<Vec<_>>()
                .join("|")
        };
        cases.push((format!("/{name}?select=id&order=id"), ids(&seen)));
        cases.push((format!("/{name}?select=count()"), seen.len().to_string()));
        cases.push((
            format!("/{name}?select=id&limit=2&offset=1&order=id.desc"),
            {
                let rows: Vec<&Row> = seen.iter().rev().skip(1).take(3).copied().collect();
                rows.iter()
                    .map(|row| format!("{0} {0}", row.keys[0]))
                    .collect::<Vec<_>>()
                    .join("|")
            },
        ));
        for key in 1..5 {
            let row = seen.iter().find(|row| row.keys[0] == key);
            let row = row.map_or_else(String::new, |row| row.keys[0].to_string());
            cases.push((format!("/{name}/{key}?select=id"), row));
        }
        if self.has(table, 1) {
            let high: Vec<&Row> = seen
                .iter()
                .copied()
                .filter(|row| self.level(table, row) > Some(1))
                .collect();
            cases.push((format!("/{name}?select=id&level=gt.1&order=id"), ids(&high)));
            let none: Vec<&Row> = seen
                .iter()
                .copied()
                .filter(|row| self.level(table, row).is_none())
                .collect();
            cases.push((
                format!("/{name}?select=id&level=is.null&order=id"),
                ids(&none),
            ));
            let levels = seen.iter().map(|row| match self.level(table, row) {
                Some(level) => format!("{} {level}", row.keys[0]),
                None => row.keys[0].to_string(),
            });
            cases.push((
                format!("/{name}?select=id,level&order=id"),
                levels.collect::<Vec<_>>().join("|"),
            ));
        } else {
            cases.push((
                format!("/{name}?select=level"),
                format!("no column `level` in `{name}`"),
            ));
        }
        if self.has(table, 0) {
            let owners =
                seen.iter().map(
                    |row| match row.owner.filter(|_| self.opens(table, 0, row)) {
                        Some(owner) => format!("{} '{owner}'", row.keys[0]),
                        None => row.keys[0].to_string(),
                    },
                );
            cases.push((
                format!("/{name}?select=id,owner&order=id"),
                owners.collect::<Vec<_>>().join("|"),
            ));
        }
    }

    fn of_parts(&self, cases: &mut Vec<(String, String)>) {
        let (items, parts) = (self.seen(0), self.seen(1));
        let of = |item: &Row| {
            parts
                .iter()
                .filter(|part| part.keys[1] == item.keys[0])
                .collect::<Vec<_>>()
        };
        let objects = |rows: &[&&Row]| {
            rows.iter()
                .map(|row| format!("{{\"id\":{}}}", row.keys[0]))
                .collect::<Vec<_>>()
                .join(",")
        };
        let embedded = items
            .iter()
            .map(|item| format!("{} '[{}]'", item.keys[0], objects(&of(item))));
        cases.push((
            "/items?select=id,parts(id)&order=id&parts.order=id".to_owned(),
            embedded.collect::<Vec<_>>().join("|"),
        ));
        let with = items
            .iter()
            .filter(|item| !of(item).is_empty())
            .map(|item| item.keys[0].to_string());
        cases.push((
            "/items?select=id,parts!inner()&order=id".to_owned(),
            with.collect::<Vec<_>>().join("|"),
        ));
        let up =
            parts.iter().map(
                |part| match items.iter().find(|item| item.keys[0] == part.keys[1]) {
                    Some(item) => format!("{} '{{\"id\":{}}}'", part.keys[0], item.keys[0]),
                    None => part.keys[0].to_string(),
                },
            );
        cases.push((
            "/parts?select=id,items(id)&order=id".to_owned(),
            up.collect::<Vec<_>>().join("|"),
        ));
        for key in 1..5 {
            let answer = match items.iter().find(|item| item.keys[0] == key) {
                Some(item) => of(item)
                    .iter()
                    .map(|part| part.keys[0].to_string())
                    .collect::<Vec<_>>()
                    .join("|"),
                None => "there is no such row of items".to_owned(),
            };
            cases.push((format!("/items/{key}/parts?select=id&order=id"), answer));
        }
    }

    fn of_labels(&self, cases: &mut Vec<(String, String)>) {
        let (items, labels, links) = (self.seen(0), self.seen(2), self.seen(3));
        let embedded = items.iter().map(|item| {
            let own = labels.iter().filter(|label| {
                links
                    .iter()
                    .any(|link| link.keys == [item.keys[0], label.keys[0]])
            });
            let own: Vec<String> = own
                .map(|label| format!("{{\"id\":{}}}", label.keys[0]))
                .collect();
            format!("{} '[{}]'", item.keys[0], own.join(","))
        });
        cases.push((
            "/items?select=id,labels(id)&order=id&labels.order=id".to_owned(),
            embedded.collect::<Vec<_>>().join("|"),
        ));
    }
}

/// Rows with different keys.
fn distinct(rows: Vec<Row>, is_link: bool) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::new();
    for row in rows {
        let is_same = |other: &Row| {
            other.keys[0] == row.keys[0] && (!is_link || other.keys[1] == row.keys[1])
        };
        if !kept.iter().any(is_same) {
            kept.push(row);
        }
    }
    kept.sort_by_key(|row| row.keys);
    kept
}

fn script(rows: &[Vec<Row>; 4]) -> String {
    let mut script = format!("PRAGMA foreign_keys = off; {SCHEMA}");
    for (table, rows) in TABLES.into_iter().zip(rows) {
        for Row {
            keys: [one, other],
            owner,
            level,
        } in rows
        {
            let owner = owner.map_or_else(|| "NULL".to_owned(), |owner| format!("'{owner}'"));
            let values = match table {
                "parts" => format!("{one}, {owner}, {level}, {other}"),
                "links" => format!("{one}, {other}, {owner}, {level}"),
                _ => format!("{one}, {owner}, {level}"),
            };
            script.push_str("INSERT INTO ");
            script.push_str(table);
            script.push_str(" VALUES (");
            script.push_str(&values);
            script.push_str(");");
        }
    }
    script
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test takes is set from outside"
)]
fn what_is_read_is_what_a_loop_leaves() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let table = || collection::vec(row(), 0..8);
    let world = (
        [table(), table(), table(), table()],
        collection::vec(ruled(), 1..9),
    );
    let asked = env::var("BISTRO_RULES").map(|cases| cases.parse().expect("a number"));
    let cases = asked.unwrap_or(CASES);
    let settings = test_runner::Config {
        cases,
        failure_persistence: None,
        ..test_runner::Config::default()
    };
    let mut runner = test_runner::TestRunner::new(settings);
    let outcome = runner.run(&world, |(rows, rules)| {
        let [items, parts, labels, links] = rows;
        let rows = [
            distinct(items, false),
            distinct(parts, false),
            distinct(labels, false),
            distinct(links, true),
        ];
        let shop = Shop::over(&script(&rows), rules.iter().map(Ruled::rule).collect());
        for who in CALLERS {
            let world = World {
                rows: &rows,
                rules: &rules,
                caller: principal(who),
            };
            for (url, expected) in world.expected() {
                let answer = runtime.block_on(shop.get(who, &url));
                proptest::prop_assert_eq!(answer, expected, "{} {}", who, url);
            }
            if !world.admitting(0).is_empty() {
                let total = runtime.block_on(shop.count(who, "/items", "count=planned"));
                proptest::prop_assert_eq!(
                    total,
                    u64::try_from(world.seen(0).len()).unwrap(),
                    "{}",
                    who
                );
            }
        }
        Ok(())
    });
    outcome.unwrap();
}
