//! The routes: a table of contents of the facade.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware,
    response::Response,
    routing::{MethodRouter, any, get, post},
};
use http::Uri;
use tower::ServiceExt as _;

use crate::{
    base::Mount,
    endpoints::{assignable, bulk, discovery, groups, me, search, users},
    json_api, oauth, outer_layer,
    server::Facade,
};

type Routes = Vec<(&'static str, MethodRouter<Arc<Facade>>)>;

/// Every route below the base URL. `GET` answers `HEAD` too.
fn routes() -> Routes {
    vec![
        ("/", get(search::root)),
        ("/.search", post(search::search)),
        ("/Users", get(users::list).post(users::create)),
        ("/Users/.search", post(users::search)),
        (
            "/Users/{id}",
            get(users::read)
                .put(users::replace)
                .patch(users::patch)
                .delete(users::delete),
        ),
        ("/Groups", get(groups::list).post(groups::create)),
        ("/Groups/.search", post(groups::search)),
        (
            "/Groups/{id}",
            get(groups::read)
                .put(groups::replace)
                .patch(groups::patch)
                .delete(groups::delete),
        ),
        ("/Roles", get(assignable::roles)),
        ("/Roles/{id}", get(assignable::role)),
        ("/Entitlements", get(assignable::entitlements)),
        ("/Entitlements/{id}", get(assignable::entitlement)),
        ("/Bulk", post(bulk::run)),
        ("/Me", any(me::elsewhere).get(me::read)),
        ("/ServiceProviderConfig", get(discovery::config)),
        ("/ResourceTypes", get(discovery::resource_types)),
        ("/ResourceTypes/{name}", get(discovery::resource_type)),
        ("/Schemas", get(discovery::all_schemas)),
        ("/Schemas/{urn}", get(discovery::schema)),
        ("/openapi.json", get(discovery::openapi)),
    ]
}

/// The path of a person's own user, which is none of an identity provider.
pub(crate) const ME: &str = "/Me";

/// The paths of all routes, without the base path; all of them need a token.
pub const PATHS: [&str; 20] = [
    "/",
    "/.search",
    "/Users",
    "/Users/.search",
    "/Users/{id}",
    "/Groups",
    "/Groups/.search",
    "/Groups/{id}",
    "/Roles",
    "/Roles/{id}",
    "/Entitlements",
    "/Entitlements/{id}",
    "/Bulk",
    "/Me",
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/{name}",
    "/Schemas",
    "/Schemas/{urn}",
    "/openapi.json",
];

/// Tells whether requests of this path are answered well only if they are authenticated.
pub fn needs_token(path: &str) -> bool {
    let is_scim = |mount: Mount| path.starts_with(mount.path());
    Mount::ALL.into_iter().any(is_scim) || oauth::needs_token(path) || json_api::needs_token(path)
}

pub(crate) fn known_path(matched: &str) -> Option<&'static str> {
    let matched = if matched.is_empty() { "/" } else { matched };
    PATHS.into_iter().find(|path| *path == matched)
}

/// The routes under both base paths, and a fallback that first tidies the path up. They are not nested: that would write
/// the URI anew for each request.
pub(crate) fn router(facade: &Arc<Facade>) -> Router {
    let mounted = Mount::ALL.into_iter().fold(Router::new(), |router, mount| {
        routes().into_iter().fold(router, |router, (path, methods)| {
            router.route(&full_path(mount, path), methods)
        })
    });
    let scim = mounted
        .fallback(outer_layer::not_found)
        .method_not_allowed_fallback(outer_layer::method_not_allowed)
        .layer(middleware::from_fn_with_state(
            Arc::clone(facade),
            outer_layer::outer_layer,
        ))
        .with_state(Arc::clone(facade));
    let normalize = scim.merge(oauth::router(facade));
    normalize
        .clone()
        .fallback(move |request| normalized(normalize.clone(), request))
}

fn full_path(mount: Mount, path: &str) -> String {
    [mount.path(), path.trim_end_matches('/')].concat()
}

/// Q08: doubled and trailing slashes are passed over. A redirect would do for browsers, but provisioning clients drop the body or the token.
async fn normalized(normalize: Router, mut request: Request) -> Response {
    if let Some(uri) = without_stray_slashes(request.uri()) {
        *request.uri_mut() = uri;
    }
    match normalize.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn without_stray_slashes(uri: &Uri) -> Option<Uri> {
    let path: String = uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .flat_map(|part| ["/", part])
        .collect();
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_paths_is_that_of_the_routes() {
        let routed: Vec<_> = routes().into_iter().map(|(path, _)| path).collect();
        assert_eq!(routed, PATHS);
    }

    #[test]
    fn every_path_is_in_the_table_of_who_may_call_what() {
        let document = include_str!("../../docs/authorization.md");
        for path in PATHS.iter().chain(&oauth::PATHS).chain(&json_api::authzen::PATHS) {
            assert!(document.contains(&format!("\n| `{path}` | ")), "{path}");
        }
    }

    #[test]
    fn q08_stray_slashes_are_taken_out_and_the_query_stays() {
        let normalize =
            |uri: &'static str| without_stray_slashes(&Uri::from_static(uri)).unwrap().to_string();
        assert_eq!(
            normalize("/scim/v2//Users/?filter=a//b"),
            "/scim/v2/Users?filter=a//b"
        );
        assert_eq!(normalize("//scim///v2/Users/7/"), "/scim/v2/Users/7");
    }
}
