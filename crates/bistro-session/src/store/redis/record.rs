//! How a session is kept in Redis, and under which names.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::StoreError;
use crate::key::Hash;
use crate::session::{KeyShown, Session};

pub(super) fn session_key(hash: &Hash) -> String {
    format!("bistro:session:{}", hexadecimal(hash))
}

pub(super) fn user_key(user: &str) -> String {
    format!("bistro:user:{user}")
}

pub(super) fn hexadecimal(hash: &Hash) -> String {
    let mut digits = String::with_capacity(64);
    for octet in hash {
        write!(digits, "{octet:02x}").expect("writing to a String does not fail");
    }
    digits
}

/// What Redis keeps of a session. What is absent has no field.
pub(super) type Fields = BTreeMap<String, String>;

pub(super) fn write(session: &Session) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("id", session.id.clone()),
        ("owner", session.owner.clone()),
        ("generation", session.generation.to_string()),
        ("created", session.created.to_string()),
        ("keyed", session.keyed.to_string()),
        ("seen", session.seen.to_string()),
        ("data", session.data.clone()),
        ("version", "1".to_owned()),
    ];
    let optional = [
        ("user", session.user.clone()),
        ("signed_in", session.signed_in.map(|time| time.to_string())),
        ("agent", session.agent.clone()),
        ("address", session.address.clone()),
    ];
    for (field, value) in optional {
        fields.extend(value.map(|value| (field, value)));
    }
    fields
}

/// The hash of the present key, if these are the fields of a former one.
pub(super) fn present(fields: &Fields) -> Option<&str> {
    fields.get("now").map(String::as_str)
}

/// Which of its keys a session was found by.
pub(super) fn key_shown(fields: &Fields, is_former: bool) -> Result<KeyShown, StoreError> {
    let until = fields.get("former_until");
    let until = until
        .map(|until| until.parse::<i64>())
        .transpose()
        .map_err(|_unhelpful| StoreError::Damaged {
            field: "former_until",
        })?;
    Ok(if is_former {
        KeyShown::Former { until }
    } else if fields.contains_key("former") && until.is_none() {
        KeyShown::Unconfirmed
    } else {
        KeyShown::Present
    })
}

pub(super) fn read(fields: &Fields) -> Result<Session, StoreError> {
    let text = |field: &'static str| {
        let value = fields.get(field).cloned();
        value.ok_or(StoreError::Damaged { field })
    };
    let time = |field: &'static str, value: &str| {
        let value = value.parse::<i64>();
        value.map_err(|_unhelpful| StoreError::Damaged { field })
    };
    let optional = |field: &'static str| {
        let value = fields.get(field);
        value.map(|value| time(field, value)).transpose()
    };
    let created = time("created", &text("created")?)?;
    Ok(Session {
        id: text("id")?,
        owner: text("owner")?,
        user: fields.get("user").cloned(),
        generation: time("generation", &text("generation")?)?,
        created,
        keyed: optional("keyed")?.unwrap_or(created),
        seen: time("seen", &text("seen")?)?,
        signed_in: optional("signed_in")?,
        agent: fields.get("agent").cloned(),
        address: fields.get("address").cloned(),
        data: text("data")?,
    })
}
