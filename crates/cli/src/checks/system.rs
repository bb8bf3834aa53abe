//! What does the system allow, and what is installed?

use super::Check;
use lodemap_answers::languages as known;
use lodemap_host::git_version;
use rustix::fs::inotify::{self, CreateFlags};
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::thread::available_parallelism;

/// A folder needs a watch each; large repositories have tens of thousands.
const WATCHES: u64 = 65_536;
/// A repository that is kept open needs an instance.
const INSTANCES: u64 = 64;
/// Events wait in a queue; where it is full, everything must be looked at again.
const EVENTS: u64 = 8_192;
/// Parsers in processes of their own, clients and packs of facts take some each.
const FILES: u64 = 512;

pub(super) fn version() -> Check {
    Check::fine("version", env!("CARGO_PKG_VERSION"))
}

/// Parsers and rules, by which facts are kept apart.
pub(super) fn languages() -> Check {
    let languages = known().languages;
    let each: Vec<String> = languages.iter().map(|l| format!("{} {}", l.name, l.version)).collect();
    Check::fine("grammars", each.join(", "))
}

pub(super) fn threads(jobs: Option<u16>) -> Check {
    const NAME: &str = "threads";
    match (jobs, available_parallelism()) {
        (Some(jobs), _) => Check::fine(NAME, format!("{jobs}, as --jobs says")),
        (None, Ok(n)) => Check::fine(NAME, n.to_string()),
        (None, Err(e)) => Check::amiss(NAME, format!("unknown: {e}"), "say how many to use with --jobs"),
    }
}

pub(super) fn git() -> Check {
    match git_version() {
        Ok(version) => Check::fine("git", version),
        Err(e) => Check::amiss("git", e.to_string(), "install git; without it `impact --diff` cannot answer"),
    }
}

/// What watching needs.
pub(super) fn inotify() -> Vec<Check> {
    let limit = |name: &'static str, key: &str, least: u64| {
        let path = format!("/proc/sys/fs/inotify/{key}");
        let text = fs::read_to_string(&path).ok();
        let Some(value) = text.and_then(|text| text.trim().parse::<u64>().ok()) else {
            return Check::amiss(
                name,
                "unknown",
                "mount /proc; without inotify, folders are looked at again and again",
            );
        };
        if value >= least {
            return Check::fine(name, value.to_string());
        }
        let advice = format!("run `sudo sysctl fs.inotify.{key}={}` and add it to /etc/sysctl.d", least * 8);
        Check::amiss(name, format!("{value}, and large repositories need {least} or more"), advice)
    };
    let mut out = vec![
        limit("inotify watches", "max_user_watches", WATCHES),
        limit("inotify instances", "max_user_instances", INSTANCES),
        limit("inotify queue", "max_queued_events", EVENTS),
    ];
    out.push(match inotify::init(CreateFlags::CLOEXEC) {
        Ok(_) => Check::fine("watching", "works"),
        Err(e) => Check::amiss(
            "watching",
            format!("cannot begin: {e}"),
            "close other programs that watch files, or raise fs.inotify.max_user_instances; until then files are polled",
        ),
    });
    out
}

pub(super) fn open_files() -> Check {
    const NAME: &str = "open files";
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < FILES => Check::amiss(
            NAME,
            format!("{limit}, and {FILES} or more are needed"),
            format!("run `ulimit -n {}` before", FILES * 8),
        ),
        Some(limit) => Check::fine(NAME, limit.to_string()),
        None => Check::fine(NAME, "no limit"),
    }
}
