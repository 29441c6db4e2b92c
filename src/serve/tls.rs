//! The certificate of all listeners: loaded and checked before anything listens, and again when its files change, as certificates of today
//! live for weeks. Connections keep the one that they began with.

use std::{
    fmt, fs,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{signal::unix::Signal, time::sleep};
use tokio_rustls::TlsAcceptor;

use crate::settings::{OTHERS, SettingError, TlsFiles, is_open};

/// The protocols that an HTTP listener offers, the better one first.
const HTTP: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// Interval between two looks at the files. `SIGHUP` asks for one at once.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate chain and its key, for every listener.
#[derive(Clone)]
pub(super) struct Tls {
    /// For listeners of HTTP.
    pub(super) http: TlsAcceptor,
    /// For the gRPC listener.
    pub(super) grpc: TlsAcceptor,
    certificate: Arc<Certificate>,
}

impl Tls {
    /// Loads the files.
    pub(super) fn load(files: &TlsFiles) -> Result<Self, SettingError> {
        if is_open(&files.key, OTHERS).unwrap_or(false) {
            tracing::warn!(file = %files.key.display(), "others may read the key of --tls-key; chmod 640 it");
        }
        let content = Content::read(files)?;
        let certificate = Arc::new(Certificate {
            files: files.clone(),
            current: RwLock::new(content.certified_key(files)?),
            seen: RwLock::new(content),
        });
        Ok(Self {
            http: acceptor(&certificate, &HTTP, WebPkiClientVerifier::no_client_auth())?,
            grpc: acceptor(&certificate, &HTTP, client_verifier(files)?)?,
            certificate,
        })
    }

    /// Loads the files again whenever they change. Files that do not fit together leave the certificate as it is: one of them may have been
    /// written and the other not yet.
    pub(super) async fn follow(self, mut hangup: Signal) {
        loop {
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                _ = hangup.recv() => {}
            }
            match self.certificate.look() {
                Ok(false) => {}
                Ok(true) => tracing::info!("the certificate was loaded anew"),
                Err(error) => {
                    tracing::warn!(%error, "the new certificate is not taken, the one before is served on");
                }
            }
        }
    }
}

/// The certificate that new connections get.
struct Certificate {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
    /// The content of the files at the last look, so that what does not fit is told once.
    seen: RwLock<Content>,
}

impl Certificate {
    /// Looks at the files; answers whether they hold another certificate, which is served from now on.
    fn look(&self) -> Result<bool, SettingError> {
        let content = Content::read(&self.files)?;
        if *self.seen.read().unwrap_or_else(PoisonError::into_inner) == content {
            return Ok(false);
        }
        let certified = content.certified_key(&self.files);
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = content;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = certified?;
        Ok(true)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// Without the key.
impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Certificate").field(&self.files).finish()
    }
}

/// The content of the files.
#[derive(PartialEq, Eq)]
struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Content {
    fn read(files: &TlsFiles) -> Result<Self, SettingError> {
        Ok(Self {
            certificate: read("tls-cert", &files.certificate)?,
            key: read("tls-key", &files.key)?,
        })
    }

    fn certified_key(&self, files: &TlsFiles) -> Result<Arc<CertifiedKey>, SettingError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|cause| wrong("tls-cert", &files.certificate, cause))?;
        if chain.is_empty() {
            return Err(wrong("tls-cert", &files.certificate, "holds no certificate"));
        }
        let private =
            PrivateKeyDer::from_pem_slice(&self.key).map_err(|cause| wrong("tls-key", &files.key, cause))?;
        CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider())
            .map(Arc::new)
            .map_err(|cause| wrong("tls-cert", &files.certificate, cause))
    }
}

/// Checks the certificates of gRPC clients, where the settings ask for them.
fn client_verifier(files: &TlsFiles) -> Result<Arc<dyn ClientCertVerifier>, SettingError> {
    let Some(path) = &files.client_authority else {
        return Ok(WebPkiClientVerifier::no_client_auth());
    };
    let wrong = |cause: &dyn fmt::Display| wrong("tls-client-ca", path, cause);
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(&read("tls-client-ca", path)?) {
        roots
            .add(authority.map_err(|cause| wrong(&cause))?)
            .map_err(|cause| wrong(&cause))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|cause| wrong(&cause))
}

fn acceptor(
    certificate: &Arc<Certificate>,
    protocols: &[&[u8]],
    clients: Arc<dyn ClientCertVerifier>,
) -> Result<TlsAcceptor, SettingError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| wrong("tls-cert", &certificate.files.certificate, cause))?
        .with_client_cert_verifier(clients)
        .with_cert_resolver(Arc::clone(certificate) as Arc<dyn ResolvesServerCert>);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The bytes of a file that a setting names.
pub(super) fn read(name: &str, path: &Path) -> Result<Vec<u8>, SettingError> {
    fs::read(path).map_err(|cause| wrong(name, path, cause))
}

fn wrong(name: &str, path: &Path, cause: impl fmt::Display) -> SettingError {
    SettingError::new(name, format!("{}: {cause}", path.display()))
}
