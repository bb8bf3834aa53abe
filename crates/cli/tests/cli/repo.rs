//! A small repository on disk, and the binary run in it.

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A repository in a folder of its own, beside a home folder that is not the user's.
pub(crate) struct Repo {
    dir: tempfile::TempDir,
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Repo {
    pub(crate) fn new(files: &[(&str, &str)]) -> Repo {
        let repo = Repo { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(repo.root().join(".git")).unwrap();
        std::fs::create_dir_all(repo.home()).unwrap();
        files.iter().for_each(|(path, text)| repo.write(path, text.as_bytes()));
        repo
    }

    /// Two modules that know each other, as most tests want them.
    pub(crate) fn pool() -> Repo {
        Repo::new(&[
            ("app.py", "from src.pool import Pool\n\n\ndef main():\n    return Pool(3).acquire()\n"),
            ("src/__init__.py", ""),
            (
                "src/pool.py",
                "class Pool:\n    \"\"\"Lends connections.\"\"\"\n\n    def __init__(self, size: int) -> None:\n        \
                 self.size = size\n\n    def acquire(self, timeout: float = 1.0) -> \"Conn\":\n        \
                 return Conn()\n\n\nclass Conn:\n    pass\n",
            ),
        ])
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The binary in the repository's root.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.command_in(&self.root(), args)
    }

    pub(crate) fn command_in(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin!("lodemap"));
        command.args(args).current_dir(folder).stdin(Stdio::null());
        command
            .env("HOME", self.home())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME")
            .env_remove("NO_COLOR");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args))
    }

    /// The text of a run that must succeed in silence.
    pub(crate) fn text(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "lodemap {args:?}: {run:?}");
        run.out
    }

    /// The JSON of a run that must succeed in silence: one object with the common keys.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let text = self.text(&[args, &["--json"]].concat());
        assert!(text.ends_with('\n') && text.trim_end().lines().count() == 1, "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["schema"], 1, "{value}");
        assert!(value["generation"].is_u64(), "{value}");
        value
    }

    /// The message of a run that must fail with this code, and print nothing as an answer.
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!((run.code, run.out.as_str()), (Some(code), ""), "lodemap {args:?}: {run:?}");
        assert!(run.err.starts_with("error: "), "{}", run.err);
        run.err
    }
}

pub(crate) fn finish(mut command: Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("because all output is UTF-8");
    Run { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// The strings at a key of each object of a list.
pub(crate) fn column(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|row| row[key].as_str().unwrap_or_else(|| panic!("no {key}: {row}")).to_owned()).collect()
}
