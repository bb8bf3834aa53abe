//! `lodemap daemon`: keep repositories open, for all who ask.

use crate::daemon::spawn;
use crate::event_log::event_log;
use crate::exit::{Failure, IO, Outcome, USAGE};
use crate::session::Session;
use clap::{Args, ValueEnum};
use lodemap_daemon::{
    Client, DEFAULT_IDLE, DEFAULT_MEMORY, DEFAULT_REPOSITORIES, ENDLESS, Hello, Place, ServeError,
    ServeOptions, serve,
};
use lodemap_host::OpenOptions;
use lodemap_wire::{Response, SCHEMA};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

/// Keep repositories open and fresh, for all who ask
///
/// One daemon a user, for many repositories and many clients. Commands that answer use it where one runs, and say the
/// same as without it; programs ask it over a socket (docs/daemon.md). `start` starts one in the background, and has one
/// of another version hand over; `run` stays in the foreground; `stop` lets it finish what was asked and save; `status`
/// tells which repositories it holds, and exits with 1 where none runs. It leaves by itself when nobody was there for
/// long.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # From here on, questions are answered at once
  lodemap daemon start
  # What it holds, for a program
  lodemap daemon status --json | jq '.repositories'
  # In the foreground, for a service manager
  lodemap daemon run --idle 0")]
pub(crate) struct Daemon {
    /// What to do
    #[arg(value_name = "ACTION")]
    action: Action,

    /// Leave when nobody was there for so many seconds; 0 for never
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_IDLE.as_secs())]
    idle: u64,

    /// Keep at most so many repositories open
    #[arg(long, value_name = "N", default_value_t = DEFAULT_REPOSITORIES as u64)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1000))]
    repositories: u64,

    /// Close repositories that hold more than so many megabytes together
    #[arg(long, value_name = "MB", default_value_t = DEFAULT_MEMORY >> 20)]
    memory: u64,

    /// Write each new state of a repository into a file too, a line of JSON each
    ///
    /// Outside of all repositories. At 64 MB it begins anew, and what there was is kept once, with `.1` behind its name.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    event_log: Option<PathBuf>,

    /// Go on when the terminal is closed
    #[arg(long, hide = true)]
    detached: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Stay in the foreground until told to leave
    Run,
    /// Start one in the background
    Start,
    /// Have it finish, save and leave
    Stop,
    /// Tell what it holds
    Status,
}

/// So long is waited for one to come or to go.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// What `start` and `stop` say.
#[derive(Serialize)]
struct Said {
    running: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    socket: String,
    /// Whether it was otherwise before.
    changed: bool,
}

impl Daemon {
    /// Whether it ends by itself when it is interrupted.
    pub(crate) fn is_run(&self) -> bool {
        matches!(self.action, Action::Run)
    }

    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let place = Place::of_user();
        match self.action {
            Action::Run => self.serve(session, &place),
            Action::Start => self.start(session, &place),
            Action::Stop => stop(session, &place),
            Action::Status => status(session, &place),
        }
    }

    fn serve(&self, session: &Session, place: &Place) -> Result<Outcome, Failure> {
        // Before the folder that its path may be relative to is another.
        let event_log = self.event_log.as_deref().map(|log| event_log(log, None)).transpose()?;
        if self.detached {
            // A process that leads a group already has no terminal to lose.
            _ = rustix::process::setsid();
            _ = rustix::process::chdir("/");
        }
        let options = ServeOptions {
            event_log,
            open: OpenOptions { root: None, ..session.open_options() },
            idle: if self.idle == 0 { Duration::MAX } else { Duration::from_secs(self.idle) },
            repositories: usize::try_from(self.repositories).unwrap_or(DEFAULT_REPOSITORIES),
            memory: self.memory.saturating_mul(1 << 20),
            ..ServeOptions::default()
        };
        let ready = || session.out.note(&format!("listening at {}", place.socket().display()));
        serve(place, &options, ready)?;
        Ok(Outcome::Answered)
    }

    fn start(&self, session: &mut Session, place: &Place) -> Result<Outcome, Failure> {
        place.prepare().map_err(ServeError::from)?;
        let ours = Hello::of_this_program(None, 0);
        let running = Client::connect(place);
        if let Some(client) = &running
            && client.hello.is_same_program(&ours)
        {
            return say(session, place, Some(client.hello.pid), false);
        }
        if let Some(other) = running {
            leave(other, place)?;
        }
        let mut options = vec![
            format!("--idle={}", self.idle),
            format!("--repositories={}", self.repositories),
            format!("--memory={}", self.memory),
        ];
        if let Some(path) = &self.event_log {
            // What is wrong with it is said here, and not in a log.
            event_log(path, None)?;
            let path = std::path::absolute(path).ok().and_then(|path| path.to_str().map(str::to_owned));
            let path =
                path.ok_or_else(|| Failure::usage("the event log's path is not UTF-8; give another"))?;
            options.push(format!("--event-log={path}"));
        }
        options.extend(session.common.jobs.map(|jobs| format!("--jobs={jobs}")));
        options.extend(session.common.no_cache.then(|| "--no-cache".to_owned()));
        options.extend(session.common.allow_root.then(|| "--allow-root".to_owned()));
        let failed = |e: std::io::Error| {
            failure(IO, format!("the daemon cannot be started ({e}); try `lodemap daemon run`"))
        };
        let child = spawn(place, &options).map_err(failed)?;
        let client = wait_for(place, child)?;
        say(session, place, Some(client.hello.pid), true)
    }
}

