//! A folder in which anything may happen: random trees, random operations on them, and hints at each as a watcher
//! or a tool would give them.

use lodemap_base::RelPath;
use lodemap_disk::{Dirty, Options};
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// xorshift64*: small, seeded, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "src",
    "test",
    "target",
    "vendor",
    "env",
    ".hid",
    ".github",
    "x.py",
    "y.rs",
    "a-b",
    "b_test.go",
    "é\\\n",
    "logo.png",
    "Cargo.lock",
];
const MARKERS: &[&str] = &["Cargo.toml", "pyvenv.cfg", "modules.txt", "CACHEDIR.TAG", "autoload.php"];
const RULES: &[&str] = &[".gitignore", ".ignore", ".lodemapignore", ".gitattributes"];
const LINES: &[&str] = &[
    "a\n",
    "b/\n",
    "/c\n",
    "*.py\n",
    "!x.py\n",
    "!target\n",
    "src/**\n",
    "!.hid\n",
    "[bad\n",
    "test\n",
    "*\n!a\n",
    "!logo.png\n",
    "*.rs linguist-generated\n",
    "a/** linguist-language=Ada\n",
    "*.py linguist-vendored -linguist-documentation\n",
];
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n";

pub(crate) struct World {
    pub(crate) dice: Dice,
    _dir: tempfile::TempDir,
    pub(crate) top: PathBuf,
    /// Holds what is moved out of the tree, and the global ignore file.
    aside: PathBuf,
    pub(crate) dirty: Dirty,
    /// Whether there are hard links: a change through one name is told of no other, only a sweep finds it.
    pub(crate) linked: bool,
    pub(crate) log: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let (top, aside) = (base.join("up/top"), base.join("aside"));
        fs::create_dir_all(&top).unwrap();
        fs::create_dir(&aside).unwrap();
        let mut world = World {
            dice: Dice::new(seed),
            _dir: dir,
            top,
            aside,
            dirty: Dirty::default(),
            linked: false,
            log: Vec::new(),
        };
        if world.dice.roll(3) > 0 {
            world.git(&["init", "-q"]);
        }
        for _ in 0..20 + world.dice.roll(40) {
            world.step();
        }
        world.dirty = Dirty::default();
        world
    }

    pub(crate) fn options(&mut self) -> Options {
        Options {
            jobs: 1 + self.dice.roll(2),
            global_ignore: Some(self.aside.join("global")),
            skip_hidden: self.dice.roll(4) > 0,
            skip_defaults: self.dice.roll(4) > 0,
            ..Options::default()
        }
    }

    fn git(&mut self, arguments: &[&str]) {
        // git waits for ever for a writer to an ignore file that is a pipe.
        if has_pipe(&self.top) {
            return;
        }
        self.log.push(format!("git {arguments:?}"));
        let _ = Command::new("git")
            .args(arguments)
            .current_dir(&self.top)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", self.aside.parent().unwrap())
            .output()
            .expect("git is installed");
    }

    fn relative(&self, path: &Path) -> RelPath {
        RelPath::from_os(path.strip_prefix(&self.top).unwrap()).unwrap()
    }

    /// An entry below the top, or a name that is free.
    fn any(&mut self) -> PathBuf {
        let mut at = self.top.clone();
        loop {
            let name = match self.dice.roll(12) {
                0 => self.dice.pick(MARKERS),
                1 => self.dice.pick(RULES),
                _ => self.dice.pick(NAMES),
            };
            at.push(name);
            let is_dir = at.symlink_metadata().is_ok_and(|m| m.is_dir());
            if !is_dir || self.dice.roll(3) == 0 || at.components().count() > 12 {
                return at;
            }
        }
    }

    /// An entry appeared at `path`, went, or was written.
    fn touched(&mut self, path: &Path) {
        let here = self.relative(path);
        let parent = here.parent();
        match self.dice.roll(13) {
            // A folder, for all that who says so knows.
            12 => _ = self.dirty.subtrees.insert(here),
            0..8 => _ = self.dirty.files.insert(here),
            8..10 => _ = self.dirty.folders.insert(parent),
            10 => _ = self.dirty.subtrees.insert(parent),
            _ if self.dice.roll(4) == 0 => self.dirty.everything = true,
            _ => self.dirty.merge(Dirty { folders: [parent].into(), ..Dirty::files([here]) }),
        }
    }

    fn write(&mut self, path: &Path) {
        // A pipe would keep the test waiting, and a link lead to another file.
        if path.symlink_metadata().is_ok_and(|m| !m.is_file()) {
            return;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = if RULES.contains(&name) {
            (0..self.dice.roll(4)).map(|_| self.dice.pick(LINES)).collect()
        } else if name == "CACHEDIR.TAG" && self.dice.roll(3) > 0 {
            TAG.to_owned()
        } else {
            "x".repeat(self.dice.roll(4))
        };
        if fs::write(path, text).is_ok() {
            self.touched(path);
        }
    }

    /// Removes what is at `path`, and tells it of all that was there, as a watcher would.
    fn remove(&mut self, path: &Path) {
        let Ok(meta) = path.symlink_metadata() else { return };
        let removed = if meta.is_dir() {
            // It may not be permitted.
            let names: Vec<PathBuf> =
                fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
            names.iter().for_each(|below| self.remove(below));
            fs::remove_dir(path)
        } else {
            fs::remove_file(path)
        };
        if removed.is_err() {
            return;
        }
        self.touched(path);
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        if to.starts_with(from) || !to.parent().unwrap().is_dir() {
            return;
        }
        if self.dice.roll(2) == 0 && to.is_dir() {
            self.remove(to);
        }
        if fs::rename(from, to).is_err() {
            return;
        }
        for path in [from, to].into_iter().filter(|p| p.starts_with(&self.top)).collect::<Vec<_>>() {
            self.touched(path);
        }
        if to.starts_with(&self.top) && to.symlink_metadata().is_ok_and(|m| m.is_dir()) {
            let to = self.relative(to);
            self.dirty.subtrees.insert(to);
        }
    }

    pub(crate) fn step(&mut self) {
        let path = self.any();
        let kind = self.dice.roll(34);
        self.log.push(format!("{kind} {}", path.display()));
        match kind {
            0..8 => self.write(&path),
            8..13 => {
                if fs::create_dir(&path).is_ok() {
                    self.touched(&path);
                    for _ in 0..self.dice.roll(4) {
                        let below = path.join(self.dice.pick(NAMES));
                        self.write(&below);
                    }
                }
            }
            13..16 => self.remove(&path),
            16..19 => {
                let to = self.any();
                self.rename(&path, &to);
            }
            19 => {
                let out = self.aside.join(self.dice.pick(NAMES));
                if out.symlink_metadata().is_ok() {
                    self.rename(&out, &path);
                } else {
                    self.rename(&path, &out);
                }
            }
            20 => {
                self.remove(&path);
                match self.dice.roll(3) {
                    0 => _ = symlink("a", &path),
                    1 => _ = rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU),
                    _ => _ = fs::create_dir(&path),
                }
                self.touched(&path);
            }
            21 if self.dice.roll(8) == 0 => {
                let other = self.any();
                self.linked |= fs::hard_link(&path, &other).is_ok();
            }
            22 => {
                if path.symlink_metadata().is_ok_and(|m| m.is_file() || m.is_dir()) {
                    let mode = [0o000, 0o644, 0o755][self.dice.roll(3)];
                    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
                    let here = self.relative(&path);
                    self.touched(&path);
                    self.dirty.subtrees.insert(here);
                }
            }
            // The way most editors save.
            23..26 => {
                let new = path.with_extension("tmp");
                if fs::write(&new, "new").is_ok() {
                    let here = self.relative(&new);
                    self.dirty.files.insert(here);
                    self.rename(&new, &path);
                    self.remove(&new);
                }
            }
            // A repository of its own begins or ends.
            // Not by way of a link, for then it happens elsewhere than told.
            26 if path.symlink_metadata().is_ok_and(|m| m.is_dir()) => {
                let dot_git = path.join(".git");
                if dot_git.symlink_metadata().is_ok() {
                    self.remove(&dot_git);
                } else if fs::create_dir(&dot_git).is_ok() {
                    self.touched(&dot_git);
                }
            }
            27..30 => {
                let name = path.strip_prefix(&self.top).unwrap().to_str().unwrap().to_owned();
                match self.dice.roll(3) {
                    0 => self.git(&["rm", "-rq", "--cached", "-f", "--", &format!(":(literal){name}")]),
                    _ => self.git(&["add", "-f", "--", &format!(":(literal){name}")]),
                }
                self.dirty.tracked = true;
            }
            30 => {
                let file = [
                    self.aside.join("global"),
                    self.top.join("../.gitignore"),
                    self.top.join("../.ignore"),
                    self.top.join("../.gitattributes"),
                    self.top.join(".git/info/exclude"),
                ][self.dice.roll(5)]
                .clone();
                if self.dice.roll(3) == 0 {
                    _ = fs::remove_file(&file);
                } else {
                    let lines: String = (0..self.dice.roll(3)).map(|_| self.dice.pick(LINES)).collect();
                    _ = fs::write(&file, lines);
                }
                self.dirty.outer = true;
            }
            31 if self.dice.roll(3) == 0 => {
                let dot_git = self.top.join(".git");
                if dot_git.is_dir() {
                    fs::remove_dir_all(&dot_git).unwrap();
                } else {
                    self.git(&["init", "-q"]);
                }
                self.touched(&dot_git);
            }
            // A hint that leads nowhere.
            _ => {
                let path = self.relative(&path).join(self.dice.pick(&["none", "a", "x.py"]));
                match self.dice.roll(3) {
                    0 => _ = self.dirty.files.insert(path),
                    1 => _ = self.dirty.folders.insert(path),
                    _ => _ = self.dirty.subtrees.insert(path),
                }
            }
        }
    }
}

fn has_pipe(folder: &Path) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let (entry, kind) = (entry.path(), entry.file_type().unwrap());
        kind.is_fifo() || kind.is_dir() && has_pipe(&entry)
    })
}

/// Runs `check` on `count` seeds, or as many as `LODEMAP_RUNS` says, or on the one in `LODEMAP_SEED`.
pub(crate) fn on_seeds(count: u64, check: impl Fn(u64) + std::panic::RefUnwindSafe) {
    let number =
        |name| std::env::var(name).ok().map(|s| s.parse().expect("LODEMAP_SEED and _RUNS are numbers"));
    if let Some(seed) = number("LODEMAP_SEED") {
        return check(seed);
    }
    let seeds = 0..number("LODEMAP_RUNS").unwrap_or(count);
    let failed: Vec<u64> = seeds.filter(|seed| std::panic::catch_unwind(|| check(*seed)).is_err()).collect();
    assert!(failed.is_empty(), "seeds {failed:?}");
}
