//! Paths as words of a text.

use super::words::{digits, one_of};

const SOURCE: &str = "\
    py pyi rs js jsx ts tsx mjs go c h cc cpp hpp java kt rb toml cfg ini yaml yml json md rst txt pyx \
    pxd cjs scala swift cs php sh lock html css vue svelte proto sql xml ipynb lalr";

/// Names which end like files.
const NOT_FILES: &[&str] =
    &["node.js", "vue.js", "next.js", "d3.js", "three.js", "express.js", "docs.rs", "socket.io", "asp.net"];

/// Words before `.c`, `.json` and the like that make it an attribute.
const OBJECTS: &[&str] = &[
    "self", "cls", "this", "request", "response", "resp", "req", "res", "r", "np", "obj", "requests", "flask",
];

/// First components by which a path of two words is believed.
const ROOTS: &[&str] = &[
    "src", "lib", "tests", "test", "docs", "doc", "crates", "examples", "benches", "packages", "pkg", "cmd",
    "internal", "app", "apps", "scripts",
];

/// Slashes forward, `./` and schemes dropped.
pub(super) fn tidy(path: &str) -> String {
    let mut p = path.trim();
    for scheme in ["file://", "webpack:///", "webpack://"] {
        p = p.strip_prefix(scheme).unwrap_or(p);
    }
    let p = p.replace('\\', "/");
    let mut p = p.as_str();
    while let Some(rest) = p.strip_prefix("./") {
        p = rest.trim_start_matches('/');
    }
    p.to_string()
}

/// Whether a file name ends as sources and settings do.
fn source_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, ext)| !stem.is_empty() && one_of(SOURCE, ext))
}

/// Reads a word as a path with an optional line; `called` if a bracket follows, `inline` in code.
pub(super) fn path(word: &str, called: bool, inline: bool) -> Option<(String, Option<u32>)> {
    let (path, line) = with_line(word);
    let drive = path.len() > 3 && path.is_char_boundary(3) && path[1..].starts_with(":\\")
        || path[1.min(path.len())..].starts_with(":/");
    let body = if drive { &path[2..] } else { path };
    let windows = body.contains('\\') && !body.contains('/');
    if windows && !(drive || source_name(body)) || body.contains(':') || called && !body.contains('/') {
        return None;
    }
    let tidy = tidy(path);
    let whole = tidy.trim_end_matches('/');
    let mut count = 0;
    let fine = |c: &str| c.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.@~:".contains(&b));
    for c in whole.trim_start_matches('/').split('/') {
        if c.is_empty() || !fine(c) {
            return None;
        }
        count += 1;
    }
    let last = whole.rsplit('/').next().unwrap_or("");
    if count == 1 && !whole.starts_with('/') {
        let stem = last.rsplit_once('.').map_or("", |(s, _)| s).to_ascii_lowercase();
        let plain = source_name(last) && !NOT_FILES.contains(&last.to_ascii_lowercase().as_str());
        let object = OBJECTS.contains(&stem.as_str()) || stem.starts_with("self.");
        let lettered = stem.contains(|c: char| c.is_ascii_alphabetic() || c == '_');
        return (plain && !object && lettered).then(|| (whole.to_string(), line));
    }
    (source_name(last) || believable(whole, &tidy, count, inline)).then(|| (whole.to_string(), line))
}

/// Whether words with slashes between them and no extension at the end are a path.
fn believable(whole: &str, tidy: &str, count: usize, inline: bool) -> bool {
    if !whole.contains(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let first = whole.split('/').next().unwrap_or("");
    let mime = count == 2 && ["application", "text", "image", "audio", "video", "multipart"].contains(&first);
    let version =
        whole.split('/').filter(|c| c.contains(|d: char| d.is_ascii_alphabetic())).count() < 2 && count > 1;
    let rooted = whole.starts_with('/') || whole.starts_with('~') || whole.starts_with("../");
    let marked = whole.contains('_') || whole.split('/').any(|c| c.starts_with('.')) || tidy.ends_with('/');
    if mime || version && !rooted {
        return false;
    }
    if rooted {
        return count > 1 || inline || marked;
    }
    ROOTS.contains(&first) || inline && whole.bytes().all(|b| !b.is_ascii_whitespace()) || marked && count > 1
}

/// Splits off `:12`, `:12:5`, `:12-20`, `#L12`, `#L12-L20`.
fn with_line(word: &str) -> (&str, Option<u32>) {
    if let Some((path, anchor)) = word.split_once('#') {
        return (path, anchor.strip_prefix('L').and_then(leading));
    }
    let mut path = word;
    let mut line = None;
    for _ in 0..2 {
        let Some((head, number)) = path.rsplit_once(':') else {
            break;
        };
        let Some(n) = leading(number).filter(|_| number.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
        else {
            break;
        };
        (path, line) = (head, Some(n));
    }
    (path, line)
}

fn leading(s: &str) -> Option<u32> {
    digits(&s[..s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len())])
}

/// `https://github.com/o/r/blob/REV/path#L10-L20`
pub(super) fn blob_url(url: &str) -> Option<(String, Option<u32>)> {
    let (host, rest) = url.split_once("://")?.1.split_once('/')?;
    if !host.contains("github") && !host.contains("gitlab") {
        return None;
    }
    let mut below = rest.splitn(5, '/');
    let (_, _, mut kind) = (below.next()?, below.next()?, below.next()?);
    let mut rev = below.next()?;
    let mut path = below.next()?;
    if kind == "-" {
        (kind, (rev, path)) = (rev, path.split_once('/')?);
    }
    if !["blob", "tree", "raw", "blame"].contains(&kind) || rev.is_empty() {
        return None;
    }
    let (path, line) = with_line(path.split('?').next()?);
    (!path.is_empty()).then(|| (tidy(path).trim_end_matches('/').to_string(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(word: &str) -> Option<(String, Option<u32>)> {
        path(word, false, false)
    }

    #[test]
    fn paths() {
        assert_eq!(p("src/main.rs:4:5"), Some(("src/main.rs".into(), Some(4))));
        assert_eq!(p("./a/b.py#L12-L20"), Some(("a/b.py".into(), Some(12))));
        assert_eq!(p("C:\\work\\mod.rs:582:9"), Some(("C:/work/mod.rs".into(), Some(582))));
        assert_eq!(p("a\\b.py"), Some(("a/b.py".into(), None)));
        assert_eq!(p("setup.cfg"), Some(("setup.cfg".into(), None)));
        assert_eq!(p("src/foo"), Some(("src/foo".into(), None)));
        assert_eq!(p("/usr/lib/x"), Some(("/usr/lib/x".into(), None)));
        for w in [
            "and/or",
            "12/05/2020",
            "read/write",
            "I/O",
            "application/json",
            "Node.js",
            "self.h",
            "1.c",
            "\\dagger",
            "a//b",
            "n/a",
        ] {
            assert_eq!(p(w), None, "{w}");
        }
        assert_eq!(path("request.json", true, false), None);
        assert_eq!(path("read/write", false, true), Some(("read/write".into(), None)));
    }

    #[test]
    fn addresses() {
        let url = "https://github.com/o/r/blob/REV/a/b.rs#L10-L20";
        assert_eq!(blob_url(url), Some(("a/b.rs".into(), Some(10))));
        assert_eq!(blob_url("https://github.com/o/r/issues/12"), None);
        assert_eq!(blob_url("https://gitlab.com/o/r/-/blob/main/a.c#L3"), Some(("a.c".into(), Some(3))));
    }
}
