//! An authority of our own beside those that the system trusts, and a certificate that it gave to this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// The name that the certificate is for.
pub(crate) const NAME: &str = "localhost";

/// Files of certificates (PEM).
#[derive(Debug)]
pub(crate) struct Authority {
    /// Our authority alone.
    pub(crate) alone: PathBuf,
    /// The system's authorities, and ours.
    pub(crate) among_others: PathBuf,
    /// Where the system has each of its authorities in a file of its own, if it has.
    pub(crate) folder: Option<PathBuf>,
    /// The certificate of this machine, and its key.
    pub(crate) server: PathBuf,
}

/// Files that systems keep their authorities in.
const BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];

/// Makes all of them.
pub(crate) fn make(directory: &Path) -> Result<Authority> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // If both had the same name, the server's certificate would look like one that nobody gave to it.
    let name = "Bistro's bench";
    authority.distinguished_name.push(DnType::CommonName, name);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let server = CertificateParams::new(vec![NAME.to_owned()])?.signed_by(&key, &authority)?;
    let bundle = BUNDLES.iter().map(Path::new).find(|file| file.is_file());
    let bundle = bundle.context("no file of the authorities that this system trusts")?;
    let files = Authority {
        alone: directory.join("authority.pem"),
        among_others: directory.join("authorities.pem"),
        folder: bundle.parent().map(Path::to_owned),
        server: directory.join("server.pem"),
    };
    fs::write(&files.alone, authority.pem())?;
    fs::write(
        &files.among_others,
        fs::read_to_string(bundle)? + &authority.pem(),
    )?;
    fs::write(&files.server, server.pem() + &key.serialize_pem())?;
    Ok(files)
}
