//! The chunked coding, read strictly (RFC 9112 §7.1).

/// Octets that the extensions of one chunk, or the trailer, may have.
const ASIDE_BYTES: usize = 4 * 1024;

/// What comes is no chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsound;

/// Follows one chunked body.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    stage: Stage,
    size: u64,
    digits: u8,
    aside: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Size,
    ExtensionName,
    Extension,
    SizeEnd,
    Data,
    DataReturn,
    DataEnd,
    LineStart,
    Trailer,
    TrailerEnd,
    End,
}

impl Chunked {
    /// Takes octets of the body; gives what follows them, and whether the body has ended there.
    pub(super) fn scan<'a>(&mut self, mut octets: &'a [u8]) -> Result<(&'a [u8], bool), Unsound> {
        loop {
            if self.stage == Stage::Data {
                let taken = usize::try_from(self.size)
                    .unwrap_or(usize::MAX)
                    .min(octets.len());
                self.size -= taken as u64;
                octets = octets.get(taken..).unwrap_or_default();
                if self.size == 0 {
                    self.stage = Stage::DataReturn;
                }
            }
            let Some((&octet, rest)) = octets.split_first() else {
                return Ok((octets, false));
            };
            octets = rest;
            if self.stage == Stage::End {
                return if octet == b'\n' {
                    Ok((octets, true))
                } else {
                    Err(Unsound)
                };
            }
            self.stage = self.step(octet)?;
        }
    }

    fn step(&mut self, octet: u8) -> Result<Stage, Unsound> {
        match (self.stage, octet) {
            (Stage::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => self.digit(octet),
            (Stage::Size, b'\r') if self.digits > 0 => Ok(Stage::SizeEnd),
            (Stage::Size, b';') if self.digits > 0 => Ok(Stage::ExtensionName),
            // An extension has a name.
            (Stage::ExtensionName, octet) if octet.is_ascii_alphanumeric() => {
                self.aside(Stage::Extension)
            }
            (Stage::Extension, b'\r') => Ok(Stage::SizeEnd),
            (Stage::Extension, b'\t' | b' '..=b'~' | 0x80..) => self.aside(Stage::Extension),
            (Stage::SizeEnd, b'\n') => Ok(self.sized()),
            (Stage::DataReturn, b'\r') => Ok(Stage::DataEnd),
            (Stage::DataEnd, b'\n') => Ok(Stage::Size),
            (Stage::LineStart, b'\r') => Ok(Stage::End),
            (Stage::LineStart | Stage::Trailer, b'\t' | b' '..=b'~' | 0x80..) => {
                self.aside(Stage::Trailer)
            }
            (Stage::Trailer, b'\r') => Ok(Stage::TrailerEnd),
            (Stage::TrailerEnd, b'\n') => Ok(Stage::LineStart),
            (
                Stage::Size
                | Stage::ExtensionName
                | Stage::Extension
                | Stage::SizeEnd
                | Stage::Data
                | Stage::DataReturn
                | Stage::DataEnd
                | Stage::LineStart
                | Stage::Trailer
                | Stage::TrailerEnd
                | Stage::End,
                _,
            ) => Err(Unsound),
        }
    }

    fn digit(&mut self, octet: u8) -> Result<Stage, Unsound> {
        let value = match octet {
            b'0'..=b'9' => octet - b'0',
            _ => (octet | 0x20) - b'a' + 10,
        };
        self.digits += 1;
        // Sixteen digits are more octets than there are.
        if self.digits > 15 {
            return Err(Unsound);
        }
        self.size = self.size * 16 + u64::from(value);
        Ok(Stage::Size)
    }

    fn sized(&mut self) -> Stage {
        self.digits = 0;
        if self.size == 0 {
            Stage::LineStart
        } else {
            Stage::Data
        }
    }

    fn aside(&mut self, next: Stage) -> Result<Stage, Unsound> {
        self.aside += 1;
        if self.aside > ASIDE_BYTES {
            Err(Unsound)
        } else {
            Ok(next)
        }
    }
}
