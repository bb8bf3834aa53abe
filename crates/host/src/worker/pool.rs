//! Who parses what, and which file is to blame when a worker ends.
//!
//! Files come in batches, so that two processes do not wake each other for each. Where a batch is not answered, each of
//! its files is parsed alone: its neighbours are innocent. A file is to blame if a worker that was given nothing else
//! before does not survive it, and was not the first: memory that others left behind, or a stray signal, is not its
//! fault.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lodemap_facts::{FileFacts, decode};
use lodemap_grammar::Lang;

use super::Isolation;
use super::cause::Cause;
use super::process::{Broken, Worker};

/// A file to be parsed.
#[derive(Clone, Copy)]
pub(crate) struct Job<'b> {
    pub(crate) lang: Lang,
    pub(crate) bytes: &'b [u8],
    /// In so many parts by several threads.
    pub(crate) parts: usize,
}

/// What came of it.
pub(crate) enum Outcome<'a> {
    /// Facts, and the same encoded where that is at hand.
    Facts(Box<FileFacts>, Option<&'a [u8]>),
    /// The extractor panicked, which is a mistake of its own.
    Panicked,
    /// No worker survives it.
    Killer(Cause),
    /// There is no worker.
    Unavailable(String),
}

/// Workers that are started when they are needed, and then kept.
pub(crate) struct Workers {
    isolation: Isolation,
    /// Threads of each for one large file.
    threads: usize,
    crew: Mutex<Crew>,
    came_back: Condvar,
}

#[derive(Default)]
struct Crew {
    idle: Vec<Worker>,
    /// So many are at work.
    busy: usize,
    /// When the program was last seen not to run.
    useless: Option<Instant>,
}

/// A program that does not run may run after so long.
const AGAIN: Duration = Duration::from_secs(2);

const STRANGER: &str = "the program does not run or is of another version, so start lodemap anew";

/// More threads than this do not help with one file, and each needs a stack.
const MAX_THREADS: usize = 8;

impl Workers {
    pub(crate) fn new(isolation: Isolation, threads: usize) -> Self {
        let threads = threads.clamp(1, MAX_THREADS);
        Self { isolation, threads, crew: Mutex::default(), came_back: Condvar::new() }
    }

    /// Parses files; `each` is told what came of each, once.
    pub(crate) fn extract(&self, jobs: &[Job<'_>], each: &mut dyn FnMut(usize, Outcome<'_>)) {
        if let [job] = jobs {
            return self.extract_alone(*job, false, &mut |outcome| each(0, outcome));
        }
        let mut worker = match self.take(false) {
            Ok(worker) => worker,
            Err(e) => return (0..jobs.len()).for_each(|ix| each(ix, unavailable(&e))),
        };
        match answer(&mut worker, jobs, each) {
            Ok(()) => self.give_back(worker),
            Err((broken, told)) => {
                worker.end(&broken);
                self.lost();
                for (ix, job) in jobs.iter().enumerate().skip(told) {
                    self.extract_alone(*job, true, &mut |outcome| each(ix, outcome));
                }
            }
        }
    }

    /// Parses one file; `is_suspect` if it was among those that a worker did not survive.
    fn extract_alone(&self, job: Job<'_>, mut is_suspect: bool, each: &mut dyn FnMut(Outcome<'_>)) {
        let (mut needs_fresh, mut was_stranger) = (false, false);
        loop {
            let mut worker = match self.take(needs_fresh) {
                Ok(worker) => worker,
                Err(e) => return each(unavailable(&e)),
            };
            let is_fresh = worker.requests == 0;
            let Err((broken, _)) = answer(&mut worker, &[job], &mut |_, outcome| each(outcome)) else {
                return self.give_back(worker);
            };
            let cause = worker.end(&broken);
            self.lost();
            if matches!(broken, Broken::Stranger) {
                // It may have been killed before it could say who it is; that it happens twice is no chance.
                if std::mem::replace(&mut was_stranger, true) {
                    self.lock().useless = Some(Instant::now());
                    return each(unavailable(&io::Error::other(STRANGER)));
                }
                continue;
            }
            if is_suspect && is_fresh {
                return each(Outcome::Killer(cause));
            }
            (is_suspect, needs_fresh) = (true, true);
        }
    }

    /// Starts a worker that is then at hand.
    pub(crate) fn warm_up(&self) {
        if let Ok(worker) = self.take(false) {
            self.give_back(worker);
        }
    }

    /// Ends those that have nothing to do, with the memory they hold.
    pub(crate) fn dismiss(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        drop(idle);
    }

    /// A worker; if `fresh`, one that was given nothing yet. Where no more can be started, one that others have now.
    fn take(&self, fresh: bool) -> io::Result<Worker> {
        loop {
            let mut crew = self.lock();
            if crew.useless.is_some_and(|at| at.elapsed() < AGAIN) {
                return Err(io::Error::other(STRANGER));
            }
            let at = crew.idle.iter().rposition(|w| !fresh || w.requests == 0);
            crew.busy += 1;
            if let Some(at) = at {
                return Ok(crew.idle.swap_remove(at));
            }
            drop(crew);
            match Worker::spawn(&self.isolation, self.threads) {
                Ok(worker) => return Ok(worker),
                Err(e) => {
                    let mut crew = self.lock();
                    crew.busy -= 1;
                    if !crew.idle.is_empty() {
                        // Room for a fresh one.
                        crew.idle.pop();
                    } else if crew.busy > 0 {
                        drop(self.came_back.wait(crew));
                    } else {
                        return Err(e);
                    }
                }
            }
        }
    }

    fn give_back(&self, worker: Worker) {
        let mut crew = self.lock();
        crew.busy -= 1;
        crew.idle.push(worker);
        self.came_back.notify_one();
    }

    fn lost(&self) {
        self.lock().busy -= 1;
        self.came_back.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Crew> {
        self.crew.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has files parsed by a worker; where it fails, why, and of how many files it was told before.
fn answer(
    worker: &mut Worker,
    jobs: &[Job<'_>],
    each: &mut dyn FnMut(usize, Outcome<'_>),
) -> Result<(), (Broken, usize)> {
    let answer = worker.ask(jobs).map_err(|broken| (broken, 0))?;
    for (ix, (place, job)) in answer.facts.iter().zip(jobs).enumerate() {
        let Some(place) = place else {
            each(ix, Outcome::Panicked);
            continue;
        };
        let encoded = &answer.bytes[place.clone()];
        // Its memory may be damaged by what it parsed; so what it says is checked.
        match decode(encoded) {
            Ok(facts) if facts.lang == job.lang => each(ix, Outcome::Facts(Box::new(facts), Some(encoded))),
            _ => return Err((Broken::Nonsense, ix)),
        }
    }
    Ok(())
}

fn unavailable<'a>(error: &io::Error) -> Outcome<'a> {
    Outcome::Unavailable(format!("no process can be started that parses it: {error}"))
}
