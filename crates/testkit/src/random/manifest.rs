//! What do random manifests say? Names, roots and dependencies on siblings, sometimes wrong, sometimes nothing.

use lodemap_base::RelPath;

use super::{NAMES, Rng};

/// A manifest for this path; `None` if it is none.
pub(super) fn text(rng: &mut Rng, path: &RelPath) -> Option<String> {
    Some(match path.name() {
        "Cargo.toml" => cargo(rng, path.parent_str()),
        "pyproject.toml" => "[project]\nname = \"it\"\n".into(),
        "go.mod" => {
            let modules = ["example.com/it", "example.com/mod", "example.com/it/mod"];
            let usual = modules[usize::from(path.parent_str() == "mod")];
            let module = if rng.one_in(4) { *rng.pick(&modules) } else { usual };
            if rng.one_in(8) { "// nothing\n".into() } else { format!("module {module}\n\ngo 1.22\n") }
        }
        "package.json" => {
            let names = ["@it/lib", "@it/web", "react"];
            let usual = names[usize::from(path.parent_str() == "web")];
            let name = if rng.one_in(4) { *rng.pick(&names) } else { usual };
            if rng.one_in(8) { "{ }\n".into() } else { format!("{{ \"name\": \"{name}\" }}\n") }
        }
        _ => return None,
    })
}

fn cargo(rng: &mut Rng, dir: &str) -> String {
    if rng.one_in(10) {
        return rng.pick(&["not toml [", "", "[workspace]\nmembers = [\"two\"]\n"]).to_string();
    }
    let usual = if dir.is_empty() { "it" } else { "two" };
    let name = if rng.one_in(5) { *rng.pick(&NAMES) } else { usual };
    let mut out = format!("[package]\nname = \"{name}\"\n");
    if rng.one_in(4) {
        out.push_str(&format!("[lib]\nname = \"{}\"\n", rng.pick(&NAMES)));
        if rng.one_in(2) {
            out.push_str(&format!(
                "path = \"{}\"\n",
                rng.pick(&["src/a.rs", "src/main.rs", "src/b/mod.rs", "no.rs"])
            ));
        }
    }
    if rng.one_in(4) {
        let target = *rng.pick(&["bin", "test", "example"]);
        let path = *rng.pick(&["src/odd/x.rs", "src/a.rs", "./src/../src/b.rs", "../src/a.rs"]);
        out.push_str(&format!("[[{target}]]\nname = \"tool\"\npath = \"{path}\"\n"));
    }
    let other = if dir.is_empty() { "two" } else { "it" };
    match rng.below(6) {
        0 | 1 => out.push_str(&format!("[dependencies]\n{other} = {{ path = \"x\" }}\n")),
        2 => {
            let alias = rng.pick(&NAMES);
            out.push_str(&format!(
                "[dev-dependencies]\n{alias} = {{ package = \"{other}\", path = \"x\" }}\n"
            ));
        }
        3 => out.push_str(&format!("[dependencies]\n{} = \"1\"\n", rng.pick(&NAMES))),
        4 => {
            out.push_str("[workspace]\n[workspace.dependencies]\nb = { package = \"two\", path = \"two\" }\n")
        }
        _ => {}
    }
    out
}