/// Waits until a daemon talks.
fn wait_for(place: &Place, mut child: Child) -> Result<Client, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(client) = Client::connect(place) {
            return Ok(client);
        }
        let has_ended = child.try_wait().ok().flatten().is_some();
        // Another one may have been quicker, and be on its way.
        if Instant::now() > deadline || has_ended && place.lock().is_ok_and(|lock| lock.is_some()) {
            let log = place.log().display().to_string();
            return Err(failure(
                IO,
                format!("the daemon did not start; {log} tells why, or `lodemap daemon run`"),
            ));
        }
        std::thread::sleep(LOOK);
    }
}

/// Has a daemon leave, and waits until it is gone.
fn leave(mut client: Client, place: &Place) -> Result<(), Failure> {
    // One that breaks off is leaving too.
    _ = client.call_while("stop", Map::new(), &ENDLESS);
    drop(client);
    let deadline = Instant::now() + PATIENCE;
    while place.lock().map_err(ServeError::from)?.is_none() {
        if Instant::now() > deadline {
            return Err(failure(75, "the daemon does not leave; end its process by hand".to_owned()));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

fn stop(session: &mut Session, place: &Place) -> Result<Outcome, Failure> {
    let Some(client) = Client::connect(place) else {
        say(session, place, None, false)?;
        return Ok(Outcome::NothingFound);
    };
    leave(client, place)?;
    say(session, place, None, true)
}

fn say(session: &mut Session, place: &Place, pid: Option<u32>, changed: bool) -> Result<Outcome, Failure> {
    let said = Said { running: pid.is_some(), pid, socket: place.socket().display().to_string(), changed };
    session.out.answer(0, &said, |said| match (said.pid, said.changed) {
        (Some(pid), true) => format!("started, process {pid}, at {}\n", said.socket),
        (Some(pid), false) => format!("runs already, process {pid}, at {}\n", said.socket),
        (None, true) => "stopped\n".to_owned(),
        (None, false) => "no daemon runs\n".to_owned(),
    })?;
    Ok(Outcome::Answered)
}

fn status(session: &mut Session, place: &Place) -> Result<Outcome, Failure> {
    let Some(mut client) = Client::connect(place) else {
        return Ok(session.nothing("no daemon runs; `lodemap daemon start` starts one"));
    };
    let json = client.call_while("daemon_status", Map::new(), &ENDLESS)?;
    let status: Value = serde_json::from_str(json.get()).unwrap_or_default();
    let text = Some(text(&status));
    let (stale, pending, found, note) = (false, 0, true, None);
    let response = Response { text, json: Some(json), generation: 0, stale, pending, found, note };
    debug_assert_eq!(status["schema"], SCHEMA);
    session.out.response(&response)?;
    Ok(Outcome::Answered)
}

/// The state of a daemon for people.
fn text(status: &Value) -> String {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let mb = |value: &Value| number(value) >> 20;
    let mut out = format!(
        "lodemap {}, process {}, for {} s at {}\n{} clients, {} requests waiting, {} running, {} answered; {} MB\n",
        status["version"].as_str().unwrap_or("?"),
        number(&status["pid"]),
        number(&status["uptime_seconds"]),
        status["socket"].as_str().unwrap_or("?"),
        number(&status["clients"]),
        number(&status["waiting"]),
        number(&status["running"]),
        number(&status["answered"]),
        mb(&status["memory"]["resident"]),
    );
    for repository in status["repositories"].as_array().into_iter().flatten() {
        let root = repository["root"].as_str().unwrap_or("?");
        let state = repository["state"].as_str().unwrap_or("?");
        out.push_str(&format!(
            "  {root}: {state}, {} files, generation {}, {} MB, unused for {} s\n",
            number(&repository["files"]),
            number(&repository["generation"]),
            mb(&repository["held_bytes"]),
            number(&repository["unused_seconds"]),
        ));
    }
    out
}

fn failure(code: u8, message: String) -> Failure {
    Failure { code, message: Some(message) }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let code = match &error {
            ServeError::Place(_) | ServeError::Listen { .. } | ServeError::Start(_) => IO,
            ServeError::Running => USAGE,
        };
        failure(code, error.to_string())
    }
}
