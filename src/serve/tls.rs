//! The certificate of both listeners, loaded and checked before anything listens.

use std::{fs, path::Path, sync::Arc};

use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::TlsAcceptor;
use tonic::transport::{Identity, ServerTlsConfig};

use crate::settings::{OTHERS, SettingError, TlsFiles, is_open};

/// What HTTP listeners offer, the better one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate chain and its key, for either listener.
#[derive(Clone)]
pub(super) struct Tls {
    /// For the SCIM listener.
    pub(super) acceptor: TlsAcceptor,
    /// For the gRPC listener.
    pub(super) grpc: ServerTlsConfig,
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
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|cause| wrong("tls-cert", &files.certificate, cause))?;
        config.alpn_protocols = PROTOCOLS.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            grpc: ServerTlsConfig::new().identity(Identity::from_pem(certificate, key)),
        })
    }
}

/// The bytes of a file that a setting names.
pub(super) fn read(name: &str, path: &Path) -> Result<Vec<u8>, SettingError> {
    fs::read(path).map_err(|cause| wrong(name, path, cause))
}

fn wrong(name: &str, path: &Path, cause: impl std::fmt::Display) -> SettingError {
    SettingError::new(name, format!("{}: {cause}", path.display()))
}
