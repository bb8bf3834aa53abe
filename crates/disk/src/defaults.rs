//! Which entries are passed over although no ignore file says so?
//!
//! Dependencies, build output, lock files, minified code and binaries: they belong to somebody else or to a
//! program, there are many of them, and reading them answers no question about the repository. Each rule has a
//! name, so that a user can be told which one applied. `.lodemapignore` can call any of them back (`!name`).

/// Dotfiles and dot-folders that declare or drive code.
const KEPT_HIDDEN: &[&str] = &[
    ".babelrc.js",
    ".cargo",
    ".circleci",
    ".devcontainer",
    ".eslintrc.cjs",
    ".eslintrc.js",
    ".github",
    ".gitlab-ci.yml",
    ".husky",
    ".mocharc.js",
    ".pre-commit-config.yaml",
    ".prettierrc.js",
    ".storybook",
    ".travis.yml",
];

/// Names whose mere presence, or content, decides about the folder that holds them or about their siblings.
const MARKERS: &[&str] = &[".git", "CACHEDIR.TAG", "Cargo.toml", "autoload.php", "modules.txt", "pyvenv.cfg"];

/// Whether more than the entry itself depends on an entry of that name.
pub(crate) fn is_marker(name: &[u8]) -> bool {
    MARKERS.iter().any(|m| m.as_bytes() == name)
}

/// Whether a name is hidden, and not one of those that matter.
pub(crate) fn is_hidden(name: &[u8]) -> bool {
    name.first() == Some(&b'.') && !KEPT_HIDDEN.iter().any(|k| k.as_bytes() == name)
}

/// The rule by which a folder is passed over, from its name and its siblings' names.
pub(crate) fn folder_by_name(name: &[u8], has_sibling: impl Fn(&str) -> bool) -> Option<&'static str> {
    match name {
        b"node_modules" => Some("node_modules"),
        b"bower_components" => Some("bower_components"),
        b"__pycache__" => Some("__pycache__"),
        b".tox" | b".nox" | b".mypy_cache" | b".ruff_cache" | b".pytest_cache" | b".eggs" => {
            Some("python-cache")
        }
        b"target" if has_sibling("Cargo.toml") => Some("cargo-target"),
        _ => None,
    }
}

/// The rule by which a folder is passed over, from its name and the names in it.
pub(crate) fn folder_by_content(name: &[u8], holds: impl Fn(&str) -> bool) -> Option<&'static str> {
    if holds("pyvenv.cfg") {
        return Some("python-virtualenv");
    }
    match name {
        b"vendor" if holds("modules.txt") => Some("go-vendor"),
        b"vendor" if holds("autoload.php") => Some("composer-vendor"),
        _ => None,
    }
}

/// The name of the file by which a folder declares itself a cache, and what the file starts with.
pub(crate) const CACHE_TAG: (&str, &[u8]) = ("CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55");

/// The rule by which a file is passed over, from its name.
pub(crate) fn file(name: &[u8]) -> Option<&'static str> {
    if LOCK_FILES.iter().any(|l| l.as_bytes() == name) {
        return Some("lock-file");
    }
    let (stem, ext) = name.split_at(memchr::memrchr(b'.', name)?);
    let ext = ext[1..].to_ascii_lowercase();
    let minified = [&b".min"[..], b"-min"].iter().any(|m| stem.ends_with(m));
    match &ext[..] {
        b"js" | b"mjs" | b"cjs" | b"css" if minified => Some("minified"),
        b"map" => Some("source-map"),
        // A dotfile's name is not an extension.
        _ if stem.is_empty() => None,
        ext => {
            BINARIES.iter().find(|(_, list)| list.iter().any(|e| e.as_bytes() == ext)).map(|(rule, _)| *rule)
        }
    }
}

const LOCK_FILES: &[&str] = &[
    "Cargo.lock",
    "Gemfile.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "bun.lock",
    "bun.lockb",
    "composer.lock",
    "deno.lock",
    "flake.lock",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
];

