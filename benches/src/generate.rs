//! Repositories of a wanted size, the same ones everywhere.
//!
//! Half Python, half Rust; files of about 100 lines that import a few others, most often the well-known ones,
//! as in code that people write: the number of importers falls off like a power of the rank.

use std::fs;
use std::io;
use std::path::Path;

/// Writes a repository of `files` files below `root`.
pub(crate) fn generate(root: &Path, files: usize) -> io::Result<()> {
    let mut random = Random(files as u64);
    fs::write(root.join("Cargo.toml"), "[package]\nname = \"generated_corpus\"\n")?;
    let (python, rust) = (files.div_ceil(2), files / 2);
    for i in 0..python {
        let dir = root.join(format!("pkg{}", i / 50));
        fs::create_dir_all(&dir)?;
        if i % 50 == 0 {
            fs::write(dir.join("__init__.py"), "")?;
        }
        fs::write(dir.join(format!("m{i}.py")), python_file(i, python, &mut random))?;
    }
    let src = root.join("src");
    fs::create_dir_all(&src)?;
    let mods: String = (0..rust).map(|i| format!("pub mod m{i};\n")).collect();
    fs::write(src.join("lib.rs"), mods)?;
    for i in 0..rust {
        fs::write(src.join(format!("m{i}.rs")), rust_file(i, rust, &mut random))?;
    }
    Ok(())
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n.max(1) as u64) as usize
    }

    /// A number below `n`, small ones far more often.
    fn skewed(&mut self, n: usize) -> usize {
        let limit = 1 + self.below(n);
        self.below(limit)
    }
}

fn python_file(i: usize, files: usize, random: &mut Random) -> String {
    let mut out = format!("\"\"\"Module {i}.\"\"\"\nimport os\n");
    let used: Vec<usize> = (0..4).map(|_| random.skewed(files)).collect();
    for u in &used {
        out.push_str(&format!("from pkg{}.m{u} import Class{u}, helper_{u}_0\n", u / 50));
    }
    out.push_str(&format!("\nLIMIT_{i} = {i}\n\n"));
    for f in 0..5 {
        let u = used[f % used.len()];
        out.push_str(&format!(
            "def helper_{i}_{f}(value, items=None):\n    \"\"\"Help with {f}.\"\"\"\n    result = helper_{u}_0(value)\n    \
             for item in items or []:\n        if item > LIMIT_{i}:\n            result += item\n    return result\n\n"
        ));
    }
    let base = used[0];
    out.push_str(&format!("class Class{i}(Class{base}):\n    size: int = {i}\n\n"));
    out.push_str(
        "    def __init__(self, name):\n        self.name = name\n        self.path = os.fspath(name)\n\n",
    );
    for m in 0..4 {
        let u = used[m % used.len()];
        out.push_str(&format!(
            "    def method_{m}(self, other: Class{u}):\n        # Ask the other one first.\n        value = \
             other.method_{m}(self)\n        return helper_{i}_{m}(value, [self.size, {m}])\n\n"
        ));
    }
    out
}

fn rust_file(i: usize, files: usize, random: &mut Random) -> String {
    let mut out = format!("//! Module {i}.\n");
    let mut used: Vec<usize> = (0..4).map(|_| random.skewed(files)).filter(|u| *u != i).collect();
    used.sort_unstable();
    used.dedup();
    for u in &used {
        out.push_str(&format!("use crate::m{u}::{{Type{u}, helper_{u}_0}};\n"));
    }
    out.push_str(&format!("\npub const LIMIT_{i}: usize = {i};\n\n"));
    out.push_str(&format!(
        "/// A type.\npub struct Type{i} {{\n    pub size: usize,\n    name: String,\n}}\n\n"
    ));
    for f in 0..5 {
        let call = used.get(f % used.len().max(1)).map_or("value".into(), |u| format!("helper_{u}_0(value)"));
        out.push_str(&format!(
            "/// Helps with {f}.\npub fn helper_{i}_{f}(value: usize) -> usize {{\n    let mut result = {call};\n    for \
             item in 0..value {{\n        if item > LIMIT_{i} {{\n            result += item;\n        }}\n    }}\n    \
             result\n}}\n\n"
        ));
    }
    out.push_str(&format!("impl Type{i} {{\n"));
    for m in 0..4 {
        let other = used.get(m % used.len().max(1)).copied().unwrap_or(i);
        out.push_str(&format!(
            "    /// Does {m}.\n    pub fn method_{m}(&self, other: &Type{other}) -> usize {{\n        helper_{i}_{m}\
             (other.size + self.size)\n    }}\n\n"
        ));
    }
    out.push_str("}\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_repository_every_time() {
        let make = || {
            let dir = tempfile::tempdir().unwrap();
            generate(dir.path(), 20).unwrap();
            let python = fs::read_to_string(dir.path().join("pkg0/m3.py")).unwrap();
            let rust = fs::read_to_string(dir.path().join("src/m3.rs")).unwrap();
            (python, rust)
        };
        assert_eq!(make(), make());
        assert!(make().0.lines().count() > 60 && make().1.lines().count() > 60);
    }
}
