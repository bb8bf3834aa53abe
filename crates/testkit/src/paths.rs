//! Which arguments would lead out of a repository, if anything would?
//!
//! For every surface that takes paths, names or places. Nothing here touches the disk: who asks makes the folders.

use crate::random::Rng;

/// Stands in files outside of the repository only, and in no path that is asked for.
pub const SECRET: &str = "zq_secret_of_the_neighbour";

/// Where the traps stand, as text.
pub struct Traps<'a> {
    /// The root, absolute. It has `app.py`, `src/pool.py`, the links `link.py`, `src/relative.py` and `folder`, and may
    /// have a pipe `pipe.py`.
    pub root: &'a str,
    /// A folder beside the root with `secret.py`, absolute. The root is `repo`, this `outside`, and `repo-twin` is
    /// another.
    pub outside: &'a str,
}

/// So many at least.
pub const HOSTILE: usize = 560;

/// The known tricks, and random mixtures of their parts.
pub fn hostile_paths(traps: &Traps<'_>, random: &mut Rng) -> Vec<String> {
    let Traps { root, outside } = traps;
    let mut out: Vec<String> = KNOWN.iter().map(|path| (*path).to_owned()).collect();
    for path in [
        "../outside/secret.py",
        "/link.py",
        "/folder",
        "/folder/secret.py",
        "/folder/../folder/secret.py",
        "/src/relative.py",
        "/pipe.py",
        "/./",
        "/..",
        "-twin",
        "-twin/secret.py",
        "/.git/config",
        "\0/secret.py",
    ] {
        let between = if path.starts_with("..") { "/" } else { "" };
        out.push(format!("{root}{between}{path}"));
    }
    let secret = format!("{outside}/secret.py");
    for path in [
        outside.to_string(),
        secret.clone(),
        format!("//{secret}"),
        format!("{secret}/"),
        format!("{secret}:1"),
        format!("{secret}:1:5"),
        format!("{secret}#zq"),
        format!("file://{secret}"),
        secret.replace('/', "%2f"),
        secret.replace('/', "\\"),
        secret.replace('/', "\u{2215}"),
        secret.replace('/', "\\x2f"),
        format!("/proc/self/root{secret}"),
        format!("/proc/thread-self/cwd/..{secret}"),
    ] {
        out.push(path);
    }
    out.push("../".repeat(500) + "etc/passwd");
    out.push("src/".to_owned() + &"../".repeat(40) + secret.trim_start_matches('/'));
    out.push("a/".repeat(5000) + "b");
    out.push("x".repeat(1 << 20));
    out.push("\u{10ffff}".repeat(1000));
    let mixed = [root, outside].into_iter().chain(PARTS);
    let parts: Vec<&str> = mixed.copied().collect();
    while out.len() < HOSTILE {
        let count = 1 + random.below(8);
        out.push((0..count).map(|_| *random.pick(&parts)).collect());
    }
    out
}

/// Whether an answer holds what no answer may: the secret, or what stands in files that every system has.
pub fn leaks(answer: &str) -> bool {
    [SECRET, "root:x:", "PATH=/"].iter().any(|secret| answer.contains(secret))
}

const PARTS: &[&str] = &[
    "..",
    ".",
    "/",
    "//",
    "\\",
    "outside",
    "secret.py",
    "folder",
    "link.py",
    "pipe.py",
    "src",
    "app.py",
    "%2e",
    "%2f",
    "\0",
    "\u{202e}",
    "repo",
    "-twin",
    ":1",
    ":1:1",
    "#",
    "Pool",
    "*",
    "~",
    "\\x2e",
    " ",
    "é",
    "\u{2024}",
    "etc",
    "passwd",
    "proc",
    "self",
];

