//! Long lists in pages, all of one state.
//!
//! Whoever wants pages asks with an empty cursor; each answer then tells in `next` how to go on, if more is left. A
//! cursor holds for its question and its state alone: what is edited between two pages shows in neither.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use lodemap_answers::{CallsAnswer, RefsAnswer, SearchAnswer, SymbolsAnswer};
use lodemap_host::Generation;
use lodemap_wire::{Problem, ProblemKind, Request, Response};
use serde::Serialize;

use super::ground::Footing;
use super::render::Render;
use crate::budget::List;

/// Tells states without a number from those of another process.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));

/// Which part of a list is asked for.
pub(super) struct Page {
    from: usize,
    /// The question, as cursors of its answers are bound to it.
    question: blake3::Hash,
}

/// A part of a list, and how to go on.
#[derive(Serialize)]
struct Part<T> {
    #[serde(flatten)]
    answer: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A list that can be had in pages.
pub(super) trait Pages: List {
    /// Keeps `most` items from the one numbered `from` on; how many come after them. What was omitted is told anew.
    fn cut(&mut self, from: usize, most: usize) -> usize;
}

impl Page {
    /// The page that a request asks for, and the state that it is of; `None` if it does not ask for pages.
    pub(super) fn turn(footing: &mut Footing<'_>, request: &Request) -> Result<Option<Self>, Problem> {
        let Some(cursor) = asked(request) else { return Ok(None) };
        let terms = footing.terms();
        if terms.format.has_text() || terms.tokens.is_some() {
            let message = "pages are data, and as long as `limit` says; leave `format` and `tokens` away";
            return Err(Problem::usage(message));
        }
        let question = question(footing, request);
        if cursor.is_empty() {
            return Ok(Some(Self { from: 0, question }));
        }
        let wrong = || Problem::usage("this cursor is of another question; begin again with an empty one");
        let (generation, from) = read(cursor).ok_or_else(wrong)?;
        if written(generation, from, &question) != cursor {
            return Err(wrong());
        }
        let from = usize::try_from(from).map_err(|_| wrong())?;
        if footing.snapshot.generation() != Generation(generation) {
            // The words that a search goes by are those of the newest state.
            let earlier =
                if matches!(request, Request::Search(_)) { None } else { footing.earlier(generation) };
            footing.snapshot = earlier.ok_or_else(|| {
                let message = "the state that this cursor is of is gone; begin again with an empty one";
                Problem::new(ProblemKind::Gone, message)
            })?;
            (footing.stale, footing.pending) = (true, footing.pending.max(1));
        }
        Ok(Some(Self { from, question }))
    }

    /// How much of a list must be worked out for `limit` items of this page; 0 for all.
    pub(super) fn reach(&self, limit: usize) -> usize {
        if limit == 0 { 0 } else { self.from.saturating_add(limit) }
    }

    /// The part of a list that this page is.
    pub(super) fn part<T: Pages>(
        &self,
        footing: &Footing<'_>,
        render: &Render<'_>,
        mut answer: T,
        limit: usize,
    ) -> Result<Response, Problem> {
        let most = if limit == 0 { usize::MAX } else { limit };
        let more = answer.cut(self.from, most);
        let next = (more > 0).then(|| {
            footing.remember();
            let from = self.from.saturating_add(most) as u64;
            written(footing.snapshot.generation().0, from, &self.question)
        });
        render.data(&Part { answer, next })
    }
}

/// The cursor of a request, where it has one.
fn asked(request: &Request) -> Option<&str> {
    match request {
        Request::Symbols(request) => request.cursor.as_deref(),
        Request::References(request) => request.cursor.as_deref(),
        Request::Callers(request) | Request::Callees(request) => request.cursor.as_deref(),
        Request::Search(request) => request.cursor.as_deref(),
        _ => None,
    }
}

/// What a cursor is bound to: all by which an answer is decided, but for how much is wanted of it.
fn question(footing: &Footing<'_>, request: &Request) -> blake3::Hash {
    let mut params = request.params();
    params.remove("cursor");
    params.remove("limit");
    let mut hasher = blake3::Hasher::new();
    let process = if footing.generation() == 0 { *PROCESS } else { 0 };
    hasher.update(&process.to_le_bytes());
    let root = footing.reader.root().as_os_str().as_encoded_bytes();
    let folder = footing.asker.folder.map_or(&[][..], |folder| folder.as_os_str().as_encoded_bytes());
    let params = serde_json::Value::Object(params).to_string();
    for part in [request.method().as_bytes(), params.as_bytes(), root, folder] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    hasher.finalize()
}

fn written(generation: u64, from: u64, question: &blake3::Hash) -> String {
    let head = format!("{generation:x}.{from:x}");
    let seal = blake3::keyed_hash(question.as_bytes(), head.as_bytes()).to_hex();
    format!("{head}.{}", &seal[..16])
}

fn read(cursor: &str) -> Option<(u64, u64)> {
    let mut parts = cursor.split('.');
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    Some((number()?, number()?))
}

/// Keeps a part of a list; how many come after it.
fn keep<T>(list: &mut Vec<T>, from: usize, most: usize) -> usize {
    list.drain(..from.min(list.len()));
    let more = list.len().saturating_sub(most);
    list.truncate(most);
    more
}

impl Pages for SymbolsAnswer {
    fn cut(&mut self, from: usize, most: usize) -> usize {
        self.omitted = keep(&mut self.symbols, from, most);
        self.omitted
    }
}

impl Pages for RefsAnswer {
    fn cut(&mut self, from: usize, most: usize) -> usize {
        self.omitted += keep(&mut self.references, from, most);
        self.omitted
    }
}

impl Pages for CallsAnswer {
    fn cut(&mut self, from: usize, most: usize) -> usize {
        let more = keep(&mut self.calls, from, most);
        // What is left out of every answer is on no page.
        self.omitted += more;
        more
    }
}

impl Pages for SearchAnswer {
    fn cut(&mut self, from: usize, most: usize) -> usize {
        self.omitted += self.hits.as_mut().map_or(0, |hits| keep(hits, from, most));
        self.omitted += self.files.as_mut().map_or(0, |files| keep(files, from, most));
        self.omitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_bound_to_all_that_is_in_it() {
        let question = blake3::hash(b"one");
        let cursor = written(7, 300, &question);
        assert_eq!(read(&cursor), Some((7, 300)));
        assert_ne!(cursor, written(7, 300, &blake3::hash(b"another")));
        let seal = |cursor: &str| cursor.rsplit_once('.').unwrap().1.to_owned();
        assert_ne!(seal(&cursor), seal(&written(7, 301, &question)));
        assert_ne!(seal(&cursor), seal(&written(8, 300, &question)));
        for wrong in ["", ".", "7", "x.1.2", "7.-1.0", "ffffffffffffffffff.0.0"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn parts_of_a_list_are_the_list() {
        for most in 1..8 {
            let (mut all, mut from) = (vec![], 0);
            loop {
                let mut list: Vec<usize> = (0..6).collect();
                let more = keep(&mut list, from, most);
                assert_eq!(from + list.len() + more, 6);
                all.append(&mut list);
                from += most;
                if more == 0 {
                    break;
                }
            }
            assert_eq!(all, (0..6).collect::<Vec<_>>());
        }
    }
}
