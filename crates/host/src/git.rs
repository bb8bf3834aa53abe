//! What does git say that changed?
//!
//! The only place that starts git. The repository may be anybody's, and its configuration can name programs for
//! many occasions: none of them may run, nothing may be fetched, and not even the index may be refreshed.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::error::HostError;

/// Names of branches are as long as names of files may be, and what is behind them is short.
const LONGEST_REVISION: usize = 1024;

/// The unified diff from `revision` to the working tree, without context, paths relative to `root`.
pub(crate) fn diff(root: &Path, revision: &str) -> Result<String, HostError> {
    let shown: String = revision.chars().take(100).flat_map(char::escape_debug).collect();
    let refuse = |reason: &str| HostError::Revision { revision: shown.clone(), reason: reason.into() };
    // What is too long, or cannot be passed to a program, would look as if git were missing.
    let is_odd = revision.len() > LONGEST_REVISION || revision.contains(char::is_control);
    if revision.starts_with('-') || revision.is_empty() || is_odd {
        return Err(refuse("that is no revision"));
    }
    if revision.contains("..") {
        return Err(refuse("that is a range, and only the working tree is known"));
    }
    let mut command = git(root);
    let filters = filters(root)?.ok_or_else(|| refuse("a filter in its configuration has an odd name"))?;
    for filter in filters {
        for (key, value) in [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")] {
            command.arg("-c").arg(format!("filter.{filter}.{key}={value}"));
        }
    }
    command.args(["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "-U0"]);
    // Whatever the user's configuration makes of paths and submodules.
    command.args(["--src-prefix=a/", "--dst-prefix=b/", "--relative", "--ignore-submodules=all"]);
    let output = run(command.args([revision, "--"]))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        let first = message.lines().find_map(|l| l.strip_prefix("fatal: ").or(l.strip_prefix("error: ")));
        let no_repository = message.to_lowercase().contains("not a git repository");
        let first = if no_repository { "this is no git repository" } else { first.unwrap_or("it failed") };
        return Err(refuse(first));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The version of the git that is installed.
pub fn git_version() -> Result<String, HostError> {
    let output = run(Command::new("git").arg("--version").stdin(Stdio::null()))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(text.strip_prefix("git version ").map_or(text.clone(), str::to_owned))
}

/// The filters that any configuration defines: git would run them over changed files to compare these. `None` where
/// one has a name that cannot be passed on, so that it could not be switched off.
fn filters(root: &Path) -> Result<Option<BTreeSet<String>>, HostError> {
    let output =
        run(git(root).args(["config", "--includes", "-z", "--name-only", "--get-regexp", r"^filter\."]))?;
    let Ok(keys) = String::from_utf8(output.stdout) else { return Ok(None) };
    let filter = |key: &str| Some(key.strip_prefix("filter.")?.rsplit_once('.')?.0.to_owned());
    let names: BTreeSet<String> = keys.split('\0').filter_map(filter).collect();
    Ok(names.iter().all(|name| !name.contains('=')).then_some(names))
}

/// Git in a folder, with everything off by which it could run something else.
fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).arg("--no-pager");
    for setting in [
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "core.quotePath=false",
        "diff.autoRefreshIndex=false",
        "submodule.recurse=false",
    ] {
        command.args(["-c", setting]);
    }
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .env_remove("GIT_EXTERNAL_DIFF")
        // Hooks of another repository set these.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::null());
    command
}

/// The commit that the working tree of `root` began from; `None` where there is none, or no git.
pub(crate) fn head(root: &Path) -> Option<String> {
    let output = git(root).args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).output().ok()?;
    let id = String::from_utf8(output.stdout).ok()?;
    Some(id.trim_end().to_owned()).filter(|id| output.status.success() && is_id(id))
}

/// No history is longer, in bytes, than what is read of it.
const MAX_LOG: u64 = 64 << 20;
/// A history that takes longer is none: an answer waits for it.
const MAX_LOG_TIME: Duration = Duration::from_secs(20);

/// What the last `most` commits up to `head` said and touched below `root`, the newest first, as
/// [`crate::past::parse_log`] reads it, and whether that is all: where it is too much, the last commit may be cut.
pub(crate) fn log(root: &Path, head: &str, most: usize) -> Option<(Vec<u8>, bool)> {
    let mut command = git(root);
    command
        // Of the commit alone, whatever has been put in its place.
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .args(["log", "-z", "--no-merges", "--no-renames", "--name-only", "--relative"])
        .args(["--no-show-signature", "--no-mailmap", "--no-notes", "--no-color", "--no-ext-diff"])
        .args(["--no-textconv", "--encoding=UTF-8", "--format=tformat:%x00%H%x00%B%x00"])
        .arg(format!("--max-count={most}"))
        .args([head, "--"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let pid = Pid::from_child(&child);
    let (done, is_done) = channel::<()>();
    // It is not waited for before it has ended, so its number is still its own when it is killed.
    let guard = std::thread::Builder::new().name("lodemap-git".to_owned()).spawn(move || {
        if is_done.recv_timeout(MAX_LOG_TIME) == Err(RecvTimeoutError::Timeout) {
            _ = kill_process(pid, Signal::KILL);
        }
    });
    let mut out = Vec::new();
    let read = child.stdout.take()?.take(MAX_LOG).read_to_end(&mut out);
    drop(done);
    _ = guard.map(std::thread::JoinHandle::join);
    if out.len() as u64 == MAX_LOG {
        _ = child.kill();
        _ = child.wait();
        return Some((out, false));
    }
    let ended = child.wait().ok()?;
    (read.is_ok() && ended.success()).then_some((out, true))
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn run(command: &mut Command) -> Result<Output, HostError> {
    command.output().map_err(HostError::NoGit)
}
