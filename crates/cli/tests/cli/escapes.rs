//! No path leads out of a repository: whatever is a link, a pipe or a device, nothing hangs, and no byte of what lies
//! outside comes into an answer or into what is stored.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::repo::{Repo, finish};

/// Longer than any of these may take, even in a build without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

/// A name that stands outside only. It is never found by chance.
const SECRET: &str = "zq_secret_of_the_neighbour";

/// Something to find in a good file, a secret beside the repository, and a place for traps.
fn trapped() -> (Repo, PathBuf) {
    let repo = Repo::new(&[("good.py", "import helper\n\n\ndef good():\n    return helper.help()\n")]);
    let outside = repo.root().parent().unwrap().join("outside");
    fs::create_dir_all(outside.join("info")).unwrap();
    let python = format!("def {SECRET}():\n    return {SECRET}\n");
    for file in ["secret.py", "__init__.py", "helper.py"] {
        fs::write(outside.join(file), &python).unwrap();
    }
    fs::write(outside.join("secret.rs"), format!("pub fn {SECRET}() {{}}\n")).unwrap();
    // As rules, as a manifest, as git's own files: bad ones, so that somebody might complain of what they say.
    fs::write(outside.join("rules"), format!("{SECRET}[\ngood.py\n[{SECRET}\n")).unwrap();
    fs::write(outside.join("info/exclude"), format!("{SECRET}[\n*.py\n[{SECRET}\n")).unwrap();
    fs::write(outside.join("Cargo.toml"), format!("[package]\nname = \"{SECRET}\"\n")).unwrap();
    fs::write(outside.join("index"), format!("DIRC{SECRET}")).unwrap();
    fs::write(outside.join("config"), format!("[core]\n\t{SECRET} = 1\n")).unwrap();
    (repo, outside)
}

/// Asks everything, and gives all that was said.
fn everything(repo: &Repo) -> String {
    ask(
        repo,
        &[
            &["map", "--tokens", "20000"][..],
            &["map", "--json"],
            &["index"],
            &["status"],
            &["status", "--json"],
            &["symbols", "--json"],
            &["export", "facts"],
            &["export", "dump"],
            &["export", "edges"],
            &["export", "scip"],
            &["deps", "good.py", "--json"],
            &["outline", "good.py"],
            &["impact", "good.py", "--json"],
            &["status", "--why", "good.py"],
            &["status", "--why", "trap.py"],
            &["verify"],
        ],
    )
}

