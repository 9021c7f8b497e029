//! What is asked: the bytes of requests, one unlike the other, made at next to no cost.

use std::io::Write as _;
use std::ops::RangeInclusive;

use anyhow::{Context as _, Result};

/// An endless stream of requests, the same in each run.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    /// Whole requests, one of which is taken at random each time.
    choices: Vec<Vec<Piece>>,
    random: fastrand::Rng,
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    /// A number of this range, at random.
    Number(RangeInclusive<u64>),
}

impl Requests {
    /// `GET` of a target in which `<1..9>` stands for a number from 1 to 9.
    pub(crate) fn get(target: &str) -> Result<Self> {
        Self::with_fields(target, "")
    }

    /// The same with more header fields, `Name: value\r\n` each.
    pub(crate) fn with_fields(target: &str, fields: &str) -> Result<Self> {
        Self::from_template(&format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n{fields}\r\n"
        ))
    }

    /// `POST` of a JSON body, in which `<10..99>` stands for a number likewise. Every number of a range has as many digits
    /// as its end, so that every body is as long as the others.
    pub(crate) fn post(target: &str, body: &str) -> Result<Self> {
        let length: usize = pieces(body)?
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.len(),
                Piece::Number(range) => range.end().to_string().len(),
            })
            .sum();
        Self::from_template(&format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// One of several streams at random each time.
    pub(crate) fn one_of(streams: impl IntoIterator<Item = Self>) -> Self {
        Self {
            choices: streams
                .into_iter()
                .flat_map(|stream| stream.choices)
                .collect(),
            random: seed(),
        }
    }

    fn from_template(template: &str) -> Result<Self> {
        Ok(Self {
            choices: vec![pieces(template)?],
            random: seed(),
        })
    }

    /// Writes the next request behind what is in `into`.
    pub(crate) fn next(&mut self, into: &mut Vec<u8>) {
        let choice = match self.choices.len() {
            1 => 0,
            many => self.random.usize(0..many),
        };
        for piece in &self.choices[choice] {
            match piece {
                Piece::Text(text) => into.extend_from_slice(text),
                Piece::Number(range) => {
                    let number = self.random.u64(range.clone());
                    write!(into, "{number}").expect("memory takes what it is given");
                }
            }
        }
    }
}

fn seed() -> fastrand::Rng {
    fastrand::Rng::with_seed(1972)
}

fn pieces(template: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('<') {
        let (range, behind) = after.split_once('>').context("`<` without `>`")?;
        let (first, last) = range.split_once("..").context("no `..` in a range")?;
        pieces.push(Piece::Text(before.as_bytes().to_vec()));
        pieces.push(Piece::Number(first.parse()?..=last.parse()?));
        rest = behind;
    }
    pieces.push(Piece::Text(rest.as_bytes().to_vec()));
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_becomes_a_number_in_it() {
        let mut requests = Requests::get("/songs/<7..9>?x=<1..1>").unwrap();
        let mut targets = Vec::new();
        for _ in 0..100 {
            let mut bytes = Vec::new();
            requests.next(&mut bytes);
            let text = String::from_utf8(bytes).unwrap();
            targets.push(text.split(' ').nth(1).unwrap().to_owned());
        }
        targets.sort();
        targets.dedup();
        assert_eq!(targets, ["/songs/7?x=1", "/songs/8?x=1", "/songs/9?x=1"]);
    }

    #[test]
    fn a_body_is_as_long_as_its_head_says() {
        let mut bytes = Vec::new();
        let body = "{\"title\":\"<100..999>\",\"year\":<1950..2009>}";
        Requests::post("/songs", body).unwrap().next(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())));
    }
}
