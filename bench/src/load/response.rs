//! What is answered: as much of HTTP/1.1 as tells one response's end.

use anyhow::{Context as _, Result, bail, ensure};

/// A response that has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Octets of its content.
    pub(crate) content: u64,
}

/// Reads one response after the other from the pieces in which they arrive.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// A head that has not come to its end.
    head: Vec<u8>,
    /// The response whose content is being received.
    answer: Option<(Answer, Left)>,
}

/// What is still to come of a response.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    /// So many octets.
    Octets(u64),
    /// Chunks (RFC 9112, section 7.1): so many octets of the present one with its line end, and the line that is being read.
    Chunks {
        octets: u64,
        line: Vec<u8>,
        is_last: bool,
    },
}

impl Parser {
    /// Takes what has arrived. A request has one answer, so nothing may follow it.
    pub(crate) fn take(&mut self, arrived: &[u8]) -> Result<Option<Answer>> {
        let Some((answer, left)) = &mut self.answer else {
            if self.head.is_empty() {
                return self.begin(arrived);
            }
            let mut head = std::mem::take(&mut self.head);
            head.extend_from_slice(arrived);
            return self.begin(&head);
        };
        answer.content += u64::try_from(arrived.len())?;
        if !left.take(arrived)? {
            return Ok(None);
        }
        Ok(self.answer.take().map(|(answer, _)| answer))
    }

    fn begin(&mut self, arrived: &[u8]) -> Result<Option<Answer>> {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(length) = response.parse(arrived)? else {
            self.head = arrived.to_vec();
            return Ok(None);
        };
        let status = response.code.context("no status")?;
        let content = arrived.get(length..).unwrap_or_default();
        let mut left = framing(status, response.headers)?;
        let answer = Answer {
            status,
            content: u64::try_from(content.len())?,
        };
        if left.take(content)? {
            return Ok(Some(answer));
        }
        self.answer = Some((answer, left));
        Ok(None)
    }
}

/// How the end of a response's content is told.
fn framing(status: u16, fields: &[httparse::Header<'_>]) -> Result<Left> {
    if status == 204 || status == 304 {
        return Ok(Left::Octets(0));
    }
    for field in fields {
        if field.name.eq_ignore_ascii_case("content-length") {
            let length = str::from_utf8(field.value)?.trim();
            return Ok(Left::Octets(length.parse()?));
        }
        if field.name.eq_ignore_ascii_case("transfer-encoding") {
            return Ok(Left::Chunks {
                octets: 0,
                line: Vec::new(),
                is_last: false,
            });
        }
    }
    bail!("a response with status {status} that does not tell how long it is")
}

impl Left {
    /// Takes content; `true` at its end.
    fn take(&mut self, arrived: &[u8]) -> Result<bool> {
        match self {
            Self::Octets(octets) => {
                *octets = octets
                    .checked_sub(u64::try_from(arrived.len())?)
                    .context("more came than was asked for")?;
                Ok(*octets == 0)
            }
            Self::Chunks {
                octets,
                line,
                is_last,
            } => chunks(octets, line, is_last, arrived),
        }
    }
}

fn chunks(
    octets: &mut u64,
    line: &mut Vec<u8>,
    is_last: &mut bool,
    mut arrived: &[u8],
) -> Result<bool> {
    while let Some((first, rest)) = arrived.split_first() {
        if *octets > 0 {
            let here = arrived.len().min(usize::try_from(*octets)?);
            *octets -= u64::try_from(here)?;
            arrived = &arrived[here..];
            continue;
        }
        arrived = rest;
        if *first != b'\n' {
            line.push(*first);
            continue;
        }
        let told = String::from_utf8(std::mem::take(line))?;
        let told = told.trim();
        if *is_last {
            // The last chunk has no octets; an empty line ends the trailer.
            if told.is_empty() {
                ensure!(arrived.is_empty(), "more came than was asked for");
                return Ok(true);
            }
            continue;
        }
        let size = told.split(';').next().unwrap_or_default();
        let size = u64::from_str_radix(size, 16).context("a chunk without a size")?;
        *is_last = size == 0;
        // Behind each chunk that has octets stands a line end.
        *octets = if size == 0 { 0 } else { size + 2 };
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Responses: the head, the content, and the status with how much content there is as it was sent.
    const TABLE: [(&str, &str, u16); 4] = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "hello", 200),
        ("HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n", "", 304),
        ("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "", 201),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "5\r\nhello\r\nB;x=y\r\n0123456789\n\r\n0\r\n\r\n",
            200,
        ),
    ];

    #[test]
    fn the_end_is_found_wherever_a_response_is_cut() {
        for (head, content, status) in TABLE {
            let whole = format!("{head}{content}");
            let expected = Answer {
                status,
                content: u64::try_from(content.len()).unwrap(),
            };
            for cut in 1..=whole.len() {
                let mut parser = Parser::default();
                let (first, second) = whole.as_bytes().split_at(cut);
                let mut answer = parser.take(first).unwrap();
                if answer.is_none() {
                    answer = parser.take(second).unwrap();
                } else {
                    assert!(second.is_empty(), "{whole:?} ended at {cut}");
                }
                assert_eq!(answer, Some(expected), "{whole:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_follows_an_answer_is_an_error() {
        for (head, content, _) in TABLE {
            let more = format!("{head}{content}x");
            assert!(Parser::default().take(more.as_bytes()).is_err(), "{more:?}");
        }
    }

    #[test]
    fn a_response_without_a_length_is_an_error() {
        let response = b"HTTP/1.1 200 OK\r\n\r\n";
        assert!(Parser::default().take(response).is_err());
    }
}
