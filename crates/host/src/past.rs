//! What led to the state of a repository: read from git, and kept by the commit at which it ends.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lodemap_answers::{Change, Past, WIDEST};
use lodemap_base::{ContentHash, RelPath};
use lodemap_store::{DiskFolder, Folder, Keep, collect, read_sealed, write_sealed};

use crate::git;

/// So many commits are looked at: further back there is little that is still so, and in sixteen thousand there was no
/// more to learn than in these.
const COMMITS: usize = 2000;
/// The folder of all repositories' pasts in the cache.
const BELOW: &str = "history";
/// Changed whenever what is kept is written in another way.
const FORMAT: u32 = 1;

/// The past of one repository; read when somebody first asks.
pub(crate) struct Pasts {
    /// The cache, and the name of the folder in it.
    home: Option<(PathBuf, String)>,
    /// The commit that was looked at last, and its past; that it has none is remembered too.
    latest: Mutex<Option<(String, Option<Arc<Past>>)>>,
}

impl Pasts {
    pub(crate) fn new(cache: Option<&Path>, root: &Path) -> Self {
        let name = format!("{}-{FORMAT}", ContentHash::of(root.as_os_str().as_bytes()));
        Self { home: cache.map(|cache| (cache.to_owned(), name)), latest: Mutex::new(None) }
    }

    /// The past of the commit that is checked out now; `None` where there is none.
    pub(crate) fn of(&self, root: &Path) -> Option<Arc<Past>> {
        let head = git::head(root)?;
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, past)) = latest.as_ref()
            && *known == head
        {
            return past.clone();
        }
        let past = self.changes(root, &head).map(|changes| Arc::new(Past::new(&changes)));
        *latest = Some((head, past.clone()));
        past
    }

    fn changes(&self, root: &Path, head: &str) -> Option<Vec<Change>> {
        let Some((cache, name)) = &self.home else { return read(root, head) };
        let folder = DiskFolder::open(cache, &format!("{BELOW}/{name}")).ok();
        let kept = folder.as_ref().and_then(|folder| decode(&read_sealed(folder, head)?));
        if kept.is_some() {
            return kept;
        }
        let changes = read(root, head)?;
        if let Some(folder) = folder
            && write_sealed(&folder, head, &encode(&changes)).is_ok()
        {
            folder.clean();
            let others = folder.list().unwrap_or_default().into_iter().filter(|entry| entry.name != head);
            others.for_each(|entry| _ = folder.remove(&entry.name));
            collect(cache, BELOW, name, Keep::default());
        }
        Some(changes)
    }
}

/// The past of a commit of the repository at `root`, which need not be checked out.
pub fn past_of(root: &Path, commit: &str) -> Option<Past> {
    Some(Past::new(&read(root, commit)?))
}

/// What git tells of the last commits up to `head`.
fn read(root: &Path, head: &str) -> Option<Vec<Change>> {
    let (log, is_whole) = git::log(root, head, COMMITS)?;
    let mut changes = parse_log(&log);
    if !is_whole {
        changes.pop();
    }
    Some(changes)
}

/// The commits of [`git::log`] that touch files below the root and tell something. A commit is `NUL id NUL message NUL
/// NUL`, then a line feed and its paths, each with a NUL.
pub(crate) fn parse_log(log: &[u8]) -> Vec<Change> {
    let mut out = vec![];
    let mut tokens = log.split(|byte| *byte == 0).peekable();
    while let (Some([]), Some(_id), Some(message), Some([])) =
        (tokens.next(), tokens.next(), tokens.next(), tokens.next())
    {
        let mut paths = vec![];
        while let Some(path) = tokens.next_if(|token| !token.is_empty()) {
            let is_first = paths.is_empty();
            paths.push(path.strip_prefix(b"\n").filter(|_| is_first).unwrap_or(path));
        }
        if (1..=WIDEST).contains(&paths.len()) {
            let mut paths: Vec<RelPath> = paths.into_iter().filter_map(RelPath::from_bytes).collect();
            paths.sort();
            out.push(Change { message: String::from_utf8_lossy(message).into_owned(), paths });
        }
    }
    out
}

