//! The fields that were asked for and those that follow, and the query that items add to the URL.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bistro_http::percent;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::content::Content;
use super::error::Error;
use super::{Auth, Format};
use crate::body::{self, file};
use crate::item::{Item, Kind};
use crate::target::User;

/// What is accepted where JSON is sent: JSON rather than anything else.
const ACCEPT_JSON: &str = "application/json, */*;q=0.5";

/// What items say of the fields.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Those that are sent.
    fields: HeaderMap,
    /// Those that are not, though something would add them.
    without: Vec<HeaderName>,
}

/// Appends the query items to the query that was typed. The dialect of filters stays readable: `year=gte.1990`.
pub(super) fn extend_query(
    url: &mut Url,
    items: &[Item],
    home: Option<&Path>,
) -> Result<(), Error> {
    let mut query = url.query().unwrap_or_default().to_owned();
    let mut is_extended = false;
    for item in items {
        let read;
        let value = match item.kind {
            Kind::Query => &item.value,
            Kind::QueryFromFile => {
                read = one_line(&item.value, home)?;
                &read
            }
            Kind::Field
            | Kind::FieldFromFile
            | Kind::Without
            | Kind::EmptyField
            | Kind::Text
            | Kind::TextFromFile
            | Kind::Json
            | Kind::JsonFromFile
            | Kind::File => continue,
        };
        if !query.is_empty() {
            query.push('&');
        }
        query += &percent::encode_query(&item.name);
        query.push('=');
        query += &percent::encode_query(value);
        is_extended = true;
    }
    if is_extended {
        url.set_query(Some(&query));
    }
    Ok(())
}

/// Reads the items that are fields. The last word on a name counts: `A:` takes back what was said of `A` before it.
pub(super) fn read(items: &[Item], home: Option<&Path>) -> Result<Asked, Error> {
    let mut asked = Asked::default();
    for item in items {
        let read;
        let value = match item.kind {
            Kind::Field => item.value.trim_matches([' ', '\t']),
            Kind::FieldFromFile => {
                read = one_line(&item.value, home)?;
                read.trim_matches([' ', '\t'])
            }
            Kind::EmptyField => "",
            Kind::Without => {
                let name = read_name(&item.name)?;
                asked.fields.remove(&name);
                if !asked.without.contains(&name) {
                    asked.without.push(name);
                }
                continue;
            }
            Kind::Query
            | Kind::QueryFromFile
            | Kind::Text
            | Kind::TextFromFile
            | Kind::Json
            | Kind::JsonFromFile
            | Kind::File => continue,
        };
        let name = read_name(&item.name)?;
        let value = read_value(&item.name, value)?;
        asked.without.retain(|without| *without != name);
        asked.fields.append(name, value);
    }
    Ok(asked)
}

impl Asked {
    /// Adds what follows from the body and from who asks, where no item says otherwise.
    pub(super) fn complete(
        mut self,
        format: Format,
        content: &Content,
        auth: Option<Auth>,
        user: Option<User>,
    ) -> Result<(HeaderMap, Vec<HeaderName>), Error> {
        self.check_length(content)?;
        if auth.is_some() && self.fields.contains_key(AUTHORIZATION) {
            return Err(Error::TwoAuthorizations);
        }
        if let Some(auth) = auth.or(user.map(Auth::Basic)) {
            self.fall_back(AUTHORIZATION, auth.value()?);
        }
        let is_json_asked = match format {
            Format::Unsaid => content.body.is_some(),
            Format::Json => true,
            Format::Form | Format::Multipart => false,
        };
        let accept = if is_json_asked { ACCEPT_JSON } else { "*/*" };
        self.fall_back(ACCEPT, HeaderValue::from_static(accept));
        self.describe(content)?;
        Ok((self.fields, self.without))
    }

    fn fall_back(&mut self, name: HeaderName, value: HeaderValue) {
        if !self.fields.contains_key(&name) && !self.without.contains(&name) {
            self.fields.insert(name, value);
        }
    }

    /// Says what the body is. Without its boundary a body of several parts cannot be read: a type that was typed gets it.
    fn describe(&mut self, content: &Content) -> Result<(), Error> {
        let typed = self.fields.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let typed = typed.map(|typed| String::from_utf8_lossy(typed).into_owned());
        let (Some(boundary), Some(media_type)) = (
            &content.boundary,
            typed.as_ref().or(content.media_type.as_ref()),
        ) else {
            if let Some(media_type) = &content.media_type {
                let value = read_value("Content-Type", media_type)?;
                self.fall_back(CONTENT_TYPE, value);
            }
            return Ok(());
        };
        if media_type.to_ascii_lowercase().contains("boundary=") {
            return Err(Error::TypedBoundary);
        }
        let value = read_value(
            "Content-Type",
            &format!("{media_type}; boundary={boundary}"),
        )?;
        if typed.is_some() {
            self.fields.insert(CONTENT_TYPE, value);
        } else {
            self.fall_back(CONTENT_TYPE, value);
        }
        Ok(())
    }

    /// A length that was typed is the body's, or the server would wait for more, or take the rest for another request.
    fn check_length(&self, content: &Content) -> Result<(), Error> {
        let octets = match &content.body {
            Some(body) => body.octets(),
            None => Some(0),
        };
        let mut typed = self.fields.get_all(CONTENT_LENGTH).iter();
        let (first, second) = (typed.next(), typed.next());
        let Some(length) = first else {
            return Ok(());
        };
        let length = String::from_utf8_lossy(length.as_bytes());
        let is_number = !length.is_empty() && length.bytes().all(|octet| octet.is_ascii_digit());
        let number = length.parse::<u64>().ok().filter(|_| is_number);
        let is_right = number.is_some_and(|number| octets.is_none_or(|octets| octets == number));
        if is_right && second.is_none() {
            return Ok(());
        }
        Err(Error::Length {
            typed: length.into_owned(),
        })
    }
}

impl Auth {
    /// What `Authorization` says, marked as a secret.
    fn value(self) -> Result<HeaderValue, Error> {
        let text = match self {
            Self::Basic(user) => {
                if user.name.contains(':') {
                    return Err(Error::UserName { name: user.name });
                }
                let secrets = [("the name", &user.name), ("the password", &user.password)];
                if let Some((what, _)) = secrets.iter().find(|(_, secret)| has_control(secret)) {
                    return Err(Error::Secret { what });
                }
                let pair = format!("{}:{}", user.name, user.password);
                format!("Basic {}", BASE64_STANDARD.encode(pair))
            }
            Self::Bearer(token) => format!("Bearer {token}"),
        };
        let mut value = HeaderValue::from_bytes(text.as_bytes())
            .ok()
            .filter(|_| !has_control(&text))
            .ok_or(Error::Secret { what: "the token" })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn read_name(typed: &str) -> Result<HeaderName, Error> {
    HeaderName::from_bytes(typed.as_bytes()).map_err(|_unhelpful| Error::FieldName {
        name: typed.to_owned(),
    })
}

/// The octets of a value, in UTF-8 beyond ASCII (RFC 9110 §5.5 has them as `obs-text`).
fn read_value(name: &str, typed: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_bytes(typed.as_bytes()).map_err(|_unhelpful| Error::FieldValue {
        name: name.to_owned(),
        character: typed
            .chars()
            .find(|character| character.is_ascii_control() && *character != '\t')
            .unwrap_or_default(),
    })
}

/// The text of a file that becomes a part of one line: the end of its last line belongs to the file.
fn one_line(typed: &str, home: Option<&Path>) -> Result<String, body::Error> {
    let mut text = file::text(&file::resolve(typed, home))?;
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    Ok(text)
}
