//! Problem details: errors that programs can read (RFC 9457).

use crate::json_string;

/// The media type of what [`ProblemDetails::write`] writes.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The members RFC 9457 §3.1 gives a meaning to.
const STANDARD: [&str; 5] = ["type", "title", "status", "detail", "instance"];

/// What went wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemDetails {
    /// The URI of the kind of problem; `about:blank` where the status says it all.
    pub kind: String,
    /// The kind of problem in a few words; for `about:blank` the status's own phrase.
    pub title: String,
    /// The status of the response.
    pub status: u16,
    /// What went wrong this time, for people.
    pub detail: Option<String>,
    /// The URI of this occurrence.
    pub instance: Option<String>,
    /// More members: a name, and a value that is JSON text already.
    pub extensions: Vec<(String, String)>,
}

impl Default for ProblemDetails {
    fn default() -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: String::new(),
            status: 500,
            detail: None,
            instance: None,
            extensions: Vec::new(),
        }
    }
}

impl ProblemDetails {
    /// The problem as a JSON object. No name stands in it twice: of repeated extensions the first is written, and none
    /// that is called like a standard member.
    pub fn write(&self) -> String {
        let mut json = "{\"type\":".to_owned();
        json_string::quote_into(&self.kind, &mut json);
        json.push_str(",\"title\":");
        json_string::quote_into(&self.title, &mut json);
        json.push_str(",\"status\":");
        json.push_str(&self.status.to_string());
        for (name, value) in [("detail", &self.detail), ("instance", &self.instance)] {
            if let Some(value) = value {
                push_name(name, &mut json);
                json_string::quote_into(value, &mut json);
            }
        }
        let mut names = STANDARD.to_vec();
        for (name, value) in &self.extensions {
            if !names.contains(&name.as_str()) {
                names.push(name);
                push_name(name, &mut json);
                json.push_str(value);
            }
        }
        json.push('}');
        json
    }
}

fn push_name(name: &str, json: &mut String) {
    json.push(',');
    json_string::quote_into(name, json);
    json.push(':');
}

#[cfg(test)]
mod tests {
    use super::ProblemDetails;

    #[test]
    fn a_problem_is_one_json_object() {
        let check =
            |problem: &ProblemDetails, expected: &str| assert_eq!(problem.write(), expected);
        check(
            &ProblemDetails {
                title: "Not Found".to_owned(),
                status: 404,
                ..ProblemDetails::default()
            },
            r#"{"type":"about:blank","title":"Not Found","status":404}"#,
        );
        check(
            &ProblemDetails {
                kind: "https://bistro.example/errors#PGRST100".to_owned(),
                title: "Bad \"filter\"".to_owned(),
                status: 400,
                detail: Some("line\nbreak \\ 서울 \0".to_owned()),
                instance: Some("/songs".to_owned()),
                extensions: vec![
                    ("code".to_owned(), "\"PGRST100\"".to_owned()),
                    ("a\"b".to_owned(), "[1,null]".to_owned()),
                    ("status".to_owned(), "200".to_owned()),
                    ("code".to_owned(), "null".to_owned()),
                ],
            },
            concat!(
                r#"{"type":"https://bistro.example/errors#PGRST100","title":"Bad \"filter\"","status":400,"#,
                r#""detail":"line\nbreak \\ 서울 \u0000","instance":"/songs","code":"PGRST100","a\"b":[1,null]}"#,
            ),
        );
    }
}