fn encode(changes: &[Change]) -> Vec<u8> {
    let rows: Vec<(&str, Vec<&str>)> = changes
        .iter()
        .map(|change| (change.message.as_str(), change.paths.iter().map(RelPath::as_str).collect()))
        .collect();
    postcard::to_stdvec(&rows).unwrap_or_default()
}

fn decode(bytes: &[u8]) -> Option<Vec<Change>> {
    let rows: Vec<(String, Vec<String>)> = postcard::from_bytes(bytes).ok()?;
    let change = |(message, paths): (String, Vec<String>)| {
        let paths = paths.iter().map(|path| RelPath::parse(path)).collect::<Option<_>>()?;
        Some(Change { message, paths })
    };
    rows.into_iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    struct Repo(tempfile::TempDir);

    impl Repo {
        fn new() -> Self {
            let repo = Self(tempfile::tempdir().unwrap());
            repo.git(&["init", "--quiet", "--initial-branch=main"]);
            repo
        }

        fn git(&self, args: &[&str]) -> String {
            let mut command = Command::new("git");
            command.arg("-C").arg(self.0.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
            for (key, value) in [("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "1700000000 +0000")] {
                command.env(format!("GIT_AUTHOR_{key}"), value).env(format!("GIT_COMMITTER_{key}"), value);
            }
            let output = command.args(args).output().unwrap();
            assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        }

        fn commit(&self, message: &str, files: &[(&str, &str)]) {
            for (path, text) in files {
                let path = self.0.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            self.git(&["add", "--all"]);
            self.git(&["commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message]);
        }

        fn log(&self, below: &str) -> Vec<(String, String)> {
            let root = self.0.path().join(below);
            let changes = read(&root, &git::head(&root).unwrap()).unwrap();
            let path = |path: &RelPath| path.as_str().to_owned();
            changes
                .iter()
                .map(|c| (c.message.clone(), c.paths.iter().map(path).collect::<Vec<_>>().join(" ")))
                .collect()
        }
    }

    fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(message, paths)| (message.to_string(), paths.to_string())).collect()
    }

    #[test]
    fn what_git_tells() {
        let repo = Repo::new();
        assert_eq!(git::head(repo.0.path()), None, "nothing is committed");
        repo.commit("", &[]);
        repo.commit("one\n\nwith a body", &[("a.py", "1"), ("src/b.py", "1")]);
        repo.commit("", &[("src/line\nfeed \u{e9}", "1")]);
        repo.git(&["checkout", "--quiet", "-b", "side"]);
        repo.commit("aside", &[("src/c.py", "1")]);
        repo.git(&["checkout", "--quiet", "main"]);
        repo.commit("beside", &[("a.py", "2")]);
        repo.git(&["merge", "--quiet", "--no-ff", "-m", "merged", "side"]);
        repo.git(&["mv", "a.py", "d.py"]);
        repo.commit("moved", &[]);
        let mut all = repo.log("");
        // Commits of one second come in an order of git's own.
        all.sort();
        let expected = [
            ("", "src/line\\x0afeed \u{e9}"),
            ("aside\n", "src/c.py"),
            ("beside\n", "a.py"),
            ("moved\n", "a.py d.py"),
            ("one\n\nwith a body\n", "a.py src/b.py"),
        ];
        assert_eq!(all, rows(&expected));
        let mut below = repo.log("src");
        below.sort();
        let expected = [("", "line\\x0afeed \u{e9}"), ("aside\n", "c.py"), ("one\n\nwith a body\n", "b.py")];
        assert_eq!(below, rows(&expected));
    }

    #[test]
    fn wide_changes_tell_nothing() {
        let repo = Repo::new();
        let names: Vec<String> = (0..=WIDEST).map(|n| format!("{n}.py")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
        repo.commit("all", &files);
        repo.commit("nearly all", &files[1..].iter().map(|(name, _)| (*name, "2")).collect::<Vec<_>>());
        let messages: Vec<String> = repo.log("").into_iter().map(|(message, _)| message).collect();
        assert_eq!(messages, ["nearly all\n"]);
    }

    #[test]
    fn a_log_that_is_cut_anywhere() {
        let repo = Repo::new();
        repo.commit("first", &[("a.py", "1"), ("b.py", "1")]);
        repo.commit("second", &[("a.py", "2"), ("c.py", "2")]);
        let root = repo.0.path();
        let (log, is_whole) = git::log(root, &git::head(root).unwrap(), 10).unwrap();
        assert!(is_whole);
        let whole = parse_log(&log);
        assert_eq!(whole.len(), 2);
        for end in 0..log.len() {
            let cut = parse_log(&log[..end]);
            // All but the last one is as it was.
            assert_eq!(cut[..cut.len().saturating_sub(1)], whole[..cut.len().saturating_sub(1)], "{end}");
        }
    }

    #[test]
    fn nothing_of_a_repository_is_run() {
        let repo = Repo::new();
        repo.commit("one", &[("a.py", "1")]);
        let trap = repo.0.path().join("trap");
        std::fs::write(&trap, "#!/bin/sh\ntouch sprung\n").unwrap();
        std::fs::set_permissions(&trap, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let trap = trap.to_str().unwrap();
        for key in
            ["core.pager", "pager.log", "gpg.program", "core.fsmonitor", "diff.external", "core.sshCommand"]
        {
            repo.git(&["config", key, trap]);
        }
        repo.git(&["config", "log.showSignature", "true"]);
        repo.git(&["config", "diff.orderFile", trap]);
        let signature = "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n";
        let signed = repo.git(&["cat-file", "commit", "HEAD"]).replacen("\n\n", signature, 1);
        std::fs::write(repo.0.path().join("signed"), signed).unwrap();
        let id = repo.git(&["hash-object", "-t", "commit", "-w", "signed"]);
        repo.git(&["update-ref", "HEAD", id.trim()]);
        let sprung = repo.0.path().join("sprung");
        assert_eq!(repo.log(""), rows(&[("one\n", "a.py")]));
        assert!(!sprung.exists());
        // The trap is one: git by itself falls into it.
        repo.git(&["log", "-1"]);
        assert!(sprung.exists());
    }

    #[test]
    fn is_kept_by_commit_and_read_again_where_it_is_damaged() {
        let repo = Repo::new();
        let cache = tempfile::tempdir().unwrap();
        let length = |pasts: &Pasts| pasts.of(repo.0.path()).map(|past| past.len());
        let open = || Pasts::new(Some(cache.path()), repo.0.path());
        assert_eq!(length(&open()), None);
        repo.commit("one", &[("a.py", "1")]);
        let pasts = open();
        assert_eq!(length(&pasts), Some(1));
        repo.commit("two", &[("a.py", "2")]);
        assert_eq!(length(&pasts), Some(2));
        assert_eq!(length(&open()), Some(2));
        let folder = std::fs::read_dir(cache.path().join(BELOW)).unwrap().next().unwrap().unwrap().path();
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "that of the first commit is gone: {files:?}");
        // What is kept is believed, so that the second reading is seen to come from there.
        let disk = DiskFolder::open(cache.path(), &format!("{BELOW}/{}", open().home.unwrap().1)).unwrap();
        let head = git::head(repo.0.path()).unwrap();
        write_sealed(&disk, &head, &encode(&[])).unwrap();
        assert_eq!(length(&open()), Some(0));
        let bytes = std::fs::read(&files[0]).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            std::fs::write(&files[0], &damaged).unwrap();
            assert_eq!(length(&open()), Some(2), "byte {at}");
            std::fs::write(&files[0], &bytes[..at]).unwrap();
            assert_eq!(length(&open()), Some(2), "cut at {at}");
        }
    }
}
