//! The configuration that `bistro init` writes: everything is named, and nothing is open.
//!
//! What is only suggested is a comment without a space, so that it can be told from prose.

use bistro_plan::catalog::{Catalog, Function, Kind, Relation, RelationKind};
use bistro_plan::rule::called;

use crate::config::address;

/// Columns that say whose a row is, by their usual names, and who that is.
const OWNERS: [(&str, &str); 7] = [
    ("owner_id", "visitor"),
    ("owner", "visitor"),
    ("visitor_id", "visitor"),
    ("user_id", "user"),
    ("author_id", "user"),
    ("created_by", "user"),
    ("user", "user"),
];

/// The text of a configuration for the database at `path`.
pub(crate) fn starting(path: &str, catalog: &Catalog) -> String {
    let mut text = format!(
        "# What Bistro serves, where, and what is open to whom.
#
# Nothing is open that no rule opens. Remove the `#` before the rules you want, and change them as you like:
# `bistro check` says what this file opens, `bistro serve` serves it.

[database]
url = {url}

[http]
listen = \"{listen}\"
# The names by which clients call this server, and other origins whose pages may use it.
#hosts = [\"shop.example\"]
#origins = [\"https://app.example\"]

# Visitors have a session, users have signed up, and some users have roles.
#[session]
#idle = \"2h\"
#absolute = \"30d\"
#renew = \"1d\"

#[users]
#sign_up = true
#roles = [\"editor\"]
",
        url = quoted(&format!("sqlite:{path}")),
        listen = address::DEFAULT,
    );
    for relation in catalog.relations.values() {
        text.push_str(&of_relation(relation));
    }
    for function in catalog.functions.values() {
        text.push_str(&of_function(function));
    }
    text
}

/// A rule for a table or a view: whose rows are somebody's for him, all others for everyone to read.
fn of_relation(relation: &Relation) -> String {
    let name = quoted(&relation.name);
    let what = match relation.kind {
        RelationKind::Table => "table",
        RelationKind::View => "view",
        RelationKind::Search => "full-text index",
        RelationKind::Virtual => "virtual table",
    };
    let columns: Vec<String> = relation
        .columns
        .iter()
        .map(|column| one_line(&column.name))
        .collect();
    let columns = columns.join(", ");
    let head = format!("\n# The {what} {name}: {columns}\n#[[allow]]\n#on = {name}\n");
    match owner(relation) {
        Some((owner, to)) => format!(
            "{head}#to = \"{to}\"
#do = [{operations}]
#owner = {owner}
",
            owner = quoted(owner),
            // Rows of a view cannot be looked at again once they are written.
            operations = match relation.kind {
                RelationKind::Table => "\"read\", \"create\", \"update\", \"delete\"",
                RelationKind::View | RelationKind::Search | RelationKind::Virtual => "\"read\"",
            },
        ),
        None => format!("{head}#to = \"anyone\"\n#do = [\"read\"]\n"),
    }
}

fn of_function(function: &Function) -> String {
    let on = quoted(&called(&function.name));
    format!(
        "
# The stored query {name}, which does what it does for whoever may call it
#[[allow]]
#on = {on}
#to = \"anyone\"
#do = [\"call\"]
",
        name = quoted(&function.name),
    )
}

/// The column that says whose a row is, and who that is. Those of visitors and users are text.
fn owner(relation: &Relation) -> Option<(&str, &'static str)> {
    OWNERS.into_iter().find_map(|(name, to)| {
        let column = relation.columns.iter().find(|column| {
            column.name.eq_ignore_ascii_case(name) && matches!(column.kind, Kind::Text | Kind::Uuid)
        })?;
        Some((column.name.as_str(), to))
    })
}

/// Text as a basic string of TOML, which stays on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let code = format!("\\u{:04X}", u32::from(letter));
                quoted.push_str(&code);
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A name within a comment.
fn one_line(name: &str) -> String {
    name.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::songs;

    #[test]
    fn what_has_an_owner_is_suggested_to_be_his() {
        let text = starting("shop.db", &songs());
        let table =
            "\n# The table \"songs\": id, title, owner_id\n#[[allow]]\n#on = \"songs\"\n#to = \"visitor\"
#do = [\"read\", \"create\", \"update\", \"delete\"]\n#owner = \"owner_id\"\n";
        assert!(text.contains(table), "{text}");
        let view = "\n# The view \"hits\": id, title, owner_id\n#[[allow]]\n#on = \"hits\"\n#to = \"visitor\"\n#do = [\"read\"]\n#owner = \"owner_id\"\n";
        assert!(text.contains(view), "{text}");
    }

    #[test]
    fn any_name_stays_on_its_line() {
        for (name, quoted_name) in [
            ("songs", "\"songs\""),
            ("a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\""),
            ("new\nline\u{7f}", "\"new\\u000Aline\\u007F\""),
            ("요리사", "\"요리사\""),
        ] {
            assert_eq!(quoted(name), quoted_name);
            let read: toml::Table = format!("name = {quoted_name}").parse().unwrap();
            assert_eq!(read["name"].as_str(), Some(name));
        }
    }
}
