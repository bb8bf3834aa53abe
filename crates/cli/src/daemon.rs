//! Is there somebody who has read it all already?
//!
//! A daemon that runs answers where it would say what this process would: it must be the same program with the same
//! cache. In every doubt this process answers by itself.

use crate::common::Common;
use crate::output::Output;
use lodemap_daemon::{Client, ENDLESS, Hello, Place, Via};
use lodemap_wire::{Call, Problem, ProblemKind, Request, Response, Terms};
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// With any value but the empty one, no daemon is asked.
const NONE: &str = "LODEMAP_NO_DAEMON";
/// With `auto`, a daemon is started where none runs, for the commands after this one.
const HOW: &str = "LODEMAP_DAEMON";
/// A daemon that cannot keep up with what is written says so after this time.
const WAIT_MS: u64 = 30_000;

/// Asks a daemon; `None` where this process is to answer.
pub(crate) fn ask(
    (common, out): (&Common, &Output),
    cache: Option<&Path>,
    root: &Path,
    request: &Request,
    terms: &Terms,
) -> Option<Result<Response, Problem>> {
    if !is_wanted(common) {
        return None;
    }
    let place = Place::of_user();
    let Some(mut client) = Client::connect(&place) else {
        if is_automatic() {
            // It is ready for the next command; this one does not wait for it.
            _ = spawn(&place, &[]);
        }
        return None;
    };
    if !client.hello.is_twin_of(&Hello::of_this_program(cache, 0)) {
        return None;
    }
    let text = |path: &Path| path.to_str().map(str::to_owned);
    let terms = Terms {
        root: Some(text(&root.canonicalize().ok()?)?),
        cwd: Some(text(&std::env::current_dir().ok()?)?),
        wait_ms: Some(WAIT_MS),
        ..terms.clone()
    };
    use ProblemKind::{Index, Io, NotFound, Usage};
    match client.ask_while(&Call { request: request.clone(), terms }, &ENDLESS) {
        Ok(response) if response.stale => None,
        Ok(response) => Some(Ok(response)),
        Err(problem) if matches!(problem.kind, NotFound | Usage | Index | Io) => Some(Err(problem)),
        Err(problem) => {
            if problem.kind == ProblemKind::Late {
                out.note(&format!("{problem}, or give --no-daemon; this process answers by itself"));
            }
            None
        }
    }
}

/// How a daemon is reached for as long as somebody asks about one repository; `None` where this process is to answer.
pub(crate) fn via(common: &Common, cache: Option<&Path>, root: &Path) -> Option<Via> {
    if !is_wanted(common) {
        return None;
    }
    let (place, root) = (Place::of_user(), root.canonicalize().ok()?);
    root.to_str()?;
    let start = is_automatic().then(|| -> Box<dyn Fn() -> bool + Send + Sync> {
        let place = place.clone();
        Box::new(move || spawn(&place, &[]).is_ok())
    });
    Some(Via { place, hello: Hello::of_this_program(cache, 0), root, start })
}

/// Whether a daemon would say what this process is asked to.
fn is_wanted(common: &Common) -> bool {
    let is_special = common.no_daemon || common.no_cache || common.allow_root || common.jobs.is_some();
    !is_special && !is_unwanted()
}

/// Whether a daemon is to be started where there is none.
fn is_automatic() -> bool {
    std::env::var_os(HOW).is_some_and(|how| how == "auto")
}

/// Whether the environment says that no daemon is to be asked; nor is one where parsers are not our own.
fn is_unwanted() -> bool {
    std::env::var_os(NONE).is_some_and(|value| !value.is_empty())
        || std::env::var_os(crate::isolation::PROGRAM).is_some()
}

/// Starts a daemon that goes on when this process ends.
pub(crate) fn spawn(place: &Place, options: &[String]) -> io::Result<Child> {
    place.prepare().map_err(io::Error::other)?;
    let log = |place: &Place| place.new_log().map(File::into).unwrap_or_else(|_| Stdio::null());
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["daemon", "run", "--detached"]).args(options);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log(place));
    command.spawn()
}
