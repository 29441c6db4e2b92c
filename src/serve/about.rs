//! The page that a person finds who opens the SCIM listener in a browser, and that `documentationUri` names.

use axum::{
    Router,
    response::{Html, IntoResponse},
    routing::get,
};
use http::header;

/// Nothing is loaded from anywhere, and nothing runs.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// The route of the page. `base` is the SCIM base URL, `origin` that of the OAuth endpoints.
pub(super) fn route(base: &str, origin: &str) -> Router {
    let page = page(base, origin);
    let answer = async move || {
        let headers = [
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (headers, Html(page)).into_response()
    };
    Router::new().route("/", get(answer))
}

fn page(base: &str, origin: &str) -> String {
    let [base, origin] = [base, origin].map(escaped);
    format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Roster: SCIM 2.0</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 42em; margin: 3em auto; padding: 0 1em }} code {{ background: #8883; padding: 0 .2em }}</style>
<h1>Roster</h1>
<p>Identity providers provision users and groups here, over SCIM 2.0.</p>
<h2>Connect an identity provider</h2>
<ul>
<li>Base URL (tenant URL): <code>{base}</code></li>
<li>Authentication: a bearer token. Your administrator makes it with <code>roster scim-token create</code>.</li>
<li>Or OAuth 2.0 client credentials, with the token URL <code>{origin}/oauth2/token</code>.</li>
</ul>
<p>The folder <code>docs/connect</code> of Roster has the steps for Okta, Entra ID, JumpCloud, OneLogin, SailPoint and others.</p>
<h2>When something is not provisioned</h2>
<p>Your administrator asks <code>roster why NAME</code> about one person, and <code>roster provisioning list</code> about all requests.</p>
</html>
"#
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_text() {
        let page = page("https://id.example/scim/v2", "https://id.example/<script>&\"");
        assert!(page.contains("<code>https://id.example/scim/v2</code>"));
        assert!(page.contains("https://id.example/&lt;script&gt;&amp;&quot;/oauth2/token"));
    }
}
