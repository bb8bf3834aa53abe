//! What does git say? Commits, trees, differences between trees, contents; by the `git` command, reading only.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use lodemap_base::RelPath;

/// The id of a content, in hexadecimal.
pub(super) type Blob = String;

/// A repository, with or without a work tree.
pub(super) struct Git {
    dir: PathBuf,
}

/// What a path is in the newer tree: a content, or no file that is read.
pub(super) type Change = (RelPath, Option<Blob>);

impl Git {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let at = path.to_string_lossy();
        let out = run(bare_command().args(["-C", &*at, "rev-parse", "--absolute-git-dir"]))?;
        Ok(Self { dir: PathBuf::from(String::from_utf8_lossy(&out).trim_end()) })
    }

    /// The commits of `to`, parents first: the last `most` of them, or else the first `most` after `from`, which
    /// then comes before them.
    pub(super) fn commits(&self, from: Option<&str>, to: &str, most: usize) -> Result<Vec<String>> {
        let list = |args: &[&str]| -> Result<Vec<String>> {
            let out = self.command(&[&["rev-list", "--topo-order", "--reverse"], args].concat())?;
            Ok(String::from_utf8_lossy(&out).lines().map(str::to_owned).collect())
        };
        let Some(from) = from else {
            // One more, as the tree to begin with.
            return list(&["--max-count", &most.saturating_add(1).to_string(), to, "--"]);
        };
        let begin =
            self.command(&["rev-parse", "--verify", "--end-of-options", &format!("{from}^{{commit}}")])?;
        let mut out = vec![String::from_utf8_lossy(&begin).trim_end().to_owned()];
        let after = list(&[to, &format!("^{}", out[0]), "--"])?;
        out.extend(after.into_iter().take(most));
        Ok(out)
    }

    /// The files of a commit.
    pub(super) fn tree(&self, commit: &str) -> Result<Vec<(RelPath, Blob)>> {
        let out = self.command(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let mut files = Vec::new();
        for entry in out.split(|b| *b == 0).filter(|e| !e.is_empty()) {
            let at =
                entry.iter().position(|b| *b == b'\t').context("git ls-tree: an entry without a path")?;
            let head = String::from_utf8_lossy(&entry[..at]);
            let mut words = head.split(' ');
            let (mode, id) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
            if is_file(mode)
                && let Some(path) = RelPath::from_bytes(&entry[at + 1..])
            {
                files.push((path, id.to_owned()));
            }
        }
        Ok(files)
    }

    /// What is different in the tree of `new`, as against that of `old`.
    pub(super) fn changes(&self, old: &str, new: &str) -> Result<Vec<Change>> {
        let args = ["diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", old, new];
        let out = self.command(&args)?;
        let mut fields = out.split(|b| *b == 0);
        let mut changes = Vec::new();
        while let (Some(head), Some(path)) = (fields.next(), fields.next()) {
            let head = String::from_utf8_lossy(head);
            // `:old-mode new-mode old-id new-id status`
            let words: Vec<&str> = head.split(' ').collect();
            let [_, mode, _, id, _] = words[..] else { bail!("git diff-tree: `{head}` is not understood") };
            if let Some(path) = RelPath::from_bytes(path) {
                changes.push((path, is_file(mode).then(|| id.to_owned())));
            }
        }
        Ok(changes)
    }

    /// A process that gives contents as long as it lives.
    pub(super) fn contents(&self) -> Result<Contents> {
        let mut command = self.prepared(&["cat-file", "--batch"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("git cat-file could not be started")?;
        let input = child.stdin.take().context("git cat-file has no input")?;
        let output = BufReader::new(child.stdout.take().context("git cat-file has no output")?);
        Ok(Contents { child, input: Some(input), output })
    }

    fn prepared(&self, args: &[&str]) -> Command {
        let mut command = bare_command();
        command.arg("--git-dir").arg(&self.dir).args(args);
        command
    }

    fn command(&self, args: &[&str]) -> Result<Vec<u8>> {
        run(&mut self.prepared(args))
    }
}

/// Nothing is fetched, whatever a partial clone lacks, and no configuration of the user changes an output.
pub(crate) fn bare_command() -> Command {
    let mut command = Command::new("git");
    command
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command.args(["-c", "safe.directory=*"]);
    command
}

fn run(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().context("git could not be started")?;
    if !output.status.success() {
        let args: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
        bail!("git {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(output.stdout)
}

/// Plain files, executable or not; links and submodules are not read.
fn is_file(mode: &str) -> bool {
    mode.starts_with("100")
}

/// Contents by their ids.
pub(super) struct Contents {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Contents {
    /// The content; `None` if the repository lacks it.
    pub(super) fn read(&mut self, blob: &str) -> Result<Option<Vec<u8>>> {
        let input = self.input.as_mut().context("git cat-file was stopped")?;
        writeln!(input, "{blob}").context("git cat-file has ended")?;
        input.flush()?;
        let mut head = String::new();
        self.output.read_line(&mut head)?;
        let mut words = head.split_whitespace().skip(1);
        let size: usize = match (words.next(), words.next()) {
            (Some("blob"), Some(size)) => size.parse().context("git cat-file: a size that is no number")?,
            (Some("missing"), _) => return Ok(None),
            _ => bail!("git cat-file: `{}` is not understood", head.trim_end()),
        };
        let mut bytes = vec![0; size + 1];
        self.output.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(Some(bytes))
    }
}

impl Drop for Contents {
    fn drop(&mut self) {
        // At the end of its input it ends by itself.
        self.input = None;
        _ = self.child.wait();
    }
}