fn ask(repo: &Repo, questions: &[&[&str]]) -> String {
    let started = Instant::now();
    let mut said = String::new();
    for args in questions {
        let output = repo.command(args).output().unwrap();
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    said
}

/// Checks that the good file is known, and nothing from outside: neither in what is said, nor in what is stored.
fn check(repo: &Repo, what: &str) {
    let said = everything(repo);
    assert!(said.contains("def good"), "{what}: the good file is missing:\n{said}");
    assert!(!said.contains(SECRET), "{what}: {}", said.lines().find(|l| l.contains(SECRET)).unwrap());
    let stored = files(&repo.home());
    assert!(!stored.is_empty());
    for file in stored {
        let bytes = fs::read(&file).unwrap();
        assert!(!contains(&bytes, SECRET.as_bytes()), "{what}: {}", file.display());
    }
    // Values are compressed, so they are counted too: facts are found by contents, and each is that of a file inside.
    let facts = repo.text(&["export", "facts"]);
    let state = &repo.json(&["status"])["cache"];
    assert_eq!(
        state["entries"].as_u64().unwrap() as usize,
        facts.lines().count(),
        "{what}: facts are stored of something that is not in the repository"
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => out.extend(files(&entry.path())),
            false => out.push(entry.path()),
        }
    }
    out
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

fn fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn links_to_files_and_folders() {
    let (repo, outside) = trapped();
    let root = repo.root();
    fs::create_dir(root.join("in")).unwrap();
    symlink(outside.join("secret.py"), root.join("trap.py")).unwrap();
    symlink("../outside/secret.py", root.join("up.py")).unwrap();
    symlink("../../outside/secret.rs", root.join("in/up.rs")).unwrap();
    symlink(&outside, root.join("folder")).unwrap();
    symlink("../outside", root.join("helper")).unwrap();
    symlink("..", root.join("in/loop")).unwrap();
    symlink("up.py", root.join("twice.py")).unwrap();
    symlink("/proc/self/root", root.join("root")).unwrap();
    symlink("/proc/self/cwd", root.join("cwd")).unwrap();
    symlink("/proc/self/environ", root.join("environ.py")).unwrap();
    symlink("/dev/zero", root.join("zero.py")).unwrap();
    symlink("/dev/stdin", root.join("stdin.py")).unwrap();
    // The import leads to where the link stands, and no further.
    symlink(outside.join("helper.py"), root.join("helper.py")).unwrap();
    check(&repo, "links");
    for (path, target) in [("trap.py", "a symbolic link"), ("folder/secret.py", "symbolic link")] {
        let why = repo.run(&["status", "--why", path]);
        assert!(why.out.contains(target), "{path}: {why:?}");
    }
    // A hard link is a file of the repository, whatever other names it has.
    fs::hard_link(outside.join("secret.py"), root.join("hard.py")).unwrap();
    assert!(everything(&repo).contains(SECRET), "the checks find a secret where there is one");
}

#[test]
fn everything_that_is_read_beside_the_sources() {
    for name in [
        ".gitignore",
        ".ignore",
        ".lodemapignore",
        ".gitattributes",
        "lodemap.toml",
        "Cargo.toml",
        "pyproject.toml",
        ".git/info/exclude",
        ".git/index",
        ".git/config",
        ".git/commondir",
        ".git/HEAD",
        "in/.gitignore",
        "in/Cargo.toml",
    ] {
        for kind in ["link", "pipe", "folder link"] {
            let (repo, outside) = trapped();
            let trap = repo.root().join(name);
            fs::create_dir_all(trap.parent().unwrap()).unwrap();
            let target = match Path::new(name).file_name().and_then(|n| n.to_str()).unwrap() {
                "Cargo.toml" | "pyproject.toml" | "lodemap.toml" => "Cargo.toml",
                "index" => "index",
                "config" => "config",
                "exclude" => "info/exclude",
                _ => "rules",
            };
            match kind {
                "link" => symlink(outside.join(target), &trap).unwrap(),
                "pipe" => fifo(&trap),
                _ => symlink(&outside, &trap).unwrap(),
            }
            let said = ask(
                &repo,
                &[&["map"], &["status", "--json"], &["status", "--why", "good.py"], &["export", "dump"]],
            );
            assert!(!said.contains(SECRET), "{name}, a {kind}: {said}");
            assert!(said.contains("def good"), "{name}, a {kind}: {said}");
        }
    }
}

#[test]
fn a_git_folder_that_is_none() {
    type Trap = fn(&Path, &Path);
    let traps: [(&str, Trap); 6] = [
        ("a link", |git, outside| symlink(outside, git).unwrap()),
        ("a link to a file", |git, outside| symlink(outside.join("rules"), git).unwrap()),
        ("a pipe", |git, _| fifo(git)),
        ("a pointer out", |git, outside| {
            fs::write(git, format!("gitdir: {}\n", outside.display())).unwrap();
        }),
        ("a pointer to a file", |git, outside| {
            fs::write(git, format!("gitdir: {}/rules\n", outside.display())).unwrap();
        }),
        ("a folder that shares another's", |git, outside| {
            fs::create_dir(git).unwrap();
            fs::write(git.join("commondir"), format!("{}\n", outside.display())).unwrap();
        }),
    ];
    for (what, trap) in traps {
        let (repo, outside) = trapped();
        let git = repo.root().join(".git");
        fs::remove_dir_all(&git).unwrap();
        trap(&git, &outside);
        check(&repo, what);
    }
}

#[test]
fn pipes_sockets_and_folders_with_names_of_files() {
    let (repo, _) = trapped();
    let root = repo.root();
    fifo(&root.join("trap.py"));
    fifo(&root.join("no_extension"));
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.rs")).unwrap();
    fs::create_dir(root.join("folder.py")).unwrap();
    fs::write(root.join("folder.py/inner.py"), "def inner(): pass\n").unwrap();
    // Only a superuser can make a device, and not in every sandbox.
    let made =
        std::process::Command::new("mknod").args(["device.py", "c", "1", "5"]).current_dir(&root).output();
    drop(made);
    check(&repo, "pipes");
    assert!(everything(&repo).contains("inner"));
}

#[test]
fn a_diff_names_what_it_likes() {
    let (repo, outside) = trapped();
    symlink(outside.join("secret.py"), repo.root().join("trap.py")).unwrap();
    let names = ["trap.py", "../outside/secret.py", "/etc/passwd", "good.py", ".git/config"];
    let diff: String = names.iter().map(|n| format!("--- a/{n}\n+++ b/{n}\n@@ -1 +1 @@\n-a\n+b\n")).collect();
    let file = repo.root().parent().unwrap().join("diff");
    fs::write(&file, diff).unwrap();
    for more in [&[][..], &["--json"]] {
        let args = [&["impact", "--diff", "-"][..], more].concat();
        let mut command = repo.command(&args);
        command.stdin(fs::File::open(&file).unwrap());
        let run = finish(command);
        assert!(!run.out.contains(SECRET) && !run.err.contains(SECRET), "{run:?}");
        assert!(!run.out.contains("root:"), "{run:?}");
    }
}

/// A file and a folder that become links between two looks, thousands of times.
#[test]
fn what_is_swapped_between_discovery_and_reading() {
    let (repo, outside) = trapped();
    let root = repo.root();
    fs::create_dir(root.join("sub")).unwrap();
    for i in 0..50 {
        fs::write(root.join(format!("sub/secret{i}.py")), "def inside(): pass\n").unwrap();
        fs::copy(outside.join("secret.py"), outside.join(format!("secret{i}.py"))).unwrap();
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let put = |name: &str, make: &dyn Fn(&Path)| {
                let beside = root.with_file_name("beside");
                make(&beside);
                // Replaced in one step: there is always something.
                fs::rename(&beside, root.join(name)).unwrap();
            };
            while !stop.load(Ordering::Relaxed) {
                put("swapped.py", &|at| symlink(outside.join("secret.py"), at).unwrap());
                put("swapped.py", &|at| fs::write(at, "def inside(): pass\n").unwrap());
                fs::rename(root.join("sub"), root.with_file_name("kept")).unwrap();
                symlink(&outside, root.join("sub")).unwrap();
                fs::remove_file(root.join("sub")).unwrap();
                fs::rename(root.with_file_name("kept"), root.join("sub")).unwrap();
            }
        });
        let runs = std::env::var("LODEMAP_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(1) * 40;
        let swapped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..runs {
                let run = repo.run(&["export", "facts"]);
                assert_eq!(run.code, Some(0), "{run:?}");
                assert!(!run.out.contains(SECRET) && !run.err.contains(SECRET), "{run:?}");
            }
        }));
        stop.store(true, Ordering::Relaxed);
        swapped.unwrap();
    });
    for file in files(&repo.home()) {
        assert!(!contains(&fs::read(&file).unwrap(), SECRET.as_bytes()), "{}", file.display());
    }
    // Two contents are inside, whatever happened; stored facts are found by contents.
    let state = &repo.json(&["status"])["cache"];
    assert!(state["entries"].as_u64().unwrap() <= 2, "{state}");
}
