//! A page that shows the repository to a person, in a browser.
//!
//! Its files tell nothing of what is served, so that anybody who may call the server gets them; the page shows the
//! token like every other client. It brings all that it needs, and its policy lets it ask for nothing else.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;

use super::answers::{nothing_here, with_kind};

/// Where the files lie that the page asks for.
const FOLDER: &str = "/dashboard/";

/// The page itself has no name.
const PAGE: Asset = asset("", "text/html; charset=utf-8", include_str!("dashboard/page.html"));

const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: &[Asset] = &[
    asset("style.css", "text/css; charset=utf-8", include_str!("dashboard/style.css")),
    asset("icon.svg", "image/svg+xml", include_str!("dashboard/icon.svg")),
    asset("main.js", SCRIPT, include_str!("dashboard/main.js")),
    asset("api.js", SCRIPT, include_str!("dashboard/api.js")),
    asset("dom.js", SCRIPT, include_str!("dashboard/dom.js")),
    asset("graph.js", SCRIPT, include_str!("dashboard/graph.js")),
    asset("panels.js", SCRIPT, include_str!("dashboard/panels.js")),
    asset("treemap.js", SCRIPT, include_str!("dashboard/treemap.js")),
];

/// Nothing from elsewhere, nothing written into the page, nobody's frame around it; and whoever would make markup of
/// a text is stopped where the browser can do that.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'none'; frame-ancestors 'none'; base-uri 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// A file of the page.
struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const fn asset(name: &'static str, kind: &'static str, text: &'static str) -> Asset {
    Asset { name, kind, text }
}

/// Whether somebody reads a part of the page, which is given without a token.
pub(super) fn is_open(method: &Method, path: &str) -> bool {
    method.is_safe() && (path == "/" || path.starts_with(FOLDER))
}

/// The page.
pub(super) async fn page() -> Response {
    given(&PAGE)
}

/// One of its files.
pub(super) async fn file(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => given(asset),
        None => nothing_here().await,
    }
}

fn given(asset: &Asset) -> Response<Body> {
    let mut response = with_kind(asset.kind, asset.text.to_owned());
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        // No other page is to find out by it that the server runs.
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_for_what_is_there_and_for_nothing_else() {
        let names: Vec<&str> = ASSETS.iter().map(|asset| asset.name).collect();
        for quoted in PAGE.text.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/')) {
            assert!(names.contains(&quoted.strip_prefix(FOLDER).unwrap()), "{quoted}");
        }
        for asset in ASSETS {
            let imports = asset.text.lines().filter(|line| line.starts_with("import"));
            for from in imports.filter_map(|line| line.split('"').nth(1)) {
                assert!(names.contains(&from.strip_prefix("./").unwrap()), "{}: {from}", asset.name);
            }
        }
        let is_namespace = |url: &str| url.starts_with("http://www.w3.org/");
        for asset in ASSETS.iter().chain([&PAGE]) {
            for (at, _) in asset.text.match_indices("://") {
                let start = asset.text[..at].rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |i| i + 1);
                assert!(is_namespace(&asset.text[start..]), "{}: {}", asset.name, &asset.text[start..at + 3]);
            }
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "@import"]
            {
                assert!(!asset.text.contains(word), "{}: {word}", asset.name);
            }
        }
        // What the policy forbids must not be there.
        for word in [" style=", " onload=", " onclick=", "<style", "<script>"] {
            assert!(!PAGE.text.contains(word), "{word}");
        }
    }
}
