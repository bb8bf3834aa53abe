//! A temporary repository with its tools.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lodemap_daemon::{LiveOptions, OpenOptions, Opening};
use lodemap_mcp::{Reply, Tools};
use lodemap_wire::Terms;
use serde_json::{Map, Value};

/// Nothing takes so long, on the slowest machine.
const LONG: Duration = Duration::from_secs(120);

pub(crate) struct Bed {
    dir: tempfile::TempDir,
    tools: Option<Tools>,
}

impl Bed {
    /// A repository with these files, ready to be asked.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let bed = Self::unopened(files);
        bed.open()
    }

    /// Only the files; the tools come with [`Bed::open`].
    pub(crate) fn unopened(files: &[(&str, &str)]) -> Self {
        let bed = Self { dir: tempfile::tempdir().unwrap(), tools: None };
        fs::create_dir_all(bed.root().join(".git")).unwrap();
        files.iter().for_each(|(path, text)| bed.write(path, text));
        bed
    }

    pub(crate) fn open(mut self) -> Self {
        let open = OpenOptions { root: Some(self.root()), ..OpenOptions::default() };
        let options = LiveOptions { open, ..LiveOptions::default() };
        self.tools = Some(Tools::new(Opening::start(options)));
        let begun = Instant::now();
        while self.call("index_status", Value::Null).text.starts_with("Still indexing") {
            assert!(begun.elapsed() < LONG, "it does not open");
        }
        self
    }

    pub(crate) fn tools(&self) -> Tools {
        self.tools.clone().unwrap()
    }

    /// Two modules that know each other.
    pub(crate) fn pool() -> Self {
        Self::new(POOL)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    /// A place beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn call(&self, tool: &str, arguments: Value) -> Reply {
        let arguments = match arguments {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        self.tools.as_ref().unwrap().call(tool, arguments)
    }

    /// The text of a call that must succeed.
    pub(crate) fn ask(&self, tool: &str, arguments: Value) -> String {
        let reply = self.call(tool, arguments.clone());
        assert!(!reply.is_error, "{tool} {arguments}: {}", reply.text);
        reply.text
    }

    /// The message of a call that must fail.
    pub(crate) fn fails(&self, tool: &str, arguments: Value) -> String {
        let reply = self.call(tool, arguments.clone());
        assert!(reply.is_error, "{tool} {arguments}: {}", reply.text);
        assert!(!reply.text.contains('\n'), "{}", reply.text);
        reply.text
    }
}

pub(crate) const POOL: &[(&str, &str)] = &[
    ("app.py", "from src.pool import Pool\n\n\ndef main():\n    return Pool(3).acquire()\n"),
    ("src/__init__.py", ""),
    (
        "src/pool.py",
        "class Pool:\n    \"\"\"Lends connections.\"\"\"\n\n    def __init__(self, size: int) -> None:\n        \
         self.size = size\n\n    def acquire(self, timeout: float = 1.0) -> \"Conn\":\n        return Conn()\n\n\n\
         class Conn:\n    pass\n",
    ),
];

/// So many tokens a text has.
pub(crate) fn tokens(text: &str) -> usize {
    Terms::default().tokenizer.count(text)
}

/// What stands between the marks.
pub(crate) fn fenced(text: &str) -> &str {
    let start = text.find(":\n").unwrap() + 2;
    &text[start..text.rfind("\nend ").unwrap() + 1]
}
