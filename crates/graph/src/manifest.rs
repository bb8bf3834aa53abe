//! Manifests: what a build tool's file says of packages, read as data.

use std::collections::BTreeMap;

use lodemap_base::RelPath;

/// What one manifest says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Manifest {
    /// `Cargo.toml`.
    Cargo(Cargo),
    /// `pyproject.toml`, `setup.cfg`, `setup.py`: the folder holds a Python project.
    Python,
    /// `go.mod`.
    Go {
        /// The path under which the module is imported.
        module: String,
    },
    /// `package.json`.
    Node {
        /// The name under which the package is imported.
        name: String,
    },
}

/// What a `Cargo.toml` says of its package, if it has one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cargo {
    /// The package's name.
    pub package: Option<String>,
    /// `[lib] name`.
    pub lib_name: Option<String>,
    /// `[lib] path`.
    pub lib_path: Option<String>,
    /// Paths of `[[bin]]`, `[[test]]`, `[[example]]` and `[[bench]]` targets.
    pub target_paths: Vec<String>,
    /// Folders whose files are no targets by themselves (`autotests = false`).
    pub plain_folders: Vec<&'static str>,
    /// Dependencies: the name in the source → the package's name.
    pub dependencies: BTreeMap<String, String>,
}

/// Whether a file of this name is a manifest.
pub fn is_manifest(path: &RelPath) -> bool {
    matches!(
        path.name(),
        "Cargo.toml" | "pyproject.toml" | "setup.cfg" | "setup.py" | "go.mod" | "package.json"
    )
}

impl Manifest {
    /// Reads a manifest; `None` if the file says nothing that is understood. Never executes anything.
    pub fn parse(path: &RelPath, bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        match path.name() {
            "Cargo.toml" => cargo(text).map(Self::Cargo),
            "pyproject.toml" | "setup.cfg" | "setup.py" => Some(Self::Python),
            "go.mod" => {
                let line = text.lines().find_map(|l| l.trim().strip_prefix("module "))?;
                let module = line.split("//").next()?.trim().trim_matches('"').to_owned();
                Some(Self::Go { module })
            }
            "package.json" => Some(Self::Node { name: top_level_name(text)? }),
            _ => None,
        }
    }
}

fn cargo(text: &str) -> Option<Cargo> {
    let table: toml::Table = text.parse().ok()?;
    let string = |t: &toml::Value, key: &str| t.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let mut out = Cargo::default();
    if let Some(package) = table.get("package") {
        out.package = string(package, "name");
        let is_off = |key: &str| package.get(key).and_then(toml::Value::as_bool) == Some(false);
        let folders = [
            ("autobins", "src/bin"),
            ("autotests", "tests"),
            ("autoexamples", "examples"),
            ("autobenches", "benches"),
        ];
        out.plain_folders = folders.into_iter().filter(|(key, _)| is_off(key)).map(|(_, f)| f).collect();
    }
    if let Some(lib) = table.get("lib") {
        out.lib_name = string(lib, "name");
        out.lib_path = string(lib, "path");
    }
    for kind in ["bin", "test", "example", "bench"] {
        let targets = table.get(kind).and_then(|t| t.as_array()).into_iter().flatten();
        out.target_paths.extend(targets.filter_map(|t| string(t, "path")));
    }
    out.target_paths.sort();
    let mut add = |t: &toml::Value| {
        for (name, value) in t.as_table().into_iter().flatten() {
            let package = string(value, "package").unwrap_or_else(|| name.clone());
            out.dependencies.insert(name.replace('-', "_"), package);
        }
    };
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    for section in sections {
        table.get(section).into_iter().for_each(&mut add);
    }
    if let Some(targets) = table.get("target").and_then(|t| t.as_table()) {
        for target in targets.values() {
            sections.iter().filter_map(|s| target.get(s)).for_each(&mut add);
        }
    }
    // A workspace renames for its members: `alias = { package = "name", path = … }`.
    if let Some(t) = table.get("workspace").and_then(|w| w.get("dependencies")) {
        add(t);
    }
    Some(out)
}

/// The `"name"` at the top level of a JSON object, found without a parser: nothing else is needed of it.
fn top_level_name(text: &str) -> Option<String> {
    let (mut depth, mut rest) = (0i32, text);
    loop {
        let at = rest.find(['{', '}', '[', ']', '"'])?;
        let c = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match c {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {
                let string = json_string(&mut rest)?;
                let is_key = rest.trim_start().starts_with(':');
                if depth == 1 && is_key && string == "name" {
                    let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
                    return json_string(&mut { value }).map(str::to_owned);
                }
            }
        }
    }
}

/// The text up to the closing quote; `rest` moves behind it.
fn json_string<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let mut escaped = false;
    for (i, b) in rest.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let string = &rest[..i];
                *rest = &rest[i + 1..];
                return Some(string);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, text: &str) -> Option<Manifest> {
        Manifest::parse(&RelPath::parse(name).unwrap(), text.as_bytes())
    }

    #[test]
    fn cargo_names_and_dependencies() {
        let text = "[package]\nname = \"my-crate\"\n[lib]\npath = \"lib.rs\"\n[dependencies]\na-b = \"1\"\n\
                    c = { path = \"../c\", package = \"real-c\" }\n[target.'cfg(unix)'.dependencies]\nd = \"1\"";
        let Some(Manifest::Cargo(c)) = parse("Cargo.toml", text) else { panic!() };
        assert_eq!((c.package.as_deref(), c.lib_path.as_deref()), (Some("my-crate"), Some("lib.rs")));
        let deps: Vec<_> = c.dependencies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(deps, ["a_b=a-b", "c=real-c", "d=d"]);
        assert_eq!(parse("Cargo.toml", "not toml ["), None);
    }

    #[test]
    fn others() {
        assert_eq!(
            parse("go.mod", "// x\nmodule example.com/a // y\n"),
            Some(Manifest::Go { module: "example.com/a".into() })
        );
        let json = r#"{ "x": {"name": "no"}, "y": ["name"], "name" : "@s/p", "z": 1 }"#;
        assert_eq!(parse("package.json", json), Some(Manifest::Node { name: "@s/p".into() }));
        for bad in ["", "{", "\"", "{\"name\": 1}", "[\"name\"]", "{\"a\\"] {
            assert_eq!(parse("package.json", bad), None, "{bad}");
        }
    }
}
