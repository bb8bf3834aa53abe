//! What discovery takes and passes over, on real folders with everything a file system can hold.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build the trees that they look at")]

use lodemap_base::RelPath;
use lodemap_disk::{Discovery, Options, Root, SkipReason, Why, discover, explain, global_ignore_file};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A folder of its own, one level below a temporary one.
struct Tree {
    _dir: tempfile::TempDir,
    top: PathBuf,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Tree {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap().join("top");
        fs::create_dir(&top).unwrap();
        let tree = Tree { _dir: dir, top };
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn root(&self) -> Root {
        Root::open(&self.top, false).unwrap()
    }

    fn discover(&self, options: &Options) -> Discovery {
        let root = self.root();
        let found = discover(&root, options, &|_| {});
        for jobs in [1, 2, 8] {
            assert_eq!(
                found,
                discover(&root, &Options { jobs, ..options.clone() }, &|_| {}),
                "{jobs} threads"
            );
        }
        for file in &found.files {
            assert!(explain(&root, &file.path, options).indexed);
        }
        for skipped in &found.skipped {
            let why = explain(&root, &skipped.path, options);
            assert!(!why.indexed && why.reason.starts_with(skipped.reason.as_str()), "{skipped:?} {why:?}");
            assert_eq!((&why.rule, &why.source), (&skipped.rule, &skipped.source));
        }
        found
    }

    fn files(&self) -> Vec<String> {
        self.discover(&Options::default()).files.iter().map(|f| f.path.to_string()).collect()
    }

    fn why(&self, path: &str) -> Why {
        explain(&self.root(), &RelPath::parse(path).unwrap(), &Options::default())
    }
}

fn skipped(found: &Discovery) -> Vec<(String, SkipReason, Option<&str>)> {
    found.skipped.iter().map(|s| (s.path.to_string(), s.reason, s.rule.as_deref())).collect()
}

#[test]
fn an_empty_folder() {
    assert_eq!(Tree::new(&[]).discover(&Options::default()), Discovery::default());
}

#[test]
fn a_root_that_went_away_is_not_an_empty_one() {
    let tree = Tree::new(&[]);
    let root = tree.root();
    fs::remove_dir(&tree.top).unwrap();
    let found = discover(&root, &Options::default(), &|_| {});
    assert!(found.files.is_empty() && found.problems.len() == 1, "{found:?}");
}

#[test]
fn built_in_rules_name_themselves() {
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n";
    let tree = Tree::new(&[
        ("src/a.py", ""),
        ("Cargo.toml", ""),
        ("Cargo.lock", ""),
        ("target/debug/x.rs", ""),
        ("docs/target/kept.py", ""),
        ("web/node_modules/m/i.js", ""),
        ("web/dist/kept.js", ""),
        ("web/a.min.js", ""),
        ("env/pyvenv.cfg", ""),
        ("env/lib/x.py", ""),
        ("go/vendor/modules.txt", ""),
        ("go/vendor/x.go", ""),
        ("js/vendor/kept.js", ""),
        ("cache/CACHEDIR.TAG", tag),
        ("cache/x.c", ""),
        ("fake/CACHEDIR.TAG", "no signature"),
        ("fake/kept.c", ""),
        ("logo.png", ""),
        (".env", ""),
        (".github/workflows/ci.yml", ""),
        (".cargo/config.toml", ""),
        (".idea/x.xml", ""),
    ]);
    let found = tree.discover(&Options::default());
    let files: Vec<&str> = found.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        files,
        [
            ".cargo/config.toml",
            ".github/workflows/ci.yml",
            "Cargo.toml",
            "docs/target/kept.py",
            "fake/CACHEDIR.TAG",
            "fake/kept.c",
            "js/vendor/kept.js",
            "src/a.py",
            "web/dist/kept.js",
        ]
    );
    let folder = |path: &str, rule| (path.to_owned(), SkipReason::Default, Some(rule));
    assert_eq!(
        skipped(&found),
        [
            folder("cache", "cachedir-tag"),
            folder("env", "python-virtualenv"),
            folder("go/vendor", "go-vendor"),
            folder("target", "cargo-target"),
            folder("web/node_modules", "node_modules"),
        ]
    );
    assert_eq!((found.ignored, found.hidden, found.by_default), (0, 2, 3));
    assert!(found.files.iter().find(|f| f.path.as_str() == "js/vendor/kept.js").unwrap().class.vendored);

