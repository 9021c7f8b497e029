//! Sessions, users, their tokens, and what becomes of visitors' rows.

use std::collections::BTreeMap;

use bistro_plan::catalog::{Catalog, Relation, RelationKind, nearest};
use bistro_server::settings::{
    self, JwtKey, JwtSettings, Keys, Secret, SessionSettings, UserSettings,
};
use toml::Spanned;

use crate::config::error::{Error, Problem};
use crate::config::file::{Adopt, AdoptedRows, Algorithm, Conflict, Jwt, Session, Users};
use crate::config::source::Source;
use crate::config::store::Store;

/// Words in `to` that are no roles.
const NO_ROLES: [&str; 3] = ["anyone", "visitor", "user"];

/// Where the roles stand in a token unless told otherwise.
const ROLE_CLAIM: &str = "role";

/// `[session]`
///
/// # Errors
/// The store needs keys and has none, or has keys and needs none.
pub(super) fn session(source: &Source, section: &Session) -> Result<SessionSettings, Error> {
    let usual = SessionSettings::default();
    Ok(SessionSettings {
        store: store(source, section)?,
        idle: section.idle.map_or(usual.idle, |time| time.0),
        absolute: section.absolute.map_or(usual.absolute, |time| time.0),
        renew: section.renew.map_or(usual.renew, |time| time.0),
        fresh: section.fresh.map_or(usual.fresh, |time| time.0),
        per_user: section.per_user.map_or(usual.per_user, |count| count.0),
        data_bytes: section.data_max.map_or(usual.data_bytes, |size| size.0),
        insecure_cookies: section.insecure_cookies,
    })
}

fn store(source: &Source, section: &Session) -> Result<settings::Store, Error> {
    let named = section.store.as_ref().map(|store| (store, store.get_ref()));
    let other = match named {
        None | Some((_, Store::Database)) => settings::Store::Database,
        Some((_, Store::Redis(url))) => settings::Store::Redis(Secret(url.clone())),
        Some((place, Store::Cookie)) => {
            let keys = match (source.environment().session_keys(), &section.keys) {
                (Some(keys), _) => Keys::Text(keys.clone()),
                (None, Some(path)) => Keys::File(source.folder().join(path.get_ref())),
                (None, None) => {
                    let problem = Problem::Value(
                        "sessions in cookies are sealed: name a file of `keys`, or set BISTRO_SESSION_KEYS"
                            .to_owned(),
                    );
                    return Err(source.error(place.span(), problem));
                }
            };
            return Ok(settings::Store::Cookie { keys });
        }
    };
    match &section.keys {
        Some(keys) => {
            let problem = Problem::Value("only `store = \"cookie\"` has keys".to_owned());
            Err(source.error(keys.span(), problem))
        }
        None => Ok(other),
    }
}

/// `[users]`
///
/// # Errors
/// A role has a name that it cannot have.
pub(super) fn users(source: &Source, section: &Users) -> Result<UserSettings, Error> {
    let usual = UserSettings::default();
    let mut roles: Vec<String> = Vec::new();
    for named in &section.roles {
        let role = named.get_ref();
        let fault = if NO_ROLES.contains(&role.as_str()) {
            format!("`{role}` is a word of its own in `to`, so it cannot be a role")
        } else if role.is_empty() || role.contains(|letter: char| !is_of_role(letter)) {
            format!("`{role}` is no role: it has letters, digits, `_`, `-`, `.` and `:` only")
        } else if roles.contains(role) {
            format!("`{role}` stands here twice")
        } else {
            roles.push(role.clone());
            continue;
        };
        return Err(source.error(named.span(), Problem::Value(fault)));
    }
    Ok(UserSettings {
        sign_up: section.sign_up.unwrap_or(usual.sign_up),
        password_min: section
            .password_min
            .map_or(usual.password_min, |count| count.0),
        roles,
    })
}

fn is_of_role(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | ':')
}

/// `[jwt]`
///
/// # Errors
/// There is no key, more than one, one that is too short, or one that does not fit the algorithms.
pub(super) fn jwt(
    source: &Source,
    section: Option<&Spanned<Jwt>>,
) -> Result<Option<JwtSettings>, Error> {
    let Some(section) = section else {
        return Ok(None);
    };
    let jwt = section.get_ref();
    let key = match (&jwt.secret, &jwt.pem, &jwt.jwks) {
        (Some(secret), None, None) => {
            check_secret(source, secret, &jwt.algorithms)?;
            JwtKey::Secret(Secret(secret.get_ref().clone()))
        }
        (None, Some(file), None) => JwtKey::Pem(source.existing(file)?),
        (None, None, Some(file)) => JwtKey::Jwks(source.existing(file)?),
        _ => {
            let problem = Problem::Value(
                "tokens are checked with one of `secret`, `pem` and `jwks`".to_owned(),
            );
            return Err(source.error(section.span(), problem));
        }
    };
    if let JwtKey::Pem(_) = key {
        check_public(source, &jwt.algorithms)?;
    }
    let is_secret = matches!(key, JwtKey::Secret(_));
    let mut algorithms: Vec<String> = jwt
        .algorithms
        .iter()
        .map(|algorithm| algorithm.get_ref().name().to_owned())
        .collect();
    if is_secret && algorithms.is_empty() {
        algorithms.push(Algorithm::Hs256.name().to_owned());
    }
    Ok(Some(JwtSettings {
        key,
        algorithms,
        audience: jwt.audience.0.clone(),
        issuer: jwt.issuer.0.clone(),
        role_claim: role_claim(source, jwt)?,
    }))
}

