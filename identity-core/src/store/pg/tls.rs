//! TLS to PostgreSQL: the authorities that are trusted, and the client's own certificate.

use std::{fmt::Display, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::ClientCertificate;
use crate::store::OpenError;

/// Makes TLS connections to servers with certificates of these authorities, or else of those that the system trusts.
pub(super) fn connector(
    roots: Option<&Path>,
    certificate: Option<&ClientCertificate>,
) -> Result<MakeRustlsConnect, OpenError> {
    let roots = match roots {
        Some(path) => roots_of_file(path)?,
        None => roots_of_system(),
    };
    // The provider by name: a process-wide default may be another one.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(OpenError::opened)?
        .with_root_certificates(roots);
    let config = match certificate {
        None => config.with_no_client_auth(),
        Some(ClientCertificate { certificate, key }) => {
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| cannot_use(key, error))?;
            config
                .with_client_auth_cert(certificates(certificate)?, secret)
                .map_err(|error| cannot_use(certificate, error))?
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

/// The authorities that the system trusts, and the public ones where it has no list of its own.
fn roots_of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

fn cannot_use(path: &Path, why: impl Display) -> OpenError {
    OpenError::url(format_args!("names {}, {why}", path.display()))
}

/// The certificates in a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let found = CertificateDer::pem_file_iter(path).map_err(|error| cannot_use(path, error))?;
    let found: Vec<_> = found
        .collect::<Result<_, _>>()
        .map_err(|error| cannot_use(path, error))?;
    if found.is_empty() {
        return Err(cannot_use(path, "which holds no certificate"));
    }
    Ok(found)
}

fn roots_of_file(path: &Path) -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| cannot_use(path, error))?;
    }
    Ok(roots)
}
