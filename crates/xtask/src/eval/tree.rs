//! The files of a repository as they were when the truth about it was found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::replay::bare_command;

/// A tree that is asked for.
pub(super) struct Wanted<'w> {
    /// The folder's name.
    pub(super) name: &'w str,
    /// The mirror's folder below that of all mirrors.
    pub(super) source: &'w str,
    pub(super) commit: &'w str,
    /// Only files that match one of these; all, if there are none.
    pub(super) only: &'w [&'w str],
}

/// The tree below `trees`, written from its mirror where it is missing.
pub(super) fn of(wanted: &Wanted<'_>, trees: &Path, mirrors: Option<&Path>) -> Result<PathBuf> {
    let Wanted { name, source, commit, only } = *wanted;
    let tree = trees.join(name);
    if tree.is_dir() {
        return Ok(tree);
    }
    let mirrors =
        mirrors.with_context(|| format!("there is no tree of {name}; name the folder of --mirrors"))?;
    let git = mirror(mirrors, source)?;
    // What is not written to its end never gets the name under which it would be taken for whole.
    let part = trees.join(format!("{name}.part"));
    if part.exists() {
        fs::remove_dir_all(&part).with_context(|| format!("{} cannot be removed", part.display()))?;
    }
    fs::create_dir_all(&part).with_context(|| format!("{} cannot be made", part.display()))?;
    let mut archive = bare_command()
        .arg("--git-dir")
        .arg(&git)
        .args(["archive", "--format=tar", commit])
        .args(only)
        .stdout(Stdio::piped())
        .spawn()
        .context("git could not be started")?;
    let output = archive.stdout.take().context("git archive has no output")?;
    let unpacked = Command::new("tar").arg("-x").arg("-C").arg(&part).stdin(output).status();
    let archived = archive.wait().context("git archive was lost")?;
    let unpacked = unpacked.context("tar could not be started")?;
    ensure!(archived.success() && unpacked.success(), "the tree of {name} cannot be written");
    fs::rename(&part, &tree).with_context(|| format!("{} cannot be renamed", part.display()))?;
    Ok(tree)
}

/// The git directory of a repository below the folder of mirrors.
pub(super) fn mirror(mirrors: &Path, source: &str) -> Result<PathBuf> {
    let mirror = mirrors.join(source);
    let git = [mirror.join("repo/.git"), mirror.join("repo"), mirror].into_iter().find(|dir| dir.is_dir());
    git.with_context(|| format!("{} holds no {}", mirrors.display(), source))
}
