//! Whose a certificate is, for people to read: nothing is decided by it.
//!
//! A certificate is DER (X.690): a tag, a length, a content, one in the other. The names are all that is read here; whether
//! a certificate is to be trusted is decided by rustls.

/// The names in a certificate (RFC 5280 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// Whom it is about.
    pub(crate) subject: String,
    /// Who signed it.
    pub(crate) issuer: String,
    /// Whether both are the same.
    pub(crate) is_self_signed: bool,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const VERSION: u8 = 0xa0;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];

impl Names {
    /// Reads the names; `None` if this is no certificate.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (certificate, _) = expect(SEQUENCE, der)?;
        let (mut rest, _) = expect(SEQUENCE, certificate)?;
        if let Some((_, after)) = expect(VERSION, rest) {
            rest = after;
        }
        let (_, _, rest) = element(rest)?; // serial number
        let (_, _, rest) = element(rest)?; // algorithm
        let (issuer, rest) = expect(SEQUENCE, rest)?;
        let (_, _, rest) = element(rest)?; // validity
        let (subject, _) = expect(SEQUENCE, rest)?;
        Some(Self {
            subject: name(subject),
            issuer: name(issuer),
            is_self_signed: subject == issuer,
        })
    }
}

/// The common name and the organization, as far as there are such.
fn name(mut sets: &[u8]) -> String {
    let (mut common, mut organization) = (None, None);
    while let Some((set, rest)) = expect(SET, sets) {
        sets = rest;
        let attribute = expect(SEQUENCE, set)
            .and_then(|(pair, _)| expect(OBJECT_IDENTIFIER, pair))
            .and_then(|(kind, rest)| element(rest).map(|(_, value, _)| (kind, value)));
        let Some((kind, value)) = attribute else {
            continue;
        };
        // Every string type that is still in use is ASCII or UTF-8; a control character is not for a terminal.
        let text: String = String::from_utf8_lossy(value)
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        match kind {
            COMMON_NAME => common = Some(text),
            ORGANIZATION => organization = Some(text),
            _ => {}
        }
    }
    match (common, organization) {
        (Some(common), Some(organization)) => format!("{common} ({organization})"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "somebody without a name".to_owned(),
    }
}

/// The content of an element with this tag, and what follows it.
fn expect(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(input)?;
    (found == tag).then_some((content, rest))
}

/// The tag and the content of the first element, and what follows it.
fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, input) = input.split_first()?;
    let (&short, mut input) = input.split_first()?;
    let mut length = usize::from(short);
    if short >= 0x80 {
        let (octets, rest) = input.split_at_checked(usize::from(short & 0x7f))?;
        length = 0;
        for &octet in octets {
            length = length.checked_mul(256)?.checked_add(usize::from(octet))?;
        }
        input = rest;
    }
    let (content, rest) = input.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use proptest::proptest;
    use rcgen::{CertificateParams, CertifiedIssuer, DistinguishedName, DnType, KeyPair};

    use super::Names;

    fn params(common: &str, organization: Option<&str>) -> CertificateParams {
        let mut params = CertificateParams::new(vec!["example.org".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common);
        if let Some(organization) = organization {
            params
                .distinguished_name
                .push(DnType::OrganizationName, organization);
        }
        params
    }

    #[test]
    fn a_certificate_tells_whose_it_is_and_who_signed_it() {
        let root = CertifiedIssuer::self_signed(
            params("Bistro 뿌리", Some("Bistro")),
            KeyPair::generate().unwrap(),
        )
        .unwrap();
        let leaf = params("example.org", None)
            .signed_by(&KeyPair::generate().unwrap(), &root)
            .unwrap();
        assert_eq!(
            Names::read(leaf.der()),
            Some(Names {
                subject: "example.org".to_owned(),
                issuer: "Bistro 뿌리 (Bistro)".to_owned(),
                is_self_signed: false,
            })
        );
        assert!(Names::read(root.der()).is_some_and(|names| names.is_self_signed));
    }

    #[test]
    fn a_name_has_no_control_characters() {
        let odd = params("a\u{1b}[31mb", None)
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap();
        assert_eq!(Names::read(odd.der()).unwrap().subject, "a[31mb");
    }

    proptest! {
        #[test]
        fn what_is_no_certificate_is_refused(octets: Vec<u8>) {
            let _ = Names::read(&octets);
        }
    }
}
