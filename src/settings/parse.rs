//! Texts of settings as typed values.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    num::NonZeroU32,
    str::FromStr,
    time::Duration,
};

use http::Uri;
use ipnet::IpNet;

use super::sources::{SettingError, Sources};
use crate::cli::parse_duration;

/// State of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toggle {
    /// The switch is on.
    On,
    /// The switch is off.
    Off,
}

pub(super) fn switch(sources: &Sources, name: &str) -> Result<Toggle, SettingError> {
    match sources.text(name).map(str::to_lowercase).as_deref() {
        Some("true" | "1" | "yes" | "on") => Ok(Toggle::On),
        None | Some("false" | "0" | "no" | "off") => Ok(Toggle::Off),
        Some(text) => Err(SettingError::new(
            name,
            format!("{text:?} is neither true nor false"),
        )),
    }
}

pub(super) fn address(sources: &Sources, name: &str) -> Result<SocketAddr, SettingError> {
    let text = sources.text(name).unwrap_or_default();
    let found = text
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| SettingError::new(name, format!("{text:?} is not an address such as 127.0.0.1:8080")))
}

/// A number of at least one.
pub(super) fn count(sources: &Sources, name: &str) -> Result<usize, SettingError> {
    let text = sources.text(name).unwrap_or_default();
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| SettingError::new(name, format!("{text:?} is not a number of at least 1")))
}

/// A number of calls a second from a minimum on; `None`: nothing was said, and any number is served.
pub(super) fn rate(sources: &Sources, name: &str, minimum: u32) -> Result<Option<NonZeroU32>, SettingError> {
    let parse = |text: &str| {
        let rate = text
            .parse()
            .ok()
            .filter(|rate: &NonZeroU32| rate.get() >= minimum);
        rate.ok_or_else(|| SettingError::new(name, format!("{text:?} is not a number of at least {minimum}")))
    };
    sources.text(name).map(parse).transpose()
}

/// The longest span of a setting.
const MAX_SPAN: Duration = Duration::from_hours(1);

/// A span of time such as `10s` or `5m`, or a number of seconds, up to an hour.
pub(super) fn span(sources: &Sources, name: &str) -> Result<Option<Duration>, SettingError> {
    let parse = |text: &str| {
        let seconds = text.strip_suffix('s').unwrap_or(text).parse().ok();
        let span = seconds
            .map(Duration::from_secs)
            .or_else(|| parse_duration(text).ok());
        span.filter(|span| *span <= MAX_SPAN).ok_or_else(|| {
            SettingError::new(name, format!("{text:?} is not a span from 0s to 1h, such as 10s"))
        })
    };
    sources.text(name).map(parse).transpose()
}

/// A span that is not nothing.
pub(super) fn some_span(sources: &Sources, name: &str) -> Result<Duration, SettingError> {
    let given = span(sources, name)?.filter(|span| !span.is_zero());
    given.ok_or_else(|| SettingError::new(name, "must be longer than nothing"))
}

/// A value of a type that tells itself what is wrong with a text.
pub(super) fn parsed<T: FromStr<Err: Display>>(
    sources: &Sources,
    name: &str,
) -> Result<Option<T>, SettingError> {
    let parse = |text: &str| text.parse().map_err(|rule| SettingError::new(name, rule));
    sources.text(name).map(parse).transpose()
}

/// Networks, separated by commas; an address alone is a network of one.
pub(super) fn networks(sources: &Sources, name: &str) -> Result<Vec<IpNet>, SettingError> {
    let wrong = |text: &str| SettingError::new(name, format!("{text:?} is not a network such as 10.0.0.0/8"));
    let texts = sources.text(name).unwrap_or_default().split(',').map(str::trim);
    texts
        .filter(|text| !text.is_empty())
        .map(|text| {
            text.parse()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| wrong(text))
        })
        .collect()
}

/// An `http` or `https` URL with a host and without a query, its path without a slash at the end.
pub(super) fn url(sources: &Sources, name: &str) -> Result<Option<Uri>, SettingError> {
    let Some(text) = sources.text(name) else {
        return Ok(None);
    };
    let uri: Option<Uri> = text.trim_end_matches('/').parse().ok();
    let fits = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.query().is_none()
            && uri
                .authority()
                .is_some_and(|authority| !authority.as_str().contains('@'))
    };
    match uri.filter(fits) {
        Some(uri) => Ok(Some(uri)),
        None => Err(SettingError::new(
            name,
            format!("{text:?} is not a URL such as https://id.example.com"),
        )),
    }
}
