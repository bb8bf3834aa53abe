//! What a process shows to others: where it listens, what it writes and for whom, what it starts, and what it calls.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::daemon::Bed;
use crate::repo::{Repo, finish};
use crate::web::Web;

/// The addresses at which a process listens, as the system writes them.
fn listens_at(pid: u64) -> Vec<String> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let links: Vec<String> =
        links.filter_map(|fd| Some(fs::read_link(fd.path()).ok()?.display().to_string())).collect();
    let mut out = vec![];
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let rows = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for row in rows.lines().skip(1) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let (address, state, inode) = (columns[1], columns[3], columns[9]);
            let is_open = table.starts_with("udp") || state == "0A";
            if is_open && links.contains(&format!("socket:[{inode}]")) {
                out.push(format!("{table} {}", address.split(':').next().unwrap()));
            }
        }
    }
    out
}

#[test]
fn it_listens_at_this_machine_alone() {
    let bed = Bed::new();
    let pid = bed.start();
    bed.json(&["map"]);
    assert_eq!(listens_at(pid), [""; 0], "a daemon needs no port");
    let web = Web::start(&bed, &[]);
    assert_eq!(listens_at(web.pid()), ["tcp 0100007F"]);
    drop(web);
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let run = bed.run(&["serve", "--http", address]);
        assert!(run.code == Some(2) && run.err.contains("--allow-remote"), "{run:?}");
    }
}

#[test]
fn the_token_is_shown_to_nobody() {
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    web.send("POST /v1/map", &[], "{}");
    web.send("POST /v1/map", &[("Authorization", "Bearer wrong")], "{}");
    let token = web.token();
    assert!(token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()), "256 bits");
    let of_process = |what: &str| {
        let bytes = fs::read(format!("/proc/{}/{what}", web.pid())).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    for what in ["cmdline", "environ"] {
        assert!(!of_process(what).contains(token), "{what}");
    }
    for (what, body) in
        [("GET /openapi.json", ""), ("GET /metrics", ""), ("GET /nope", ""), ("POST /v1/status", "{}")]
    {
        let (_, said) = web.send(what, &[], body);
        assert!(!said.contains(token), "{what}: {said}");
    }
    let mut holders = vec![];
    everything(&bed.repo.home(), &mut |path| {
        if fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(token)) {
            holders.push(path.to_owned());
        }
    });
    assert_eq!(holders, [bed.repo.home().join("r/lodemap/token")]);
}

/// All that is no folder below one.
fn everything(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => everything(&entry.path(), each),
            kind if kind.is_file() => each(&entry.path()),
            _ => {}
        }
    }
}

/// The same command where whatever is made is open to all.
fn careless(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(command.get_current_dir().unwrap()).stdin(Stdio::null());
    shell
}

#[test]
fn what_is_kept_is_private_whatever_the_umask() {
    let bed = Bed::new();
    for args in
        [&["index"][..], &["search", "acquire", "--no-daemon"], &["daemon", "start"], &["search", "acquire"]]
    {
        let run = finish(careless(&bed.command(args)));
        assert_eq!(run.code, Some(0), "{args:?}: {run:?}");
    }
    bed.run(&["daemon", "stop"]);
    let home = bed.repo.home();
    let mut files = 0;
    everything(&home, &mut |path| {
        files += 1;
        // Either nobody else can read it, or nobody else comes as far.
        let is_private = |path: &Path| fs::metadata(path).unwrap().mode() & 0o077 == 0;
        let above = path.ancestors().skip(1).take_while(|folder| *folder != home);
        assert!(
            is_private(path) || above.into_iter().any(is_private),
            "{} can be read by others",
            path.display()
        );
    });
    assert!(files > 3, "{files}");
}

/// A process that does not outlive its test, also where that fails.
struct Ends(std::process::Child);