const KNOWN: &[&str] = &[
    // Folders.
    "",
    ".",
    "..",
    "/",
    "//",
    "../..",
    "./..",
    "...",
    ". .",
    ".. ",
    " ..",
    "..;",
    "~",
    "~root",
    "$HOME",
    "%HOME%",
    // Upwards.
    "../outside/secret.py",
    "./../outside/secret.py",
    "src/../../outside/secret.py",
    "app.py/../../outside/secret.py",
    "....//outside/secret.py",
    "..././outside/secret.py",
    "../repo-twin/secret.py",
    "../repo/../outside/secret.py",
    "..//outside//secret.py",
    ".//..//outside/secret.py",
    "../OUTSIDE/secret.py",
    // Through links.
    "folder",
    "folder/",
    "folder/secret.py",
    "folder/./secret.py",
    "folder/../app.py",
    "folder/../outside/secret.py",
    "folder/*",
    "link.py",
    "./link.py",
    "link.py/",
    "link.py:1",
    "link.py:1:5",
    "link.py#zq",
    "src/relative.py",
    "src/../link.py",
    // Encoded.
    "..%2foutside%2fsecret.py",
    "%2e%2e/outside/secret.py",
    "%2e%2e%2foutside%2fsecret.py",
    "%252e%252e%252foutside%252fsecret.py",
    "..%c0%afoutside%c0%afsecret.py",
    "..%ef%bc%8foutside",
    "..%00/outside/secret.py",
    "%u002e%u002e/outside/secret.py",
    "&#46;&#46;/outside/secret.py",
    "\\x2e\\x2e\\x2foutside",
    "\\x2e\\x2e/outside/secret.py",
    "\\u002e\\u002e/outside/secret.py",
    // Other separators and look-alikes.
    "..\\outside\\secret.py",
    "src\\..\\..\\outside\\secret.py",
    "..\u{2215}outside\u{2215}secret.py",
    "..\u{2044}outside\u{2044}secret.py",
    "..\u{ff0f}outside\u{ff0f}secret.py",
    "..\u{29f8}outside",
    "\u{ff0e}\u{ff0e}/outside/secret.py",
    "\u{2024}\u{2024}/outside/secret.py",
    "\u{2025}/outside/secret.py",
    "\u{2026}/outside/secret.py",
    ".\u{200b}./outside/secret.py",
    ".\u{301}./outside/secret.py",
    "..\u{202e}/outside/secret.py",
    "\u{feff}../outside/secret.py",
    "\u{feff}app.py",
    // NUL and other controls.
    "\0",
    "app.py\0",
    "app.py\0../outside/secret.py",
    "../outside/secret.py\0.py",
    "\n",
    "a\nb",
    "\r\n",
    "\t",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{7f}",
    "\u{2028}",
    // The system's own.
    "/etc/passwd",
    "/etc/shadow",
    "/etc/../etc/passwd",
    "//etc/passwd",
    "/proc/self/environ",
    "/proc/self/cmdline",
    "/proc/self/maps",
    "/proc/self/mem",
    "/proc/self/cwd",
    "/proc/self/root/etc/passwd",
    "/proc/self/fd/0",
    "/proc/1/environ",
    "/proc/kcore",
    "/dev/zero",
    "/dev/null",
    "/dev/random",
    "/dev/tty",
    "/dev/stdin",
    "/dev/fd/0",
    "/sys/kernel/notes",
    "/etc/ssh/ssh_host_rsa_key",
    "/var/run/docker.sock",
    "/tmp",
    "pipe.py",
    "pipe.py:1:1",
    // Other systems.
    "C:\\secret",
    "C:secret",
    "\\\\server\\share",
    "\\\\?\\C:\\secret",
    "\\\\.\\pipe\\x",
    "con",
    "nul",
    "aux.py",
    "app.py::$DATA",
    "app.py.",
    "APP.PY",
    // Addresses.
    "file:///etc/passwd",
    "file:app.py",
    "http://localhost/",
    "data:text/plain,x",
    "git://x/y",
    "ssh://-oProxyCommand=id/x",
    // Places and names.
    "app.py:1:1:1",
    "app.py:0",
    "app.py:0:0",
    "app.py:-1",
    "app.py:1:99999999999999999999",
    "app.py:99999999999999999999",
    "app.py:1e9",
    "#",
    "##",
    "src/pool.py#",
    "#Pool",
    "src/pool.py#Pool#Pool",
    "::",
    "Pool::",
    ".Pool",
    "Pool.",
    // Shells and options.
    "--help",
    "-C",
    "-",
    "--",
    "-oProxyCommand=id",
    "--output=x",
    "`id`",
    "$(id)",
    ";id",
    "|id",
    "&id",
    "> x",
    "'",
    "\"",
    // Patterns.
    "*",
    "**",
    "../**",
    "/**",
    "{..,.}/**",
    "[",
    "[!a]*",
    "[.][.]/**",
    "{",
    "{{{{{{{{",
    "(",
    ")",
    "?",
    "\\",
    "\\x",
    "\\x00",
    "\\xff",
    // What is there, otherwise.
    "app.py/",
    "app.py//",
    "/app.py",
    "app.py/.",
    "app.py/..",
    ".git",
    ".git/config",
    ".git/../../outside/secret.py",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn they_are_many_and_the_same_for_a_seed() {
        let traps = Traps { root: "/r/repo", outside: "/r/outside" };
        let paths = hostile_paths(&traps, &mut Rng::new(7));
        assert!(paths.len() >= HOSTILE && paths == hostile_paths(&traps, &mut Rng::new(7)));
        let different: BTreeSet<&String> = paths.iter().collect();
        assert!(different.len() >= 500, "only {} are different", different.len());
        assert!(!paths.iter().any(|path| leaks(path)), "a question gives the answer away");
        for part in [
            "/r/outside/secret.py",
            "/r/repo/../outside/secret.py",
            "/r/repo-twin/secret.py",
            "/r/repo/link.py",
        ] {
            assert!(different.contains(&part.to_owned()), "{part}");
        }
    }

    #[test]
    fn a_leak_is_noticed() {
        assert!(!leaks("outside/secret.py is not indexed"));
        assert!(leaks(&format!("def {SECRET}(): pass")) && leaks("root:x:0:0"));
    }
}