/// Extensions of files that are never text to read, in lower case, by rule.
const BINARIES: &[(&str, &[&str])] = &[
    (
        "image",
        &[
            "apng", "avif", "bmp", "cur", "dds", "eps", "exr", "gif", "hdr", "heic", "icns", "ico", "jpeg",
            "jpg", "jxl", "ktx", "png", "psd", "svg", "svgz", "tga", "tif", "tiff", "webp", "xcf",
        ],
    ),
    (
        "archive",
        &[
            "7z", "ar", "br", "bz2", "cab", "cpio", "crate", "deb", "dmg", "egg", "gem", "gz", "iso", "jar",
            "lz", "lz4", "lzma", "nupkg", "rar", "rpm", "tar", "tbz2", "tgz", "txz", "war", "whl", "xz", "z",
            "zip", "zst",
        ],
    ),
    ("font", &["eot", "otf", "ttc", "ttf", "woff", "woff2"]),
    (
        "media",
        &[
            "aac", "avi", "flac", "flv", "m4a", "m4v", "mid", "midi", "mkv", "mov", "mp3", "mp4", "mpeg",
            "mpg", "oga", "ogg", "ogv", "opus", "wav", "webm", "wma", "wmv",
        ],
    ),
    (
        "object",
        &[
            "a", "class", "dll", "dylib", "elc", "exe", "gch", "hi", "ko", "la", "lib", "lo", "o", "obj",
            "pch", "pdb", "pyc", "pyd", "pyo", "rlib", "rmeta", "so", "wasm",
        ],
    ),
    (
        "document",
        &[
            "doc", "docx", "epub", "key", "mobi", "numbers", "odp", "ods", "odt", "pages", "pdf", "ppt",
            "pptx", "ps", "xls", "xlsx",
        ],
    ),
    (
        "data",
        &[
            "arrow",
            "avro",
            "bin",
            "db",
            "db3",
            "dbf",
            "feather",
            "gguf",
            "h5",
            "hdf5",
            "joblib",
            "mdb",
            "mo",
            "npy",
            "npz",
            "onnx",
            "orc",
            "parquet",
            "pickle",
            "pkl",
            "pt",
            "pth",
            "rdb",
            "safetensors",
            "sqlite",
            "sqlite3",
            "tfrecord",
        ],
    ),
    ("secret", &["der", "jks", "keystore", "p12", "pfx"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_name() {
        for (name, want) in [
            ("Cargo.lock", Some("lock-file")),
            ("my.lock", None),
            ("a.min.js", Some("minified")),
            ("a-min.js", Some("minified")),
            ("a.min.CSS", Some("minified")),
            ("admin.js", None),
            ("min.js", None),
            ("a.js.map", Some("source-map")),
            ("a.PNG", Some("image")),
            ("m.cpython-312.pyc", Some("object")),
            ("libx.so", Some("object")),
            ("x.ts", None),
            ("Makefile", None),
            (".o", None),
            ("png", None),
        ] {
            assert_eq!(file(name.as_bytes()), want, "{name}");
        }
    }

    #[test]
    fn folders() {
        assert_eq!(folder_by_name(b"target", |s| s == "Cargo.toml"), Some("cargo-target"));
        assert_eq!(folder_by_name(b"target", |_| false), None);
        assert_eq!(folder_by_name(b"dist", |_| true), None);
        assert_eq!(folder_by_content(b"vendor", |s| s == "modules.txt"), Some("go-vendor"));
        assert_eq!(folder_by_content(b"src", |s| s == "modules.txt"), None);
        assert_eq!(folder_by_content(b"env", |s| s == "pyvenv.cfg"), Some("python-virtualenv"));
    }

    #[test]
    fn every_name_that_is_asked_for_is_a_marker() {
        let asked = std::cell::RefCell::new(vec![CACHE_TAG.0.to_owned(), ".git".to_owned()]);
        let ask = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            false
        };
        for name in [&b"target"[..], b"vendor", b"node_modules", b"env", b"src", b".tox", b"dist", b"build"] {
            folder_by_name(name, ask);
            folder_by_content(name, ask);
        }
        let mut asked = asked.into_inner();
        asked.sort();
        asked.dedup();
        assert_eq!(asked, MARKERS, "a change of each of these must be noticed");
    }

    #[test]
    fn hidden_names() {
        assert!(is_hidden(b".env") && is_hidden(b".git") && !is_hidden(b".github") && !is_hidden(b"a"));
    }
}