    assert_eq!(tree.why("Cargo.lock").rule.as_deref(), Some("lock-file"));
    let below = tree.why("target/debug/x.rs");
    assert_eq!(below.rule.as_deref(), Some("cargo-target"));
    assert!(below.reason.starts_with("below target, which is passed over"), "{below:?}");
    assert!(tree.why(".env").reason.starts_with("hidden"));
    assert!(tree.why("src").reason.starts_with("a folder"));
    assert!(tree.why("src/none.py").reason.starts_with("not there"));
    assert!(tree.why("src/a.py/below").reason.starts_with("not there"));
    assert!(tree.why("").reason.starts_with("a folder"));

    let everything = Options { skip_hidden: false, skip_defaults: false, ..Options::default() };
    assert_eq!(tree.discover(&everything).files.len(), 22);
}

#[test]
fn rules_for_tools_come_before_gits() {
    let tree = Tree::new(&[
        (".gitignore", "*.log\n/gen\n"),
        (".ignore", "!keep.log\nsecret.py\n"),
        (".lodemapignore", "!secret.py\n!Cargo.lock\n!.env\n!node_modules\n/big/\n"),
        ("keep.log", ""),
        ("other.log", ""),
        ("secret.py", ""),
        ("Cargo.lock", ""),
        (".env", ""),
        ("node_modules/m.js", ""),
        ("big/x.py", ""),
        ("gen/x.py", ""),
        ("sub/gen/x.py", ""),
    ]);
    assert_eq!(
        tree.files(),
        [".env", "Cargo.lock", "keep.log", "node_modules/m.js", "secret.py", "sub/gen/x.py"]
    );
    let why = tree.why("big/x.py");
    assert_eq!((why.rule.as_deref(), why.source.as_deref()), (Some("/big/"), Some(".lodemapignore:5")));
    let why = tree.why("other.log");
    assert_eq!((why.rule.as_deref(), why.source.as_deref()), (Some("*.log"), Some(".gitignore:1")));

    let extra = Options { extra_ignore: vec!["sub".into(), "!other.log".into()], ..Options::default() };
    let files: Vec<String> = tree.discover(&extra).files.iter().map(|f| f.path.to_string()).collect();
    assert!(files.contains(&"other.log".to_owned()) && !files.contains(&"sub/gen/x.py".to_owned()));
}

#[test]
fn rules_of_the_folders_above() {
    let tree = Tree::new(&[
        ("../.gitignore", "*.p\n/top/x.q\n"),
        ("../.ignore", "*.r\n"),
        ("x.p", ""),
        ("x.q", ""),
        ("x.r", ""),
        ("x.s", ""),
    ]);
    assert_eq!(tree.files(), ["x.s"], "without a repository all files above count");
    let why = tree.why("x.q");
    assert!(why.source.as_deref().unwrap().ends_with("/.gitignore:2"), "{why:?}");
    fs::create_dir(tree.top.join(".git")).unwrap();
    assert_eq!(tree.files(), ["x.p", "x.q", "x.s"], "git's files end at the top of the repository");
}

#[test]
fn a_root_that_is_ignored_itself_was_asked_for() {
    let tree = Tree::new(&[("../.gitignore", "/top\n"), ("../.git/HEAD", ""), ("a.py", "")]);
    assert_eq!(tree.files(), ["a.py"]);
}

#[test]
fn exclude_files_of_worktrees() {
    let tree = Tree::new(&[
        ("../repo/.git/HEAD", "ref: refs/heads/main\n"),
        ("../repo/.git/worktrees/w/HEAD", "ref: refs/heads/w\n"),
        ("../repo/.git/worktrees/w/commondir", "../..\n"),
        ("../repo/.git/info/exclude", "x.py\n"),
        (".git", "gitdir: ../repo/.git/worktrees/w\n"),
        ("x.py", ""),
        ("y.py", ""),
    ]);
    assert_eq!(tree.files(), ["y.py"]);
}

#[test]
fn pointers_to_what_is_not_gits_lead_nowhere() {
    let tree = Tree::new(&[
        ("../other/info/exclude", "x.py\n"),
        (".git", "gitdir: ../other\n"),
        ("x.py", ""),
        ("y.py", ""),
    ]);
    assert_eq!(tree.files(), ["x.py", "y.py"]);
}