impl Drop for Ends {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
fn names_cannot_write_lines_of_a_log() {
    let bed = Bed::new();
    let evil = "src/x\nerror: all is lost\u{1b}[31m\r\u{202e}.py";
    bed.repo.write(evil, b"def evil(): pass\n");
    let broken = "src/y\nerror: all is lost.py";
    bed.repo.write(broken, b"def \xff\xfe(:\n");
    fs::set_permissions(bed.repo.root().join(broken), fs::Permissions::from_mode(0o000)).unwrap();
    bed.start();
    let mut command = bed.command(&["serve", "--http", "0", "--json"]);
    let log = bed.repo.home().join("serve.log");
    let server = command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
    let mut server = Ends(server);
    for args in [
        &["map"][..],
        &["status"],
        &["status", "--why", evil],
        &["outline", evil],
        &["def", "evil\nerror: all is lost"],
        &["impact", "--diff", "a\nerror: all is lost"],
        &["verify"],
    ] {
        let run = bed.run(args);
        let is_one = run
            .err
            .lines()
            .all(|line| !line.starts_with("error: all") && !line.contains(['\u{1b}', '\u{202e}']));
        assert!(is_one, "{args:?}: {run:?}");
        assert!(!run.out.lines().any(|line| line.starts_with("error: all")), "{args:?}: {run:?}");
        assert!(!run.out.contains(['\u{1b}', '\r', '\u{202e}']), "{args:?}: {run:?}");
    }
    bed.until("it says who may ask", || fs::read_to_string(&log).unwrap().contains("token"));
    let pid = rustix::process::Pid::from_child(&server.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    server.0.wait().unwrap();
    for said in [bed.log(), fs::read_to_string(&log).unwrap()] {
        assert!(!said.contains("all is lost") && !said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
    }
}

/// A repository in which everything is a trap for whoever runs what it says.
fn booby_trapped(repo: &Repo, marker: &Path) {
    let touch = format!("touch {}", marker.display());
    let script = format!("#!/bin/sh\n{touch}\n");
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").args(args).current_dir(repo.root());
        command.stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "git {args:?}");
    };
    fs::remove_dir_all(repo.root().join(".git")).unwrap();
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]);
    for (key, value) in [
        ("core.fsmonitor", touch.as_str()),
        ("core.sshCommand", &touch),
        ("core.editor", &touch),
        ("core.pager", &touch),
        ("core.alternateRefsCommand", &touch),
        ("diff.external", &touch),
        ("filter.x.clean", &touch),
        ("filter.x.smudge", &touch),
        ("filter.x.process", &touch),
        ("alias.diff", &format!("!{touch}")),
        ("alias.log", &format!("!{touch}")),
    ] {
        git(&["config", key, value]);
    }
    for hook in
        ["post-index-change", "pre-auto-gc", "fsmonitor-watchman", "reference-transaction", "post-checkout"]
    {
        repo.write(&format!(".git/hooks/{hook}"), script.as_bytes());
        fs::set_permissions(repo.root().join(".git/hooks").join(hook), fs::Permissions::from_mode(0o755))
            .unwrap();
    }
    repo.write(".gitattributes", b"*.py filter=x diff=x\n");
    repo.write(".envrc", script.as_bytes());
    repo.write(
        "build.rs",
        format!("fn main() {{ std::process::Command::new(\"touch\").arg({marker:?}); }}\n").as_bytes(),
    );
    repo.write(".cargo/config.toml", format!("[build]\nrustc = \"{}\"\n", touch.replace('"', "")).as_bytes());
    repo.write("setup.py", format!("import os; os.system({touch:?})\n").as_bytes());
    repo.write("lodemap.toml", format!("command = {touch:?}\n").as_bytes());
    repo.write("app.py", b"from src.pool import Pool\n\n\ndef main():\n    return Pool(4).acquire()\n");
}

/// The programs that a trace names, and the families of sockets.
fn traced(log: &str) -> (Vec<PathBuf>, Vec<&str>) {
    let programs = log.lines().filter(|line| line.contains("execve(") && line.ends_with("= 0"));
    let programs = programs.filter_map(|line| line.split('"').nth(1)).map(PathBuf::from).collect();
    let sockets = log.lines().filter_map(|line| line.split("socket(").nth(1));
    (programs, sockets.filter_map(|rest| rest.split(',').next()).collect())
}

/// Skipped with a message where there is no `strace`, or it may not trace.
#[test]
fn nothing_of_a_repository_is_run_and_nobody_is_called() {
    let bed = Bed::new();
    let marker = bed.repo.home().join("touched");
    booby_trapped(&bed.repo, &marker);
    let log = bed.repo.home().join("trace");
    let ours = assert_cmd::cargo::cargo_bin!("lodemap").canonicalize().unwrap();
    for args in [
        &["index"][..],
        &["map", "--no-daemon"],
        &["context", "--task", "Pool.acquire", "--no-daemon"],
        &["impact", "--diff", "HEAD", "--no-daemon"],
        &["status", "--no-daemon"],
        &["verify"],
        &["export", "scip"],
        &["doctor"],
    ] {
        let command = bed.command(args);
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-e", "trace=execve,socket", "-o"]).arg(&log);
        strace.arg(command.get_program()).args(command.get_args()).current_dir(bed.repo.root());
        command.get_envs().for_each(|(name, value)| match value {
            Some(value) => _ = strace.env(name, value),
            None => _ = strace.env_remove(name),
        });
        let ran = strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !ran.is_ok_and(|status| status.success())
            && !fs::read_to_string(&log).is_ok_and(|log| log.contains("execve"))
        {
            println!("skipped: strace is not there, or may not trace");
            return;
        }
        let log = fs::read_to_string(&log).unwrap();
        let (programs, families) = traced(&log);
        assert!(!programs.is_empty(), "{args:?}: {log}");
        for program in programs {
            let is_ours = program.canonicalize().is_ok_and(|program| program == ours)
                || program.starts_with("/proc/self/exe");
            let is_git = program.file_name().is_some_and(|name| name == "git");
            assert!(is_ours || is_git, "{args:?} ran {}", program.display());
        }
        assert!(families.iter().all(|family| *family == "AF_UNIX"), "{args:?}: {families:?}");
        assert!(!marker.exists(), "{args:?} ran what the repository says");
    }
}
