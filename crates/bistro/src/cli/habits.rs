//! What somebody means who is used to curl or HTTPie, by an option that is another one here.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The commands that ask for something.
const REQUESTS: [&str; 9] = [
    "get", "head", "post", "put", "patch", "delete", "options", "trace", "query",
];

/// Options of others, and what does the same here.
const HABITS: [(&[&str], &str); 20] = [
    (
        &["-X", "--request"],
        "the method is the command: `bistro post URL`",
    ),
    (&["-I", "--head"], "`bistro head URL` asks for the head"),
    (
        &["-H", "--header"],
        "a header field is written behind the URL: `bistro get URL 'Accept:text/csv'`",
    ),
    (
        &["-A", "--user-agent"],
        "a header field is written behind the URL: `User-Agent:TEXT`",
    ),
    (
        &["-e", "--referer"],
        "a header field is written behind the URL: `Referer:TEXT`",
    ),
    (
        &["--data", "--data-raw", "--data-ascii", "--data-binary"],
        "what is sent is written behind the URL: `name=text` or `@FILE`; `--raw TEXT` sends a text as it is",
    ),
    (
        &["--data-urlencode"],
        "`--form` sends `name=text` behind the URL as a form; `name==text` becomes part of the URL",
    ),
    (
        &["-T", "--upload-file"],
        "`bistro put URL @FILE` sends a file",
    ),
    (&["-G"], "`bistro get URL name==text` puts it into the URL"),
    (
        &["-L", "--location"],
        "`-F` or `--follow` follows redirects",
    ),
    (&["-i", "--include"], "`-p hb` shows the head and the body"),
    (
        &["-u", "--user"],
        "`-a USER:PASSWORD` or `--auth` says who asks",
    ),
    (
        &["-O", "-J", "--remote-name"],
        "`-d` or `--download` saves what is sent under its own name",
    ),
    (
        &["-C", "--continue-at"],
        "`--continue` goes on with a download, with `--output FILE`",
    ),
    (&["-x"], "`--proxy URL` goes by way of a proxy"),
    (
        &["-m", "--max-time"],
        "`--timeout SECONDS` ends what takes too long",
    ),
    (
        &["-w", "--write-out"],
        "`--timing` draws how long each leg took, `--check-status` makes the status the exit code",
    ),
    (
        &["-s", "--silent", "-S", "--show-error"],
        "nothing but the answer goes to standard output",
    ),
    (
        &["--compressed"],
        "a compressed answer is asked for, and decoded, in any case",
    ),
    (
        &["--cookie", "--cookie-jar"],
        "`--session NAME` keeps cookies; `Cookie:name=value` behind the URL sends one",
    ),
];

/// The same error, with a better tip where it is about an option that others have.
pub(crate) fn with_tip(mut error: clap::Error, command: Option<&str>) -> clap::Error {
    let is_request = command.is_some_and(|command| REQUESTS.contains(&command));
    if error.kind() != ErrorKind::UnknownArgument || !is_request {
        return error;
    }
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let Some(tip) = tip(option) else {
        return error;
    };
    error.remove(ContextKind::SuggestedArg);
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![StyledStr::from(tip)]),
    );
    error
}

fn tip(option: &str) -> Option<&'static str> {
    let mut habits = HABITS.iter();
    habits
        .find(|(options, _)| options.contains(&option))
        .map(|(_, tip)| *tip)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::Arguments;

    fn told(line: &[&str]) -> String {
        let error = Arguments::try_parse_from(["bistro"].iter().chain(line)).unwrap_err();
        with_tip(error, line.first().copied()).to_string()
    }

    #[test]
    fn options_of_curl_are_answered_by_what_does_the_same() {
        let check = |line: &[&str], expected: &str| {
            let told = told(line);
            assert!(told.contains(expected), "{line:?}: {told}");
            assert!(!told.contains("as a value"), "{line:?}: {told}");
            assert_eq!(told.matches("tip:").count(), 1, "{line:?}: {told}");
        };
        check(&["get", "-L", "http://x/"], "`--follow` follows redirects");
        check(
            &["post", "http://x/", "--header", "A: b"],
            "'Accept:text/csv'",
        );
        check(
            &["get", "-u", "ann:secret", "http://x/"],
            "`-a USER:PASSWORD`",
        );
    }

    #[test]
    fn what_nobody_has_is_answered_as_usual() {
        assert!(told(&["get", "--nope", "http://x/"]).contains("as a value"));
        assert!(told(&["serve", "-L"]).contains("as a value"));
    }

    #[test]
    fn no_tip_is_about_an_option_that_there_is() {
        let program = Arguments::command();
        for command in REQUESTS {
            let command = program.find_subcommand(command).expect("it is a command");
            for (option, tip) in HABITS
                .iter()
                .flat_map(|(options, tip)| options.iter().map(move |option| (option, tip)))
            {
                let is_there = command.get_arguments().any(|argument| {
                    let long = argument
                        .get_long()
                        .is_some_and(|long| *option == format!("--{long}"));
                    let short = argument
                        .get_short()
                        .is_some_and(|short| *option == format!("-{short}"));
                    long || short
                });
                assert!(!is_there, "{option}: {tip}");
            }
        }
    }
}
