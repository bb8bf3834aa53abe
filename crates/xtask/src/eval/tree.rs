//! The files of a repository as they were when the truth about it was found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::truth::Truth;
use crate::replay::bare_command;

/// The tree called `name` below `trees`, written from its mirror where it is missing.
pub(super) fn of(name: &str, truth: &Truth, trees: &Path, mirrors: Option<&Path>) -> Result<PathBuf> {
    let tree = trees.join(name);
    if tree.is_dir() {
        return Ok(tree);
    }
    let mirrors =
        mirrors.with_context(|| format!("there is no tree of {name}; name the folder of --mirrors"))?;
    let mirror = mirrors.join(&truth.source);
    let git = [mirror.join("repo"), mirror].into_iter().find(|dir| dir.is_dir());
    let git = git.with_context(|| format!("{} holds no {}", mirrors.display(), truth.source))?;
    // What is not written to its end never gets the name under which it would be taken for whole.
    let part = trees.join(format!("{name}.part"));
    if part.exists() {
        fs::remove_dir_all(&part).with_context(|| format!("{} cannot be removed", part.display()))?;
    }
    fs::create_dir_all(&part).with_context(|| format!("{} cannot be made", part.display()))?;
    let mut archive = bare_command()
        .arg("--git-dir")
        .arg(&git)
        .args(["archive", "--format=tar", &truth.commit])
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
