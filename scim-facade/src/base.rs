//! The base of every absolute URL in answers: `Location`, `meta.location`, `$ref`.

use std::{fmt, str::FromStr};

use http::{HeaderMap, Uri, header};

/// Where the facade is mounted unless a product had its SCIM API elsewhere.
pub const DEFAULT_PATH: &str = "/scim/v2";

/// Where the facade is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mount {
    /// `/scim/v2`.
    Plain,
    /// `/api/v1/scim/v2`, for products that had their SCIM API there.
    Api,
}

impl Mount {
    /// Both of them.
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::Api];

    /// The path, without a slash at its end.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Plain => DEFAULT_PATH,
            Self::Api => "/api/v1/scim/v2",
        }
    }

    /// The mount that a request's path is under.
    pub(crate) fn of(path: &str) -> Self {
        if path.starts_with(Self::Api.path()) {
            Self::Api
        } else {
            Self::Plain
        }
    }
}

/// The URL under which clients reach the facade, as the operator says it.
///
/// With a path it is the whole SCIM base URL; without one, the path that the request came by is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin_and_path: String,
    whole: Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    Origin,
    Base,
}

/// Why a text is no public URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPublicUrl;

impl fmt::Display for InvalidPublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be an http or https URL with a host and without query, user or fragment")
    }
}

impl std::error::Error for InvalidPublicUrl {}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.parse().map_err(|_| InvalidPublicUrl)?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri
            .authority()
            .is_some_and(|authority| !authority.as_str().contains('@'));
        if !web || !host || uri.query().is_some() || text.contains('#') {
            return Err(InvalidPublicUrl);
        }
        let path = uri.path().trim_end_matches('/');
        Ok(Self {
            origin_and_path: text.trim_end_matches('/').to_owned(),
            whole: if path.is_empty() {
                Whole::Origin
            } else {
                Whole::Base
            },
        })
    }
}

impl PublicUrl {
    /// The SCIM base URL, where the operator named none with the default path.
    pub fn base(&self) -> String {
        match self.whole {
            Whole::Base => self.origin_and_path.clone(),
            Whole::Origin => [&self.origin_and_path, DEFAULT_PATH].concat(),
        }
    }

    /// Scheme and host alone.
    pub fn origin(&self) -> &str {
        let url = &self.origin_and_path;
        let host = url.find("://").map_or(0, |at| at + 3);
        let end = url[host..].find('/').map_or(url.len(), |at| host + at);
        &url[..end]
    }
}

/// The base URL for the answer to one request, without a slash at its end.
///
/// Without a public URL the request's own host is believed; the program allows that on loopback alone.
pub(crate) fn base_url(public: Option<&PublicUrl>, mount: Mount, uri: &Uri, headers: &HeaderMap) -> String {
    match public {
        Some(url) if url.whole == Whole::Base => url.origin_and_path.clone(),
        Some(url) => [&url.origin_and_path, mount.path()].concat(),
        None => ["http://", host(uri, headers), mount.path()].concat(),
    }
}

/// The URL of the listener without a path: where what is not SCIM is found.
pub(crate) fn origin_url(public: Option<&PublicUrl>, uri: &Uri, headers: &HeaderMap) -> String {
    match public {
        Some(url) => url.origin().to_owned(),
        None => ["http://", host(uri, headers)].concat(),
    }
}

/// HTTP/2 has the host in the URI, HTTP/1 in a header.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    let header = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = uri.authority().map(http::uri::Authority::as_str).or(header);
    host.filter(|host| is_authority(host)).unwrap_or("localhost")
}

fn is_authority(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn base(public: Option<&str>, mount: Mount, host: &'static str) -> String {
        let public = public.map(|url| url.parse().unwrap());
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        base_url(public.as_ref(), mount, &Uri::from_static("/x"), &headers)
    }

    #[test]
    fn a_public_url_without_a_path_gets_the_path_of_the_request() {
        assert_eq!(
            base(Some("https://id.example/"), Mount::Api, "h"),
            "https://id.example/api/v1/scim/v2"
        );
    }

    #[test]
    fn a_public_url_with_a_path_is_the_whole_base() {
        assert_eq!(
            base(Some("https://id.example/t/scim/"), Mount::Plain, "h"),
            "https://id.example/t/scim"
        );
    }

    #[test]
    fn the_base_of_a_public_url_ends_with_a_path() {
        for (text, base) in [
            ("https://id.example/", "https://id.example/scim/v2"),
            ("https://id.example/t/scim/", "https://id.example/t/scim"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().base(), base);
        }
    }

    #[test]
    fn the_origin_of_a_public_url_has_no_path() {
        for text in [
            "https://id.example",
            "https://id.example/",
            "https://id.example/t/scim",
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().origin(), "https://id.example");
        }
    }

    #[test]
    fn without_a_public_url_the_host_of_the_request_counts() {
        assert_eq!(
            base(None, Mount::Plain, "127.0.0.1:8080"),
            "http://127.0.0.1:8080/scim/v2"
        );
        assert_eq!(base(None, Mount::Plain, "a/b?"), "http://localhost/scim/v2");
    }

    #[test]
    fn what_is_no_web_address_is_no_public_url() {
        for text in [
            "",
            "id.example",
            "ftp://id.example",
            "https://u@id.example",
            "https://id.example/?q",
            "/scim",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
