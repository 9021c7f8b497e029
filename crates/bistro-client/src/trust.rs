//! Whom a secure connection is made with: the authorities this system trusts, or those that were named.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, OtherError,
    RootCertStore, SignatureScheme, WantsVerifier,
};

use crate::certificate::Names;
use crate::error::{Distrust, Error};

/// Whom to trust, and how to show who we are. The default trusts what the system trusts, and shows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// A file of certificates (PEM) that are trusted *instead* of the system's, as curl does it.
    pub authorities: Option<PathBuf>,
    /// Any certificate will do. Who sets this warns the user.
    pub is_insecure: bool,
    /// Our own certificate and those that lead to its authority (PEM), for servers that ask for one.
    pub certificate: Option<PathBuf>,
    /// The key of our certificate (PEM); `None` if it stands in the same file.
    pub key: Option<PathBuf>,
}

impl Trust {
    /// What rustls needs for this: TLS 1.2 or 1.3. `protocols` are offered in their order (ALPN, RFC 7301).
    ///
    /// This reads files, so it is made when the first secure connection is, and kept.
    pub(crate) fn config(&self, protocols: &[&[u8]]) -> Result<ClientConfig, Error> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::NoRoots {
                reason: format!(": {error}"),
            })?;
        let builder = self.verified(builder, provider)?;
        let mut config = match &self.certificate {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let chain = certificates(path)?;
                let key = key(self.key.as_deref().unwrap_or(path))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| pem(path, "our certificate", &error))?
            }
        };
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(config)
    }

    fn verified(
        &self,
        builder: ConfigBuilder<ClientConfig, WantsVerifier>,
        provider: Arc<CryptoProvider>,
    ) -> Result<ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, Error> {
        let verifier: Arc<dyn ServerCertVerifier> = if self.is_insecure {
            Arc::new(Anybody { provider })
        } else {
            let named = self
                .authorities
                .as_deref()
                .map_or_else(|| Ok(Vec::new()), certificates)?;
            let roots = Arc::new(self.roots(&named)?);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider)
                .build()
                .map_err(|error| Error::NoRoots {
                    reason: format!(": {error}"),
                })?;
            Arc::new(Explaining { verifier, named })
        };
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(verifier))
    }

    fn roots(&self, named: &[CertificateDer<'static>]) -> Result<RootCertStore, Error> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = &self.authorities {
            for certificate in named {
                roots
                    .add(certificate.clone())
                    .map_err(|error| pem(path, "certificates", &error))?;
            }
            return Ok(roots);
        }
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let reason = found
                .errors
                .first()
                .map(|error| format!(": {error}"))
                .unwrap_or_default();
            return Err(Error::NoRoots { reason });
        }
        Ok(roots)
    }
}

/// Every certificate in a file.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let text = fs::read(path).map_err(|error| pem(path, "certificates", &error))?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| pem(path, "certificates", &error))?;
    if found.is_empty() {
        return Err(pem(
            path,
            "certificates",
            &"there is no `BEGIN CERTIFICATE` in it",
        ));
    }
    Ok(found)
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    let text = fs::read(path).map_err(|error| pem(path, "the private key", &error))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| pem(path, "the private key", &error))
}

fn pem(path: &Path, holding: &'static str, reason: &dyn ToString) -> Error {
    Error::Pem {
        path: path.to_owned(),
        holding,
        reason: reason.to_string(),
    }
}

/// Trusts whom rustls trusts, and says of others whose certificate was refused, and why.
#[derive(Debug)]
struct Explaining {
    verifier: Arc<WebPkiServerVerifier>,
    /// Certificates that the user named himself.
    named: Vec<CertificateDer<'static>>,
}

impl Explaining {
    /// Whether a certificate that was refused for being an authority's is the very one that the user named.
    ///
    /// `openssl req -x509` makes such certificates for servers, and every other client takes them. That it is not expired
    /// was checked before it was refused for this; its name was not.
    fn is_named(
        &self,
        shown: &CertificateDer<'_>,
        server: &ServerName<'_>,
    ) -> Result<bool, rustls::Error> {
        if !self.named.iter().any(|named| named == shown) {
            return Ok(false);
        }
        verify_server_name(&ParsedCertificate::try_from(shown)?, server)?;
        Ok(true)
    }
}

