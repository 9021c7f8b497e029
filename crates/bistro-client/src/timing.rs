//! The journey of a request, drawn for the terminal.

use std::fmt::Write as _;
use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use crate::colour::{Look, Style};
use crate::escape::{self, Keep};
use crate::journey::Journey;

/// How many legs of a server are drawn.
const SERVER_LEGS_MAX: usize = 32;
/// How wide what is written before a bar may be.
const LABEL_MAX: usize = 28;
/// How wide the bars are at most: on a wide terminal the eye would lose the line.
const BAR_MAX: usize = 60;

/// A metric of `Server-Timing`: what a server says of a part of its own time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerLeg {
    /// What it is called: a token.
    pub name: String,
    /// How long it took; many say only that something was, as a cache hit.
    pub duration: Option<Duration>,
    /// What it is, as the server says it: not yet safe for a terminal. Empty if there is none.
    pub description: String,
}

/// Reads fields of `Server-Timing` (W3C Server Timing §3.1): `db;dur=53.2;desc="rows", cache`. Durations are in milliseconds.
///
/// As there, what does not belong is skipped, and of parameters that occur twice the first counts.
pub fn server_legs(fields: &[String]) -> Vec<ServerLeg> {
    let mut legs = Vec::new();
    for field in fields {
        let mut rest = field.as_str();
        while !rest.is_empty() {
            let metric;
            (metric, rest) = until(rest, ',');
            legs.extend(server_leg(metric));
        }
    }
    legs
}

/// Draws the journey: a line for the connection, one for each leg, and the total.
pub fn draw(journey: &Journey, look: Look) -> String {
    let total = total(journey);
    let mut picture = connection(journey) + "\n";
    let mut lines = Vec::new();
    let mut begin = Duration::ZERO;
    for (name, duration) in legs(journey) {
        lines.push((name.to_owned(), begin, Some(duration), Style::Number));
        if name == "waiting" {
            lines.extend(server_lines(journey, begin));
        }
        begin += duration;
    }
    let label_width = lines
        .iter()
        .map(|(label, ..)| label.width())
        .max()
        .unwrap_or_default();
    let bar_width = look
        .width
        .unwrap_or(80)
        .saturating_sub(label_width + 12)
        .clamp(4, BAR_MAX);
    for (label, begin, duration, style) in lines {
        let gap = " ".repeat(label_width.saturating_sub(label.width()));
        let time = duration.map(time).unwrap_or_default();
        let offset = cells(begin, total, bar_width).min(bar_width - 1);
        let length = duration.map_or(0, |duration| {
            bar_length(duration, total, bar_width - offset, bar_width)
        });
        let bar = if look.is_terminal { "█" } else { "#" }.repeat(length);
        let text = format!("{label}{gap} {time:>9}  {}", " ".repeat(offset));
        if bar.is_empty() {
            picture += text.trim_end();
        } else {
            picture = picture + &text + &look.paint(style, &bar).to_string();
        }
        picture.push('\n');
    }
    let gap = " ".repeat(label_width.saturating_sub("total".len()));
    let text = format!("total{gap} {:>9}", time(total));
    picture + &look.paint(Style::Strong, &text).to_string() + "\n"
}

/// The journey on one line, `HTTPie`'s metadata.
pub fn line(journey: &Journey) -> String {
    let mut line = format!("total {}:", time(total(journey)));
    for (index, (name, duration)) in legs(journey).into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(line, "{comma} {name} {}", time(duration));
    }
    line + "\n"
}

/// The legs that were travelled.
fn legs(journey: &Journey) -> Vec<(&'static str, Duration)> {
    [
        ("look-up", journey.look_up),
        ("connect", journey.connect),
        ("TLS", journey.tls),
        ("sent", Some(journey.sent)),
        ("waiting", Some(journey.waiting)),
        ("received", Some(journey.received)),
    ]
    .into_iter()
    .filter_map(|(name, duration)| Some((name, duration?)))
    .collect()
}

fn total(journey: &Journey) -> Duration {
    legs(journey)
        .into_iter()
        .map(|(_, duration)| duration)
        .sum()
}

fn connection(journey: &Journey) -> String {
    let kind = if journey.is_reused {
        "reused connection"
    } else {
        "new connection"
    };
    match journey.peer {
        Some(peer) => format!("{kind} to {peer}"),
        None => kind.to_owned(),
    }
}

