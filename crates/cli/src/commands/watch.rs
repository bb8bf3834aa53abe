//! `lodemap watch`: keep the index fresh and tell of each change.

use crate::exit::{Failure, Outcome};
use crate::progress::Bar;
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_host::{Live, LiveOptions, NoProgress, Progress, Quiet, Update, Verified, WatchEvent};
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Keep the index fresh and tell of each change, until interrupted
///
/// The first event is `ready`; each later one is a new state: which files changed, how long each stage took, and
/// what had to be done. With --json one object a line, times in microseconds: `total` from the first read to the
/// publish, `wait` from the first sign of a change to that first read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # The repository around you
  lodemap watch
  # For a program, each state compared with one made from nothing
  lodemap watch --verify --json
  # Look as soon as something happens
  lodemap watch --quiet-window 0")]
pub(crate) struct Watch {
    /// The repository's root folder, as with --root
    #[arg(value_name = "ROOT", value_hint = ValueHint::DirPath)]
    repository: Option<PathBuf>,

    /// Compare each published state with a from-scratch build
    #[arg(long)]
    verify: bool,

    /// After a change, wait so many milliseconds for more
    #[arg(long, value_name = "MS", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=10_000))]
    quiet_window: u64,
}

impl Watch {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.root_argument(self.repository.as_ref())?;
        let quiet = Duration::from_millis(self.quiet_window);
        let longest = Quiet::default().longest.max(quiet);
        let quiet = Quiet { quiet, longest };
        let progress: Option<fn() -> Box<dyn Progress>> =
            if session.common.quiet { None } else { Some(|| Box::new(Bar::new(false))) };
        let options = LiveOptions { open: session.open_options(), quiet, progress, ..LiveOptions::default() };
        let (sender, updates) = channel();
        let bar = Bar::new(session.common.quiet);
        let (live, first) = Live::start(options, &bar, vec![sender])?;
        let mut ready = WatchEvent::of("ready", &first);
        ready.watcher = Some(live.status().watcher);
        tell(session, &first, &ready)?;
        while let Ok(update) = updates.recv() {
            let mut event = WatchEvent::of("update", &update);
            if self.verify {
                let Verified { equal, missed, differences, .. } = live.verify(&NoProgress)?;
                (event.equal, event.missed, event.differences) =
                    (Some(equal), Some(missed), Some(differences));
            }
            tell(session, &update, &event)?;
        }
        Ok(Outcome::Answered)
    }
}

fn tell(session: &mut Session, update: &Update, event: &WatchEvent) -> Result<(), Failure> {
    let files = update.after.world().file_count();
    session.out.answer(update.after.generation().0, event, |e| e.text(files))?;
    session.out.finish()
}