impl ServerCertVerifier for Explaining {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let explained = |error| match error {
            rustls::Error::InvalidCertificate(error) => {
                let distrust = distrust(&error, end_entity, intermediates);
                CertificateError::Other(OtherError(Arc::new(distrust))).into()
            }
            other => other,
        };
        let verified = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            Err(rustls::Error::InvalidCertificate(error))
                if is_authority(&error)
                    && self.is_named(end_entity, server_name).map_err(explained)? =>
            {
                Ok(ServerCertVerified::assertion())
            }
            other => other.map_err(explained),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Trusts anybody who can sign with the key of the certificate that he shows.
#[derive(Debug)]
struct Anybody {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Why rustls refused the chain, with the names that people know.
fn distrust(
    error: &CertificateError,
    shown: &CertificateDer<'_>,
    chain: &[CertificateDer<'_>],
) -> Distrust {
    let names = Names::read(shown);
    let subject = names.as_ref().map_or_else(
        || "an unreadable name".to_owned(),
        |names| names.subject.clone(),
    );
    match error {
        CertificateError::Expired => Distrust::Expired {
            subject,
            since: "an unknown day".to_owned(),
        },
        CertificateError::ExpiredContext { not_after, .. } => Distrust::Expired {
            subject,
            since: date(*not_after),
        },
        CertificateError::NotValidYetContext { not_before, .. } => Distrust::NotYet {
            subject,
            from: date(*not_before),
        },
        CertificateError::NotValidForNameContext { presented, .. } => Distrust::Name {
            names: presented.iter().map(|name| bare(name).to_owned()).collect(),
        },
        error
            if (*error == CertificateError::UnknownIssuer || is_authority(error))
                && names.as_ref().is_some_and(|names| names.is_self_signed) =>
        {
            Distrust::SelfSigned { subject }
        }
        // The chain leads from one issuer to the next; the last of them is who is missing here.
        CertificateError::UnknownIssuer => Distrust::Issuer {
            subject,
            issuer: chain
                .last()
                .and_then(|last| Names::read(last))
                .or(names)
                .map_or_else(|| "somebody unknown".to_owned(), |names| names.issuer),
        },
        CertificateError::BadSignature => Distrust::Signature {
            subject,
            issuer: names.map_or_else(|| "its issuer".to_owned(), |names| names.issuer),
        },
        error if is_authority(error) => Distrust::Authority { subject },
        other => Distrust::Other {
            subject,
            reason: other.to_string(),
        },
    }
}

/// Whether a certificate was refused because it may sign others. This is webpki's own word: rustls has no name for it.
fn is_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// A name as rustls writes it, `DnsName("example.org")`, as people do.
fn bare(name: &str) -> &str {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

fn date(time: UnixTime) -> String {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(time.as_secs()))
        .map_or_else(|| "an unknown day".to_owned(), httpdate::fmt_http_date)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use expect_test::expect;
    use rcgen::{CertificateParams, KeyPair};

    use super::{Trust, bare};

    fn failure(authorities: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, authorities).unwrap();
        let trust = Trust {
            authorities: Some(path.clone()),
            ..Trust::default()
        };
        let error = trust.config(&[]).unwrap_err().to_string();
        error.replace(&path.display().to_string(), "ca.pem")
    }

    #[test]
    fn a_file_without_certificates_is_refused_by_name() {
        expect!["the file ca.pem with certificates could not be used: there is no `BEGIN CERTIFICATE` in it"]
            .assert_eq(&failure("hello"));
        let missing = Trust {
            authorities: Some(PathBuf::from("/nowhere/ca.pem")),
            ..Trust::default()
        };
        expect!["the file /nowhere/ca.pem with certificates could not be used: No such file or directory (os error 2)"]
            .assert_eq(&missing.config(&[]).unwrap_err().to_string());
    }

    #[test]
    fn our_certificate_and_its_key_may_stand_in_one_file() {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["me".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (both, alone) = (
            folder.path().join("both.pem"),
            folder.path().join("alone.pem"),
        );
        std::fs::write(&both, certificate.pem() + &key.serialize_pem()).unwrap();
        std::fs::write(&alone, certificate.pem()).unwrap();
        let config = |path| {
            let trust = Trust {
                authorities: Some(both.clone()),
                certificate: Some(path),
                ..Trust::default()
            };
            trust.config(&[b"h2"])
        };
        assert_eq!(
            config(both.clone()).unwrap().alpn_protocols,
            [b"h2".to_vec()]
        );
        assert!(
            config(alone)
                .unwrap_err()
                .to_string()
                .contains("the private key")
        );
    }

    #[test]
    fn a_name_is_written_as_people_do() {
        assert_eq!(bare("DnsName(\"example.org\")"), "example.org");
        assert_eq!(bare("IpAddress(127.0.0.1)"), "127.0.0.1");
        assert_eq!(bare("example.org"), "example.org");
    }
}
