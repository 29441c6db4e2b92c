//! The certificate of both listeners, loaded and checked before anything listens.

use std::{fs, path::Path, sync::Arc};

use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::TlsAcceptor;

use crate::settings::{OTHERS, SettingError, TlsFiles, is_open};

/// The protocols that the SCIM listener offers, the better one first.
const HTTP: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// The protocol that the gRPC listener offers.
const HTTP2: [&[u8]; 1] = [b"h2"];

/// A certificate chain and its key, for either listener.
#[derive(Clone)]
pub(super) struct Tls {
    /// For the SCIM listener.
    pub(super) http: TlsAcceptor,
    /// For the gRPC listener.
    pub(super) http2: TlsAcceptor,
}

impl Tls {
    /// Loads the files.
    pub(super) fn load(files: &TlsFiles) -> Result<Self, SettingError> {
        let certificate = read("tls-cert", &files.certificate)?;
        let key = read("tls-key", &files.key)?;
        if is_open(&files.key, OTHERS).unwrap_or(false) {
            tracing::warn!(file = %files.key.display(), "others may read the key of --tls-key; chmod 640 it");
        }
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&certificate)
            .collect::<Result<_, _>>()
            .map_err(|cause| wrong("tls-cert", &files.certificate, cause))?;
        if chain.is_empty() {
            return Err(wrong("tls-cert", &files.certificate, "holds no certificate"));
        }
        let private =
            PrivateKeyDer::from_pem_slice(&key).map_err(|cause| wrong("tls-key", &files.key, cause))?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|cause| wrong("tls-cert", &files.certificate, cause))?;
        Ok(Self {
            http: acceptor(config.clone(), &HTTP),
            http2: acceptor(config, &HTTP2),
        })
    }
}

fn acceptor(mut config: ServerConfig, protocols: &[&[u8]]) -> TlsAcceptor {
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// The bytes of a file that a setting names.
pub(super) fn read(name: &str, path: &Path) -> Result<Vec<u8>, SettingError> {
    fs::read(path).map_err(|cause| wrong(name, path, cause))
}

fn wrong(name: &str, path: &Path, cause: impl std::fmt::Display) -> SettingError {
    SettingError::new(name, format!("{}: {cause}", path.display()))
}
