//! Requests of an identity provider as doctor sends them, and what goes wrong on the way there.

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// Time limit of a request: for the name, the connection and the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read.
const MAX_BYTES: usize = 4 << 20;
/// Time before the end of a certificate from which on it ends soon.
const ENDS_SOON: Duration = Duration::from_hours(14 * 24);

/// An answer.
#[derive(Clone, Debug, Default)]
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    /// Set if the certificate ends within two weeks.
    pub(super) certificate_ends_soon: bool,
}

/// Cause for which there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// The host cannot be reached.
    Unreachable(String),
    /// The certificate has expired, or is not valid yet.
    Expired,
    /// The certificate is for another host.
    OtherHost,
    /// No known authority has signed the certificate.
    UnknownAuthority,
    /// Something else is wrong with TLS.
    Tls(String),
    /// It speaks no HTTP.
    NotHttp(String),
}

/// Sends requests.
#[derive(Clone)]
pub(super) struct HttpClient(Arc<RootCertStore>);

impl HttpClient {
    /// A client that trusts the authorities that identity providers trust, and those of a PEM file.
    pub(super) fn new(authorities: Option<&[u8]>) -> Result<Self, String> {
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        for certificate in CertificateDer::pem_slice_iter(authorities.unwrap_or_default()) {
            let added = certificate.map_err(|cause| cause.to_string())?;
            roots.add(added).map_err(|cause| cause.to_string())?;
        }
        Ok(Self(Arc::new(roots)))
    }

    /// Gets a URL.
    pub(super) async fn get(&self, url: &Uri, token: Option<&str>) -> Result<HttpAnswer, NoAnswer> {
        match timeout(TIMEOUT, self.ask(url, token)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(NoAnswer::Unreachable(format!(
                "no answer within {} s",
                TIMEOUT.as_secs()
            ))),
        }
    }

    async fn ask(&self, url: &Uri, token: Option<&str>) -> Result<HttpAnswer, NoAnswer> {
        let unreachable = |cause: &dyn Display| NoAnswer::Unreachable(cause.to_string());
        let host = url
            .host()
            .unwrap_or_default()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let is_tls = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = TcpStream::connect((host, port))
            .await
            .map_err(|cause| unreachable(&cause))?;
        if !is_tls {
            return send(stream, url, token).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|cause| unreachable(&cause))?;
        let inner = WebPkiServerVerifier::builder(Arc::clone(&self.0))
            .build()
            .map_err(|cause| unreachable(&cause))?;
        let ends_soon = Arc::new(AtomicBool::new(false));
        let verifier = Verifier {
            inner,
            ends_soon: Arc::clone(&ends_soon),
        };
        let config = ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = connected.map_err(|cause| {
            let inner = cause.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
            inner.map_or_else(|| NoAnswer::Tls(cause.to_string()), tls_fault)
        })?;
        let answer = send(stream, url, token).await?;
        Ok(HttpAnswer {
            certificate_ends_soon: ends_soon.load(Ordering::Relaxed),
            ..answer
        })
    }
}

/// Classifies a failed handshake.
pub(super) fn tls_fault(error: &TlsError) -> NoAnswer {
    match error {
        TlsError::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => NoAnswer::Expired,
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => NoAnswer::OtherHost,
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => NoAnswer::UnknownAuthority,
        other => NoAnswer::Tls(other.to_string()),
    }
}

/// Verifies as identity providers do, and notes a certificate that would not hold two weeks later.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    ends_soon: Arc<AtomicBool>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let verified = self
            .inner
            .verify_server_cert(end_entity, intermediates, name, ocsp, now)?;
        let later = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()) + ENDS_SOON);
        let then = self
            .inner
            .verify_server_cert(end_entity, intermediates, name, ocsp, later);
        self.ends_soon.store(then.is_err(), Ordering::Relaxed);
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Uri,
    token: Option<&str>,
) -> Result<HttpAnswer, NoAnswer> {
    let failed = |cause: &dyn Display| NoAnswer::NotHttp(cause.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|cause| failed(&cause))?;
    // It ends with the sender, or with the peer.
    let connection = tokio::spawn(connection);
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::get(path)
        .header(header::HOST, url.authority().map_or("", |it| it.as_str()))
        .header(header::ACCEPT, "application/scim+json, */*")
        .header(
            header::USER_AGENT,
            concat!("roster-doctor/", env!("CARGO_PKG_VERSION")),
        );
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).map_err(|cause| failed(&cause))?;
    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|cause| failed(&cause))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_BYTES).collect().await;
        let body = body.map_err(|cause| failed(&cause))?.to_bytes();
        Ok(HttpAnswer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            certificate_ends_soon: false,
        })
    };
    let answer = answer.await;
    connection.abort();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_named() {
        let cases = [
            (CertificateError::Expired, NoAnswer::Expired),
            (CertificateError::NotValidYet, NoAnswer::Expired),
            (CertificateError::NotValidForName, NoAnswer::OtherHost),
            (CertificateError::UnknownIssuer, NoAnswer::UnknownAuthority),
        ];
        for (cause, expected) in cases {
            assert_eq!(tls_fault(&TlsError::InvalidCertificate(cause)), expected);
        }
    }

    #[tokio::test]
    async fn a_port_that_nobody_serves_is_unreachable() {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", free.local_addr().unwrap()).parse().unwrap();
        drop(free);
        let none = HttpClient::new(None).unwrap().get(&url, None).await;
        assert!(matches!(none, Err(NoAnswer::Unreachable(_))), "{none:?}");
    }
}
