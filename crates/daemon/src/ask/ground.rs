//! On what is an answer based? One snapshot, how fresh it is, and the way to texts and words.

use std::ffi::OsStr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use lodemap_answers::{AnswerError, Patience, Subject};
use lodemap_host::{Fresh, Generation, Live, Marked, Reader, RelPath, Repository, Snapshot};
use lodemap_wire::{Problem, Request, Response, Terms};

use super::page::{Page, Pages};
use super::render::Render;
use super::room::Place;
use super::{Asker, problem};
use crate::paths;

/// What is asked.
pub enum Ground<'a> {
    /// A repository that was just opened.
    Opened(&'a Repository),
    /// One that is kept fresh.
    Live(&'a Live),
}

/// Waits for what was just written are bounded; whoever wants to wait longer says so.
const WAIT: Duration = Duration::from_secs(2);

/// Whoever waits for what was just written is asked after so long whether it still does, and later less often.
const LOOK: Duration = Duration::from_millis(100);

/// The newest state, as far as it can be had in time, or until nobody waits for it.
fn fresh(live: &Live, wait: Duration, patience: &Patience) -> Result<Fresh, Problem> {
    let begun = Instant::now();
    loop {
        patience.check().map_err(|stopped| problem(AnswerError::from(stopped)))?;
        let left = wait.saturating_sub(begun.elapsed());
        // Each time as long again: where steps are long, what is asked anew each moment would never be in.
        let next = left.min(LOOK.max(begun.elapsed()));
        let fresh = live.fresh(next);
        if !fresh.stale || next == left {
            return Ok(fresh);
        }
    }
}

/// The state that one answer is of.
pub(super) struct Footing<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) stale: bool,
    pub(super) pending: usize,
    /// What became of the files that a notice told of.
    pub(super) marked: Option<Marked>,
    pub(super) reader: Reader,
    pub(super) asker: Asker<'a>,
    /// The place in the room for long answers, from when it is first needed.
    place: OnceLock<Option<Place<'a>>>,
    /// Which part of a list is asked for; `None` for its beginning, without a word about how to go on.
    pub(super) page: Option<Page>,
}

impl<'a> Footing<'a> {
    /// The newest state, as far as it can be had in time.
    pub(super) fn new(ground: &'a Ground<'a>, request: &Request, asker: Asker<'a>) -> Result<Self, Problem> {
        let wait = asker.terms.wait_ms.map_or(WAIT, Duration::from_millis);
        let (fresh, marked, reader) = match ground {
            Ground::Opened(repository) => {
                let snapshot = repository.snapshot();
                (Fresh { snapshot, stale: false, pending: 0 }, None, repository.reader())
            }
            Ground::Live(live) => match request {
                Request::MarkDirty(request) => {
                    let marked = super::written::mark(live, request, asker, wait)?;
                    (marked.fresh.clone(), Some(marked), live.reader())
                }
                _ => (fresh(live, wait, asker.patience)?, None, live.reader()),
            },
        };
        let Fresh { snapshot, stale, pending } = fresh;
        let place = OnceLock::new();
        Ok(Self { ground, snapshot, stale, pending, marked, reader, asker, place, page: None })
    }

    pub(super) fn terms(&self) -> &'a Terms {
        self.asker.terms
    }

    /// How long somebody waits for the answer.
    pub(super) fn patience(&self) -> &'a Patience {
        self.asker.patience
    }

    pub(super) fn generation(&self) -> u64 {
        self.reader.generation(&self.snapshot).0
    }

    /// The state with a number, where it is still at hand.
    pub(super) fn earlier(&self, generation: u64) -> Option<Arc<Snapshot>> {
        match self.ground {
            Ground::Opened(_) => None,
            Ground::Live(live) => live.pinned(Generation(generation)),
        }
    }

    /// Keeps the state of this answer at hand, for questions of what changed since.
    pub(super) fn remember(&self) {
        if let Ground::Live(live) = self.ground {
            live.keep(self.snapshot.clone());
        }
    }

    /// How the answer is written down.
    pub(super) fn render(&self) -> Render<'a> {
        let render = Render::new(self.asker.terms, self.generation());
        Render { stale: self.stale, pending: self.pending, room: self.asker.room, ..render }
    }

    /// The same for an answer that tells by itself whether it is stale.
    pub(super) fn render_dated(&self, pending: usize) -> Render<'a> {
        let render = Render::new(self.asker.terms, self.generation());
        Render { is_dated: true, stale: pending > 0, pending, room: self.asker.room, ..render }
    }

    /// What a text is about: a name, a path, or a place in a file.
    pub(super) fn subject(&self, text: &str) -> Result<Subject, Problem> {
        Subject::parse(text, |path| self.known_path(path)).map_err(problem)
    }

    /// The file or folder that a text means, if it is indexed.
    pub(super) fn known_path(&self, text: &str) -> Option<RelPath> {
        let readings = paths::readings(OsStr::new(text), self.reader.root(), self.asker.folder);
        readings.into_iter().find(|path| paths::is_known(&self.snapshot, path))
    }

    /// What a text means that is a path or a symbol.
    pub(super) fn focus(&self, text: &str) -> String {
        self.known_path(text).map_or_else(|| text.to_owned(), |path| path.to_string())
    }

    /// The file that a path means.
    pub(super) fn path(&self, text: &str) -> Result<RelPath, Problem> {
        let root = self.reader.root();
        paths::resolve(&self.snapshot, OsStr::new(text), root, self.asker.folder)
            .ok_or_else(|| paths::outside(OsStr::new(text), root))
    }

    /// Asks the state. Of many who ask at the same time each does so on a thread of its own, so that a small question
    /// need not wait behind large ones; what is parallel in it runs on threads that all readers share, and never on those
    /// of the repository, where it would wait for a step. Long answers wait for room first, and keep it until they are
    /// written down.
    pub(super) fn install<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        match (self.ground, self.asker.room) {
            (Ground::Opened(_), _) => self.reader.install(f),
            (Ground::Live(_), None) => f(),
            (Ground::Live(_), Some((room, is_crowded))) => {
                // Whoever gets no place is not waited for, which `f` sees too.
                self.place.get_or_init(|| room.enter(self.asker.patience));
                room.run(is_crowded, f)
            }
        }
    }

    /// A list, or the part of it that is asked for.
    pub(super) fn list<T: Pages + Send>(&self, answer: T, limit: usize) -> Result<Response, Problem> {
        match &self.page {
            Some(page) => page.part(self, &self.render(), answer, limit),
            None => self.render().list(answer),
        }
    }

    /// How much of a list is to be worked out. A page is cut from all of it: its parts are then those of one list.
    pub(super) fn limit(&self, limit: usize) -> usize {
        if self.page.is_some() { 0 } else { limit }
    }

    /// Says in an answer with nothing in it why that is so.
    pub(super) fn nothing(response: Response, found: bool, note: &str) -> Response {
        let note = (!found).then(|| note.to_owned());
        Response { found, note, ..response }
    }
}
