//! Items as `application/x-www-form-urlencoded` (URL Standard §5.2).

use std::borrow::Cow;

use url::form_urlencoded::Serializer;

use super::Error;
use super::datum::{Datum, Value};

/// Encodes names and values in the order in which they were typed. Files are not for here: [`multipart`](super::multipart) has them.
pub(crate) fn encode(data: &[Datum]) -> Result<String, Error> {
    let mut form = Serializer::new(String::new());
    for datum in data {
        match &datum.value {
            Value::Text(text) => form.append_pair(&datum.name, text),
            Value::Json(json) => form.append_pair(&datum.name, &plain(&datum.name, json)?),
            Value::File(_) => &mut form,
        };
    }
    Ok(form.finish())
}

/// A JSON value as text: numbers as they were typed, strings without their quotes.
pub(crate) fn plain<'a>(name: &str, json: &'a str) -> Result<Cow<'a, str>, Error> {
    let kind = match json.bytes().next() {
        Some(b'"') => match serde_json::from_str(json) {
            Ok(text) => return Ok(Cow::Owned(text)),
            Err(_) => "half a surrogate",
        },
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'n') => "`null`",
        _ => return Ok(Cow::Borrowed(json)),
    };
    Err(Error::Structure {
        name: name.to_owned(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::super::datum::{Datum, Value};
    use super::encode;

    fn json(name: &str, json: &str) -> Datum {
        Datum {
            name: name.to_owned(),
            value: Value::Json(json.to_owned()),
        }
    }

    fn text(name: &str, text: &str) -> Datum {
        Datum {
            name: name.to_owned(),
            value: Value::Text(text.to_owned()),
        }
    }

    #[test]
    fn names_repeat_and_keep_their_order() {
        let data = [
            text("b", "x y&z=+%"),
            text("a[]", "é"),
            text("b", ""),
            json("n", "1.50"),
            json("t", "true"),
            json("s", "\"a\\nb\""),
        ];
        let expected = "b=x+y%26z%3D%2B%25&a%5B%5D=%C3%A9&b=&n=1.50&t=true&s=a%0Ab";
        assert_eq!(encode(&data).expect("a form"), expected);
    }

    #[test]
    fn a_form_has_no_structure() {
        for (value, kind) in [
            ("[1]", "an array"),
            ("{}", "an object"),
            ("null", "`null`"),
            ("\"\\ud800\"", "half a surrogate"),
        ] {
            let error = encode(&[json("a", value)]).expect_err(value);
            assert!(error.to_string().contains(kind), "{error}");
        }
    }
}