#[test]
fn nested_repositories_are_not_entered() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        ("a.py", ""),
        ("nested/.git/HEAD", ""),
        ("nested/b.py", ""),
        ("module/.git", "gitdir: ../.git/modules/module"),
        ("module/c.py", ""),
    ]);
    let found = tree.discover(&Options::default());
    assert_eq!(found.files.len(), 1);
    assert_eq!(
        skipped(&found),
        [
            ("module".to_owned(), SkipReason::NestedRepository, None),
            ("nested".to_owned(), SkipReason::NestedRepository, None)
        ]
    );
    assert!(tree.why("nested/b.py").reason.contains("a repository of its own"));
    assert!(tree.why(".git/HEAD").reason.contains("git's own"));
}

#[test]
fn links_and_special_files() {
    let tree = Tree::new(&[("a.py", ""), ("d/b.py", "")]);
    let at = |name: &str| tree.top.join(name);
    symlink("/etc", at("etc")).unwrap();
    symlink("..", at("d/loop")).unwrap();
    symlink("a.py", at("alias.py")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("self", at("self")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let found = tree.discover(&Options::default());
    assert_eq!(found.files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["a.py", "d/b.py"]);
    let reasons: Vec<_> = skipped(&found).into_iter().map(|(path, reason, _)| (path, reason)).collect();
    let link = |path: &str| (path.to_owned(), SkipReason::Symlink);
    assert_eq!(
        reasons,
        [
            link("alias.py"),
            link("d/loop"),
            link("dangling"),
            link("etc"),
            ("pipe".to_owned(), SkipReason::Special),
            link("self"),
            ("socket".to_owned(), SkipReason::Special),
        ]
    );
    assert!(tree.why("etc/passwd").reason.contains("symbolic link"));
}

#[test]
fn rule_files_that_are_links_or_pipes_do_not_count() {
    let tree = Tree::new(&[("a.py", ""), ("d/b.py", ""), ("../rules", "*.py")]);
    symlink("../rules", tree.top.join(".gitignore")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, tree.top.join("d/.gitignore"), rustix::fs::Mode::RWXU).unwrap();
    let found = tree.discover(&Options::default());
    assert_eq!(found.files.len(), 2);
    let places: Vec<&str> = found.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(places, [".gitignore", "d/.gitignore"]);
}

#[test]
fn names_of_any_bytes() {
    let tree = Tree::new(&[(".gitignore", "*.log\n")]);
    for name in
        [&b"bad\xff.py"[..], b"new\nline.py", b"\xff/x.py", b"\xff/x.log", b"back\\slash.py", b" ", b"-"]
    {
        tree.write(OsStr::from_bytes(name), "");
    }
    let files = tree.files();
    assert_eq!(files, [" ", "-", "\\xff/x.py", "back\\x5cslash.py", "bad\\xff.py", "new\\x0aline.py"]);
    assert!(tree.why("\\xff/x.log").source.is_some());
}

#[test]
fn a_folder_that_may_not_be_read() {
    let tree = Tree::new(&[("a.py", ""), ("locked/b.py", "")]);
    let locked = tree.top.join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read_dir(&locked).is_ok(); // for a superuser
    let found = tree.discover(&Options::default());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    if !readable {
        assert_eq!(skipped(&found), [("locked".to_owned(), SkipReason::Unreadable, None)]);
        assert_eq!(found.problems[0].place, "locked");
    }
}

#[test]
fn attributes_correct_the_roles() {
    let tree = Tree::new(&[
        (
            ".gitattributes",
            "gen/** linguist-generated\n*.inc linguist-language=PHP\nvendor/** -linguist-vendored\n",
        ),
        ("gen/a.py", ""),
        ("gen/sub/.gitattributes", "b.py -linguist-generated\n"),
        ("gen/sub/b.py", ""),
        ("vendor/ours.py", ""),
        ("x.inc", ""),
    ]);
    let found = tree.discover(&Options::default());
    let file = |path: &str| found.files.iter().find(|f| f.path.as_str() == path).unwrap();
    assert!(file("gen/a.py").class.generated);
    assert!(!file("gen/sub/b.py").class.generated);
    assert!(!file("vendor/ours.py").class.vendored);
    assert_eq!(file("x.inc").language.as_deref(), Some("PHP"));
}

#[test]
fn hostile_ignore_files_cost_little() {
    let line = "**/*a*b*c*/**/?[a-z]*\n";
    let tree = Tree::new(&[(".gitignore", &line.repeat((1 << 20) / line.len())), ("other/.gitignore", "")]);
    let different: String = (0..60_000).map(|i| format!("**/*a{i}*/**\n")).collect();
    tree.write("wild/.gitignore", &different);
    let literal: String = (0..60_000).map(|i| format!("/some/file/{i}.c\n")).collect();
    tree.write("literal/.gitignore", &literal);
    tree.write("huge/.gitignore", &"x\n".repeat(2 << 20));
    tree.write("literal/some/file/59999.c", "");
    for i in 0..300 {
        tree.write(format!("wild/f{i}.py"), "");
    }
    let start = Instant::now();
    let found = discover(&tree.root(), &Options::default(), &|_| {});
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(found.files.len(), 300);
    let places: Vec<&str> = found.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(places, [".gitignore", "huge/.gitignore", "wild/.gitignore"]);
}

#[test]
fn the_global_file_is_found_as_git_finds_it() {
    // The environment of this process is shared by its tests, so a child process has its own.
    if std::env::var_os("LODEMAP_TEST_CHILD").is_some() {
        println!("global={}", global_ignore_file().unwrap().display());
        return;
    }
    let tree = Tree::new(&[
        ("home/.gitconfig", "[core]\n\texcludesFile = ~/mine\n"),
        ("alone", "[user]\n\tname = x\n[core]\n\texcludesfile=/abs/ignore\n"),
        ("xdg/git/ignore", ""),
    ]);
    let ask = |variables: &[(&str, PathBuf)]| {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_global_file_is_found_as_git_finds_it", "--nocapture"])
            .env_remove("GIT_CONFIG_GLOBAL")
            .env_remove("XDG_CONFIG_HOME")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("LODEMAP_TEST_CHILD", "1")
            .envs(variables.iter().cloned())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        PathBuf::from(text.split("global=").nth(1).unwrap().lines().next().unwrap())
    };
    let at = |path: &str| tree.top.join(path);
    assert_eq!(ask(&[("HOME", at("home"))]), at("home/mine"));
    assert_eq!(ask(&[("HOME", at("home")), ("GIT_CONFIG_GLOBAL", at("alone"))]), Path::new("/abs/ignore"));
    assert_eq!(ask(&[("HOME", at("")), ("XDG_CONFIG_HOME", at("xdg"))]), at("xdg/git/ignore"));
}

#[test]
fn folders_deeper_than_any_path() {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, open, openat};
    let tree = Tree::new(&[("a.py", "")]);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut at = open(&tree.top, flags, Mode::empty()).unwrap();
    for _ in 0..3000 {
        mkdirat(&at, "d", Mode::RWXU).unwrap();
        at = openat(&at, "d", flags, Mode::empty()).unwrap();
    }
    let found = discover(&tree.root(), &Options::default(), &|_| {});
    assert_eq!(found.files.len(), 1);
    assert_eq!((found.skipped.len(), found.skipped[0].reason), (1, SkipReason::Unreadable));
    // The ordinary way of removing a tree cannot reach the end of this one.
    let aside = tree.top.join("../aside");
    let mut left = 3000;
    while left > 0 {
        let step = left.min(1000);
        let mut fd = open(&tree.top, flags, Mode::empty()).unwrap();
        for _ in 0..step {
            fd = openat(&fd, "d", flags, Mode::empty()).unwrap();
        }
        if rustix::fs::renameat(&fd, "d", CWD, &aside).is_err() {
            break;
        }
        fs::remove_dir_all(tree.top.join("d")).unwrap();
        fs::rename(&aside, tree.top.join("d")).unwrap();
        left -= step;
    }
}

#[test]
fn progress_ends_at_the_number_of_files() {
    let names: Vec<String> = (0..50).map(|i| format!("d{}/f{i}.py", i % 7)).collect();
    let tree = Tree::new(&names.iter().map(|n| (n.as_str(), "")).collect::<Vec<_>>());
    let most = std::sync::atomic::AtomicUsize::new(0);
    let progress = |n| _ = most.fetch_max(n, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(discover(&tree.root(), &Options::default(), &progress).files.len(), 50);
    assert_eq!(most.into_inner(), 50);
}