fn check_secret(
    source: &Source,
    secret: &Spanned<String>,
    algorithms: &[Spanned<Algorithm>],
) -> Result<(), Error> {
    let mut least = Algorithm::Hs256.secret_min().unwrap_or_default();
    for algorithm in algorithms {
        match algorithm.get_ref().secret_min() {
            Some(octets) => least = least.max(octets),
            None => {
                let name = algorithm.get_ref().name();
                let problem = Problem::Value(format!("`{name}` takes a public key, not a secret"));
                return Err(source.error(algorithm.span(), problem));
            }
        }
    }
    let found = secret.get_ref().len();
    if found < least {
        let problem = Problem::Value(format!(
            "the secret has {found} octets; the least is {least}, or it can be guessed"
        ));
        return Err(source.error(secret.span(), problem));
    }
    Ok(())
}

/// Who takes a public key for a secret takes tokens from everyone who knows it.
fn check_public(source: &Source, algorithms: &[Spanned<Algorithm>]) -> Result<(), Error> {
    let secret = algorithms
        .iter()
        .find(|algorithm| algorithm.get_ref().secret_min().is_some());
    match secret {
        Some(algorithm) => {
            let name = algorithm.get_ref().name();
            let problem = Problem::Value(format!("`{name}` takes a secret, not a public key"));
            Err(source.error(algorithm.span(), problem))
        }
        None => Ok(()),
    }
}

fn role_claim(source: &Source, jwt: &Jwt) -> Result<String, Error> {
    let Some(claim) = &jwt.role_claim else {
        return Ok(ROLE_CLAIM.to_owned());
    };
    if claim.get_ref().split('.').any(str::is_empty) {
        let problem = Problem::Value(format!(
            "`{}` is no path to a claim, such as \"realm_access.roles\"",
            claim.get_ref()
        ));
        return Err(source.error(claim.span(), problem));
    }
    Ok(claim.get_ref().clone())
}

/// `[adopt.TABLE]`
///
/// # Errors
/// A table or a column is not there, or what is said of it contradicts itself.
pub(super) fn adopt(
    source: &Source,
    sections: &BTreeMap<Spanned<String>, Adopt>,
    catalog: &Catalog,
) -> Result<Vec<settings::Adopt>, Error> {
    sections
        .iter()
        .map(|(name, section)| adopt_one(source, name, section, catalog))
        .collect()
}

fn adopt_one(
    source: &Source,
    name: &Spanned<String>,
    section: &Adopt,
    catalog: &Catalog,
) -> Result<settings::Adopt, Error> {
    let table = name.get_ref();
    let Some(relation) = catalog.relations.get(table) else {
        let candidates = catalog.relations.keys().map(String::as_str);
        let problem = Problem::UnknownRelation {
            name: table.clone(),
            nearest: nearest(table, candidates).map(str::to_owned),
        };
        return Err(source.error(name.span(), problem));
    };
    if relation.kind == RelationKind::View {
        let problem = Problem::Value(format!(
            "`{table}` is a view; rows are adopted in the tables they are kept in"
        ));
        return Err(source.error(name.span(), problem));
    }
    let conflict = section
        .conflict
        .as_ref()
        .map(|conflict| *conflict.get_ref());
    if let (AdoptedRows::Drop, Some(conflict)) = (section.rows, &section.conflict) {
        let problem = Problem::Value("rows that are dropped meet no others".to_owned());
        return Err(source.error(conflict.span(), problem));
    }
    Ok(settings::Adopt {
        table: table.clone(),
        rows: match section.rows {
            AdoptedRows::Move => settings::AdoptedRows::Move,
            AdoptedRows::Drop => settings::AdoptedRows::Drop,
        },
        conflict: match conflict.unwrap_or_default() {
            Conflict::Keep => settings::Conflict::Keep,
            Conflict::Replace => settings::Conflict::Replace,
            Conflict::Sum => settings::Conflict::Sum,
        },
        columns: sums(source, section, relation)?,
    })
}

/// The columns that are added.
fn sums(source: &Source, section: &Adopt, relation: &Relation) -> Result<Vec<String>, Error> {
    let summing = section
        .conflict
        .as_ref()
        .filter(|conflict| *conflict.get_ref() == Conflict::Sum);
    let problem = |text: &str| Problem::Value(text.to_owned());
    match (summing, &section.columns) {
        (None, None) => Ok(Vec::new()),
        (None, Some(columns)) => {
            let problem = problem("only `conflict = \"sum\"` has columns, those to add");
            Err(source.error(columns.span(), problem))
        }
        (Some(_), Some(columns)) if !columns.get_ref().is_empty() => columns
            .get_ref()
            .iter()
            .map(|column| column_of(source, column, relation))
            .collect(),
        (Some(conflict), _) => {
            let problem = problem("`columns` says which numbers to add");
            Err(source.error(conflict.span(), problem))
        }
    }
}

fn column_of(
    source: &Source,
    column: &Spanned<String>,
    relation: &Relation,
) -> Result<String, Error> {
    let name = column.get_ref();
    if relation.position(name).is_some() {
        return Ok(name.clone());
    }
    let candidates = relation.columns.iter().map(|column| column.name.as_str());
    let problem = Problem::UnknownColumn {
        on: relation.name.clone(),
        name: name.clone(),
        nearest: nearest(name, candidates).map(str::to_owned),
    };
    Err(source.error(column.span(), problem))
}

#[cfg(test)]
mod tests;