/// The server's own legs lie somewhere within the waiting, nobody says where: they are drawn from its beginning.
fn server_lines(
    journey: &Journey,
    begin: Duration,
) -> Vec<(String, Duration, Option<Duration>, Style)> {
    let legs = server_legs(&journey.server);
    let more = legs.len().saturating_sub(SERVER_LEGS_MAX);
    let mut lines: Vec<_> = legs
        .into_iter()
        .take(SERVER_LEGS_MAX)
        .map(|leg| {
            let label = if leg.description.is_empty() {
                format!("  {}", leg.name)
            } else {
                format!(
                    "  {} ({})",
                    leg.name,
                    escape::text(&leg.description, Keep::Nothing)
                )
            };
            (cut(label), begin, leg.duration, Style::Text)
        })
        .collect();
    if more > 0 {
        lines.push((format!("  and {more} more"), begin, None, Style::Text));
    }
    lines
}

fn cut(label: String) -> String {
    if label.width() <= LABEL_MAX {
        return label;
    }
    let mut kept = String::new();
    // Marks that stand on others have no width, so their number has an end, too.
    for character in label.chars().take(4 * LABEL_MAX) {
        kept.push(character);
        if kept.width() >= LABEL_MAX {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

/// How many columns of a bar that is so wide a part of the total takes, rounded.
fn cells(part: Duration, total: Duration, width: usize) -> usize {
    let total = total.as_nanos().max(1);
    let cells = (part.as_nanos().saturating_mul(width as u128) + total / 2) / total;
    usize::try_from(cells).unwrap_or(width).min(width)
}

/// What took any time is seen, and what a server claims does not reach beyond the picture.
fn bar_length(duration: Duration, total: Duration, room: usize, width: usize) -> usize {
    let least = usize::from(!duration.is_zero());
    cells(duration, total, width).max(least).min(room)
}

/// A duration with three digits, more or less.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let milliseconds = seconds * 1000.0;
    if milliseconds < 9.995 {
        format!("{milliseconds:.2} ms")
    } else if milliseconds < 99.95 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 999.5 {
        format!("{milliseconds:.0} ms")
    } else if seconds < 99.995 {
        format!("{seconds:.2} s")
    } else if seconds < 99_999.5 {
        format!("{seconds:.0} s")
    } else {
        "> 1 day".to_owned()
    }
}

/// One metric; `None` if it has no name.
fn server_leg(metric: &str) -> Option<ServerLeg> {
    let (name, mut rest) = until(metric, ';');
    let name = token(name.trim_start());
    if name.is_empty() {
        return None;
    }
    let (mut duration, mut description) = (None, None);
    while !rest.is_empty() {
        let parameter;
        (parameter, rest) = until(rest, ';');
        let name = token(parameter.trim_start());
        let value = parameter
            .trim_start()
            .strip_prefix(name)
            .unwrap_or_default();
        let value = value
            .trim_start()
            .strip_prefix('=')
            .map_or_else(String::new, |value| self::value(value.trim_start()));
        if name.eq_ignore_ascii_case("dur") && duration.is_none() {
            duration = Some(milliseconds(&value));
        } else if name.eq_ignore_ascii_case("desc") && description.is_none() {
            description = Some(value);
        }
    }
    Some(ServerLeg {
        name: name.to_owned(),
        duration: duration.flatten(),
        description: description.unwrap_or_default(),
    })
}

/// Negative and endless times are none.
fn milliseconds(text: &str) -> Option<Duration> {
    let milliseconds: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(milliseconds / 1000.0).ok()
}

/// What stands before the separator and what behind; within quotes it separates nothing.
fn until(text: &str, separator: char) -> (&str, &str) {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (index, character) in text.char_indices() {
        if character == separator && !is_quoted {
            let (before, behind) = text.split_at_checked(index).unwrap_or((text, ""));
            return (before, behind.strip_prefix(separator).unwrap_or_default());
        }
        if character == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && character == '\\' && !is_escaped;
    }
    (text, "")
}

/// The token with which the text begins (RFC 9110 §5.6.2).
fn token(text: &str) -> &str {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    text.split(|c| !is_token(c)).next().unwrap_or_default()
}

/// A token, or what stands in quotes.
fn value(text: &str) -> String {
    let Some(quoted) = text.strip_prefix('"') else {
        return token(text).to_owned();
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return value,
            '\\' => value.extend(characters.next()),
            _ => value.push(character),
        }
    }
    // The end of the quotes is missing: that is no value.
    String::new()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr as _;

    use super::{ServerLeg, draw, line, server_legs, time};
    use crate::colour::Look;
    use crate::journey::Journey;

    fn journey() -> Journey {
        Journey {
            look_up: Some(Duration::from_micros(1_234)),
            connect: Some(Duration::from_micros(12_340)),
            tls: Some(Duration::from_millis(30)),
            sent: Duration::from_micros(80),
            waiting: Duration::from_millis(160),
            received: Duration::from_millis(40),
            is_reused: false,
            peer: Some(([192, 0, 2, 1], 443).into()),
            server: vec![
                "db;dur=53.2;desc=\"rows, all\", cache".to_owned(),
                "total;dur=9999999".to_owned(),
            ],
        }
    }

    #[test]
    fn a_journey_is_a_picture() {
        let look = Look {
            is_terminal: true,
            is_coloured: false,
            width: Some(60),
        };
        expect![[r"
            new connection to 192.0.2.1:443
            look-up            1.23 ms  █
            connect            12.3 ms  ██
            TLS                30.0 ms    ████
            sent               0.08 ms        █
            waiting             160 ms        █████████████████████
              db (rows, all)   53.2 ms        ███████
              cache
              total            10000 s        ██████████████████████████
            received           40.0 ms                             █████
            total               244 ms
        "]]
        .assert_eq(&draw(&journey(), look));
    }

    #[test]
    fn a_reused_connection_has_no_way_to_it() {
        let journey = Journey {
            sent: Duration::from_micros(80),
            waiting: Duration::from_millis(2),
            is_reused: true,
            ..Journey::default()
        };
        expect![[r"
            reused connection
            sent       0.08 ms  ##
            waiting    2.00 ms    ##########################################################
            received   0.00 ms
            total      2.08 ms
        "]]
        .assert_eq(&draw(&journey, Look::PIPE));
        expect![[r"
            total 2.08 ms: sent 0.08 ms, waiting 2.00 ms, received 0.00 ms
        "]]
        .assert_eq(&line(&journey));
    }

    #[test]
    fn server_timing_is_read_as_browsers_do() {
        let check = |field: &str, expected: &[(&str, Option<f64>, &str)]| {
            let expected: Vec<ServerLeg> = expected
                .iter()
                .map(|(name, milliseconds, description)| ServerLeg {
                    name: (*name).to_owned(),
                    duration: milliseconds
                        .map(|milliseconds| Duration::from_secs_f64(milliseconds / 1000.0)),
                    description: (*description).to_owned(),
                })
                .collect();
            assert_eq!(server_legs(&[field.to_owned()]), expected, "{field}");
        };
        check("db;dur=53.5", &[("db", Some(53.5), "")]);
        check(
            "miss, db ; DUR = 5 ;desc = \"a, \\\"b\\\";c\"",
            &[("miss", None, ""), ("db", Some(5.0), "a, \"b\";c")],
        );
        check("a;desc=x y;dur=1;dur=2;desc=z", &[("a", Some(1.0), "x")]);
        check("a;dur=\"3\";b;;c=1", &[("a", Some(3.0), "")]);
        check(
            "a;dur=-1,b;dur=inf,c;dur=nan,d;dur=x,e;dur=1e300",
            &[
                ("a", None, ""),
                ("b", None, ""),
                ("c", None, ""),
                ("d", None, ""),
                ("e", None, ""),
            ],
        );
        check("a junk;dur=1", &[("a", Some(1.0), "")]);
        check("a;desc=\"open", &[("a", None, "")]);
        check(",, ;dur=1,", &[]);
    }

    #[test]
    fn times_have_three_digits() {
        for (micros, expected) in [
            (0, "0.00 ms"),
            (9_994, "9.99 ms"),
            (9_996, "10.0 ms"),
            (123_400, "123 ms"),
            (999_600, "1.00 s"),
            (75_300_000, "75.30 s"),
            (300_000_000, "300 s"),
            (u64::MAX, "> 1 day"),
        ] {
            assert_eq!(time(Duration::from_micros(micros)), expected);
        }
    }

    proptest! {
        #[test]
        fn the_picture_fits_whatever_a_server_says(server in ".{0,200}|([a-z]{1,40};dur=[0-9]{1,30};desc=\".{0,60}\",){0,50}", width in 50_usize..200) {
            let journey = Journey { server: vec![server], ..journey() };
            let look = Look { is_terminal: true, is_coloured: false, width: Some(width) };
            let picture = draw(&journey, look);
            prop_assert!(picture.lines().all(|line| line.width() <= width), "{picture}");
            prop_assert!(picture.lines().count() <= 8 + 33);
            prop_assert!(picture.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
