//! Which file of the repository does an argument mean?
//!
//! Answers name files relative to the root, and so may questions. People also type paths as their shell
//! completes them: absolute, or relative to the folder they are in.

use lodemap_host::{RelPath, Snapshot};
use lodemap_wire::Problem;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The readings of an argument, most literal first: relative to the root, then to the current folder, then as
/// answers print names that are not UTF-8.
pub fn readings(argument: &OsStr, root: &Path, current: Option<&Path>) -> Vec<RelPath> {
    let path = Path::new(argument);
    let mut out = Vec::new();
    let below_root = |absolute: &Path| {
        let normal = normalise(absolute)?;
        RelPath::from_os(normal.strip_prefix(root).ok()?)
    };
    if path.is_absolute() {
        out.extend(below_root(path));
        // The argument may go through links that the root's own path no longer has.
        let real = path.parent().and_then(|p| p.canonicalize().ok()).zip(path.file_name());
        out.extend(real.and_then(|(folder, name)| below_root(&folder.join(name))));
    } else {
        out.extend(below_root(&root.join(path)));
        out.extend(current.and_then(|folder| below_root(&folder.join(path))));
    }
    let as_printed = argument.to_str().and_then(RelPath::parse);
    let below = current.and_then(|folder| RelPath::from_os(folder.strip_prefix(root).ok()?));
    let from_below = as_printed.as_ref().zip(below.filter(|folder| *folder != RelPath::root()));
    let from_below = from_below.and_then(|(path, folder)| RelPath::parse(&format!("{folder}/{path}")));
    out.extend(as_printed);
    out.extend(from_below);
    let mut seen = Vec::new();
    out.retain(|p| !seen.contains(p) && (seen.push(p.clone()), true).1);
    out
}

/// The reading that is indexed, else the one that is on disk, else the most literal one.
pub fn resolve(
    snapshot: &Snapshot,
    argument: &OsStr,
    root: &Path,
    current: Option<&Path>,
) -> Option<RelPath> {
    let readings = readings(argument, root, current);
    let is_there = |p: &&RelPath| root.join(p.to_os()).symlink_metadata().is_ok();
    let found = readings.iter().find(|p| is_known(snapshot, p)).or_else(|| readings.iter().find(is_there));
    found.or(readings.first()).cloned()
}

/// Whether a path is an indexed file, or a folder with such files. The root itself is neither.
pub fn is_known(snapshot: &Snapshot, path: &RelPath) -> bool {
    let world = snapshot.world();
    world.file_at(path.as_str()).is_some()
        || (*path != RelPath::root() && world.dir_at(path.as_str()).is_some())
}

/// Without `.` and `..`, which are taken as text; `None` if it leads above `/`.
fn normalise(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    return None;
                }
            }
            other => out.push(other),
        }
    }
    Some(out)
}

/// That a path leads out of the repository.
pub fn outside(argument: &OsStr, root: &Path) -> Problem {
    let root = root.file_name().unwrap_or(root.as_os_str());
    Problem::usage(format!(
        "{} lies outside the repository {}; give a path relative to its root, or another root with -C",
        display(argument),
        display(root)
    ))
}

/// How an argument is named in a message: on one line, as text.
pub fn display(argument: &OsStr) -> String {
    let escaped = RelPath::from_bytes(argument.as_bytes()).map(|p| p.to_string());
    escaped.unwrap_or_else(|| argument.to_string_lossy().escape_debug().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(argument: &str, current: &str) -> Vec<String> {
        let readings = readings(OsStr::new(argument), Path::new("/r/repo"), Some(Path::new(current)));
        readings.iter().map(RelPath::to_string).collect()
    }

    #[test]
    fn relative_to_the_root_then_to_the_current_folder() {
        assert_eq!(read("a.py", "/r/repo/src"), ["a.py", "src/a.py"]);
        assert_eq!(read("./a.py", "/r/repo/src"), ["a.py", "src/a.py"]);
        assert_eq!(read("../a.py", "/r/repo/src"), ["a.py"]);
        assert_eq!(read("src/", "/elsewhere"), ["src"]);
        assert_eq!(read("a.py", "/r/repo"), ["a.py"]);
    }

    #[test]
    fn absolute_paths_must_lie_below_the_root() {
        assert_eq!(read("/r/repo/src/a.py", "/"), ["src/a.py"]);
        assert_eq!(read("/r/repo/x/../a.py", "/"), ["a.py"]);
        assert_eq!(read("/r/other/a.py", "/"), [""; 0]);
        assert_eq!(read("../../a.py", "/r/repo/src"), [""; 0]);
    }

    #[test]
    fn names_that_are_not_text_can_be_retyped_as_printed() {
        assert!(read("bad\\xff.py", "/").contains(&"bad\\xff.py".to_owned()));
        let bytes = OsStr::from_bytes(b"bad\xff.py");
        assert_eq!(readings(bytes, Path::new("/r"), None)[0].as_str(), "bad\\xff.py");
        assert_eq!(display(bytes), "bad\\xff.py");
    }
}
