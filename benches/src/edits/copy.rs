//! A copy of a repository that costs no space: links to its files.

use std::fs;
use std::io;
use std::path::Path;

use lodemap_disk::{Options, Root, discover};

use crate::run::BenchError;

/// Links the files that are found below `from` into `to`; copies them where links are not possible.
pub(super) fn linked(from: &Path, to: &Path) -> Result<(), BenchError> {
    let root = Root::open(from, true)?;
    for found in discover(&root, &Options::default(), &|_| {}).files {
        let path = found.path.to_os();
        let (source, target) = (from.join(&path), to.join(&path));
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        if fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// Puts another file in the place of a link, which leaves what it led to alone; `None` takes it away.
pub(super) fn replace(path: &Path, content: Option<&[u8]>) -> io::Result<()> {
    let Some(content) = content else { return fs::remove_file(path) };
    let beside = path.with_extension("lodemap-new");
    fs::write(&beside, content)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_stays_as_it_is() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(from.path().join("a")).unwrap();
        fs::write(from.path().join("a/x.py"), "x = 1\n").unwrap();
        linked(from.path(), to.path()).unwrap();
        let copy = to.path().join("a/x.py");
        assert_eq!(fs::read(&copy).unwrap(), b"x = 1\n");
        replace(&copy, Some(b"x = 2\n")).unwrap();
        assert_eq!(fs::read(from.path().join("a/x.py")).unwrap(), b"x = 1\n");
        assert_eq!(fs::read(&copy).unwrap(), b"x = 2\n");
        replace(&copy, None).unwrap();
        assert!(!copy.exists() && from.path().join("a/x.py").exists());
    }
}
