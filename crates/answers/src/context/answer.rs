//! The answer, as data and as text.

use std::sync::Arc;

use lodemap_base::{Patience, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::NONE;
use lodemap_engine::grammar::SymbolKind;
use lodemap_search::{SearchError, View};
use serde::Serialize;

use super::anchors::{AnchorKind, focused};
use super::callers::callers;
use super::choose::{Budget, Level, Shown, WordWorth, choose, undo};
use super::company::Together;
use super::evidence::{Candidate, Evidence, evidence};
use super::page::{Page, runs};
use super::past::Past;
use super::task;
use crate::error::AnswerError;
use crate::find;
use crate::search::TextOf;
use crate::tokens::Tokenizer;

/// What is asked.
#[derive(Clone, Debug)]
pub struct ContextOptions {
    /// The task: an issue, a message, an error with its stack trace.
    pub task: String,
    /// The budget of the text, in tokens.
    pub tokens: usize,
    /// By which they are counted.
    pub tokenizer: Tokenizer,
    /// Files, folders and symbols that count as if the task named them.
    pub focus: Vec<String>,
    /// At most so many files are named.
    pub limit: usize,
    /// Whether tests are named too.
    pub tests: bool,
    /// Whether only files are named, and nothing of them is shown.
    pub files_only: bool,
    /// A state of which the asker has seen the answer: what is as it was then is named and not shown again.
    pub since: Option<Earlier>,
    /// How long somebody waits.
    pub patience: Patience,
}

/// An earlier state of the same repository.
#[derive(Clone)]
pub struct Earlier(pub Arc<Snapshot>);

impl std::fmt::Debug for Earlier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "generation {}", self.0.generation().0)
    }
}

/// A file that matters for the task.
#[derive(Clone, Debug, Serialize)]
pub struct ContextFile {
    /// Where it is.
    pub path: RelPath,
    /// The larger the better; scores of different answers cannot be compared.
    pub score: f64,
    /// What speaks for it, the strongest first.
    pub why: Vec<String>,
}

/// Lines of a file without a gap.
#[derive(Clone, Debug, Serialize)]
pub struct Excerpt {
    /// Where they are.
    pub path: RelPath,
    /// The first line, from 1.
    pub start: u32,
    /// The last line.
    pub end: u32,
    /// The id of the function or type that they are shown for.
    pub symbol: Option<String>,
    /// How much of it is shown.
    pub level: Level,
    /// The lines, each with its end; control characters escaped, secrets left out.
    pub text: String,
}

/// A file that was found and of which nothing is shown.
#[derive(Clone, Debug, Serialize)]
pub struct OmittedFile {
    /// Where it is.
    pub path: RelPath,
    /// The symbols for which most speaks.
    pub symbols: Vec<String>,
}

/// What must be read for a task.
#[derive(Clone, Debug, Serialize)]
pub struct ContextAnswer {
    /// The files, the best first.
    pub files: Vec<ContextFile>,
    /// What is shown of them.
    pub excerpts: Vec<Excerpt>,
    /// Tokens of the text.
    pub tokens: usize,
    /// How likely one of the first three files is among those to change.
    pub confidence: f64,
    /// The same in a word: `high`, `medium`, `low`, or `none` where nothing matches.
    pub confident: &'static str,
    /// Files that are named and not shown.
    pub omitted: Vec<OmittedFile>,
    /// Files of the answer that are as they were in the state that the asker has seen; absent where none was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<Vec<RelPath>>,
    /// How many changes of the past were listened to; absent where no history is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<usize>,
    #[serde(skip)]
    text: String,
}

/// Excerpts are taken from so many files.
const MAX_SHOWN: usize = 16;
/// So many symbols are named of a file that is not shown.
const MAX_NAMED: usize = 3;

/// From here on, in thousandths, it is told that what was said of changes speaks for a file.
const WELL_SAID: u64 = 500;
/// From here on, in thousandths, it is told that files changed together.
const OFTEN: u64 = 150;

/// Finds what must be read for a task. `past` is what led to the state, where it is known.
pub fn context(
    snapshot: &Snapshot,
    view: &View,
    past: Option<&Past>,
    options: &ContextOptions,
    text_of: TextOf<'_>,
) -> Result<ContextAnswer, AnswerError> {
    let task = task::parse(&options.task);
    let focused = focused(snapshot, &options.focus)?;
    let evidence = evidence(snapshot, view, past, &task, focused, options)?;
    let kept =
        if options.limit == 0 { evidence.files.len() } else { options.limit.min(evidence.files.len()) };
    let (files, history) = (&evidence.files[..kept], past.map(Past::len));
    let writer = Writer { snapshot, view, options, evidence: &evidence, files, history };
    writer.write(text_of)
}

struct Writer<'e> {
    snapshot: &'e Snapshot,
    view: &'e View,
    options: &'e ContextOptions,
    evidence: &'e Evidence,
    files: &'e [Candidate],
    history: Option<usize>,
}

impl Writer<'_> {
    fn write(&self, text_of: TextOf<'_>) -> Result<ContextAnswer, AnswerError> {
        let (confidence, confident) = self.confidence();
        let files: Vec<ContextFile> = self.files.iter().map(|file| self.file(file)).collect();
        let mut answer = ContextAnswer {
            files,
            excerpts: vec![],
            tokens: 0,
            confidence,
            confident,
            omitted: vec![],
            unchanged: self.unchanged(),
            history: self.history,
            text: String::new(),
        };
        if self.options.files_only {
            answer.text = answer.files.iter().map(|file| format!("{}\n", file.path)).collect();
            answer.tokens = self.options.tokenizer.count(&answer.text);
            return Ok(answer);
        }
        let (budget, patience) = (self.options.tokens, &self.options.patience);
        patience.check()?;
        let count = |text: &str| self.options.tokenizer.count(text);
        // Names of files that are not shown are cheap, and one of them may be what was looked for.
        let (mut named, mut tail) = (0, 0);
        for file in self.files {
            let cost = count(&self.named_line(file));
            if (tail + cost) * 4 > budget {
                break;
            }
            (named, tail) = (named + 1, tail + cost);
        }
        let frame = count(&self.first_line()) + count(&last_line(usize::MAX)) + 8;
        let pages: Vec<(usize, Page)> = (0..self.files.len())
            .filter(|at| !self.is_unchanged(&self.files[*at]))
            .take(MAX_SHOWN)
            .take_while(|_| !patience.is_over())
            .filter_map(|at| {
                let entry = self.snapshot.world().file(self.files[at].file);
                Some((at, Page::new(&decoded(&text_of(entry)?))))
            })
            .collect();
        let words = WordWorth::new(self.evidence);
        let header = |at: usize| count(&self.header(&self.files[at]));
        let room = budget.saturating_sub(frame + tail);
        let by = Budget { tokens: room, tokenizer: self.options.tokenizer, patience };
        let (mut shown, mut steps) = choose(self.snapshot, self.files, &words, pages, &by, &header)?;
        let notes = self.caller_notes(&shown)?;
        let mut with_notes = true;
        loop {
            patience.check()?;
            answer.text = self.text(&shown, if with_notes { &notes } else { &[] }, named);
            answer.tokens = count(&answer.text);
            if answer.tokens <= budget {
                break;
            }
            // What was estimated too low goes, the least important first.
            if with_notes {
                with_notes = false;
            } else if let Some(step) = steps.pop() {
                undo(&mut shown, &step);
            } else if named > 0 {
                named -= 1;
            } else {
                (answer.text, answer.tokens) = (String::new(), 0);
                break;
            }
        }
        answer.excerpts = self.excerpts(&shown);
        let is_shown = |at: &usize| shown.iter().any(|s| s.at == *at && !s.lines.is_empty());
        let rest = (0..self.files.len()).filter(|at| !is_shown(at) && !self.is_unchanged(&self.files[*at]));
        answer.omitted = rest
            .map(|at| OmittedFile {
                path: answer.files[at].path.clone(),
                symbols: self.symbol_names(&self.files[at]),
            })
            .collect();
        Ok(answer)
    }

    /// Whether a file is as it was in the state that the asker has seen.
    fn is_unchanged(&self, candidate: &Candidate) -> bool {
        let Some(Earlier(before)) = &self.options.since else { return false };
        let (before, now) = (before.world(), self.snapshot.world().file(candidate.file));
        let was = before.file_at(now.path.as_str()).map(|id| before.file(id));
        was.is_some_and(|was| was.facts.hashes.content == now.facts.hashes.content)
    }

    fn unchanged(&self) -> Option<Vec<RelPath>> {
        self.options.since.as_ref()?;
        let unchanged = self.files.iter().filter(|file| self.is_unchanged(file));
        Some(unchanged.map(|file| self.path(file).clone()).collect())
    }

    fn path(&self, candidate: &Candidate) -> &RelPath {
        &self.snapshot.world().file(candidate.file).path
    }

    fn file(&self, candidate: &Candidate) -> ContextFile {
        let score = candidate.score as f64 / 1000.0;
        ContextFile { path: self.path(candidate).clone(), score, why: self.why(candidate) }
    }

    /// What speaks for a file, in words.
    fn why(&self, candidate: &Candidate) -> Vec<String> {
        let mut anchors: Vec<_> = candidate.anchors.iter().filter(|a| a.kind != AnchorKind::Code).collect();
        anchors.sort_by_key(|a| (a.kind, std::cmp::Reverse(a.strength)));
        let mut why: Vec<String> = vec![];
        for anchor in anchors {
            let text = &anchor.text;
            let said = match anchor.kind {
                AnchorKind::Frame => format!("in the stack trace: {text}"),
                AnchorKind::Path => format!("path in the task: {text}"),
                AnchorKind::Module => format!("module in the task: {text}"),
                AnchorKind::Qualified | AnchorKind::Name | AnchorKind::Code => format!("defines {text}"),
            };
            if !why.contains(&said) && why.len() < 3 {
                why.push(said);
            }
        }
        let words: Vec<&str> = candidate.words.iter().map(|ix| self.evidence.spelled[*ix].as_str()).collect();
        if !words.is_empty() {
            why.push(format!("words: {}", words.join(", ")));
        }
        if candidate.changed >= WELL_SAID {
            why.push("changed before in the words of the title".to_owned());
        }
        if let Some(Together { with, times, of, .. }) = candidate.together.filter(|one| one.share >= OFTEN) {
            let with = &self.snapshot.world().file(with).path;
            why.push(format!("changed with {with} in {times} of its {of} changes"));
        }
        why
    }

    /// How likely one of the first three files is right: from how much of the task was found, how far the best file is
    /// ahead, and whether the task names it. The steps are those of the development tasks (docs/decisions).
    fn confidence(&self) -> (f64, &'static str) {
        let Some(first) = self.files.first() else { return (0.0, "none") };
        let fourth = self.files.get(3).map_or(0, |file| file.score);
        let (in_best, occurring) = self.evidence.matched;
        let is_named = first.anchors.iter().any(|a| a.strength >= 128 && a.kind != AnchorKind::Code);
        if occurring < 250 && !is_named {
            return (0.1, "low");
        }
        let ahead = first.score.saturating_sub(fourth) * 1000 / first.score.max(1);
        let points = ahead + in_best / 2 + if is_named { 200 } else { 0 };
        match points {
            800.. => (0.95, "high"),
            600.. => (0.85, "high"),
            450.. => (0.75, "medium"),
            300.. => (0.65, "medium"),
            _ => (0.45, "low"),
        }
    }

    fn first_line(&self) -> String {
        let (probability, word) = self.confidence();
        let since = match &self.options.since {
            Some(Earlier(before)) => {
                format!("; what is as it was in generation {} is not shown again", before.generation().0)
            }
            None => String::new(),
        };
        if word == "none" || word == "low" {
            let words: Vec<&str> = self
                .evidence
                .spelled
                .iter()
                .zip(&self.evidence.rarities)
                .filter(|(_, r)| **r > 0)
                .map(|(word, _)| word.as_str())
                .take(5)
                .collect();
            let found = if words.is_empty() {
                "no word of it occurs here".to_owned()
            } else {
                format!("found: {}", words.join(", "))
            };
            return format!(
                "# nothing here matches well: {found}; confidence {word} ({probability:.2}){since}\n"
            );
        }
        format!("# confidence {word} ({probability:.2}){since}\n")
    }

    fn header(&self, candidate: &Candidate) -> String {
        format!("## {}  ({})\n", self.path(candidate), self.why(candidate).join("; "))
    }

    /// The names of the symbols of a file for which most speaks.
    fn symbol_names(&self, candidate: &Candidate) -> Vec<String> {
        let facts = &self.snapshot.world().file(candidate.file).facts;
        let mut symbols: Vec<(u32, u64)> = candidate.symbols.clone();
        symbols
            .extend(candidate.anchors.iter().filter_map(|a| Some((a.symbol?, 1000 + u64::from(a.strength)))));
        symbols.retain(|(symbol, _)| facts.symbols.at(*symbol).kind != SymbolKind::Impl);
        symbols.sort_by_key(|(symbol, score)| (std::cmp::Reverse(*score), *symbol));
        let mut names: Vec<String> = vec![];
        for (symbol, _) in symbols {
            let s = facts.symbols.at(symbol);
            let name = format!("{} L{}", facts.qualified(symbol, "."), facts.lines.line(s.name_at));
            if names.len() < MAX_NAMED && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn named_line(&self, candidate: &Candidate) -> String {
        let names = self.symbol_names(candidate);
        let gap = if names.is_empty() { "" } else { "  " };
        let unchanged = if self.is_unchanged(candidate) { "  (unchanged)" } else { "" };
        format!("{}{gap}{}{unchanged}\n", self.path(candidate), names.join(", "))
    }

    /// Who calls the first symbols that are shown, by the place of the file.
    fn caller_notes(&self, shown: &[Shown]) -> Result<Vec<(usize, String)>, SearchError> {
        let mut notes = vec![];
        for file in shown.iter().take(3) {
            let entry = self.snapshot.world().file(self.files[file.at].file);
            let best = file.symbols.iter().filter(|(s, level)| *s != NONE && *level >= Level::Windows);
            for (symbol, _) in best.take(2) {
                if !entry.facts.symbols.at(*symbol).kind.is_callable() {
                    continue;
                }
                let (callers, more) = callers(self.snapshot, self.view, entry.symbols[*symbol as usize])?;
                if callers.is_empty() {
                    continue;
                }
                let list = callers.iter().map(|c| {
                    let doubt = if find::is_sure(c.tier) { "" } else { "?" };
                    format!("{} L{}{doubt}", c.from, c.line)
                });
                let list: Vec<String> = list.collect();
                let more = if more { ", …" } else { "" };
                let name = entry.facts.name_of(*symbol);
                notes.push((file.at, format!("  {name} is called by {}{more}\n", list.join(", "))));
            }
        }
        Ok(notes)
    }

    fn text(&self, shown: &[Shown], notes: &[(usize, String)], named: usize) -> String {
        let mut out = self.first_line();
        for file in shown.iter().filter(|file| !file.lines.is_empty()) {
            out.push_str(&self.header(&self.files[file.at]));
            out.push_str(&file.page.text(&file.lines));
            notes.iter().filter(|(at, _)| *at == file.at).for_each(|(_, note)| out.push_str(note));
        }
        let is_shown = |at: usize| shown.iter().any(|s| s.at == at && !s.lines.is_empty());
        let rest: Vec<usize> = (0..named).filter(|at| !is_shown(*at)).collect();
        if !rest.is_empty() {
            out.push_str("## also likely, not shown\n");
            rest.iter().for_each(|at| out.push_str(&self.named_line(&self.files[*at])));
        }
        let left = self.evidence.files.len()
            - (0..self.files.len()).filter(|at| is_shown(*at) || *at < named).count();
        out + &last_line(left)
    }

    fn excerpts(&self, shown: &[Shown]) -> Vec<Excerpt> {
        let mut out = vec![];
        for file in shown {
            let entry = self.snapshot.world().file(self.files[file.at].file);
            for (start, end) in runs(&file.lines) {
                // The innermost symbol that is shown and reaches into these lines.
                let inside =
                    file.symbols.iter().filter(|(symbol, _)| *symbol != NONE).filter(|(symbol, _)| {
                        let span = entry.facts.symbols.at(*symbol).span;
                        let lines = (
                            entry.facts.lines.line(span.start),
                            entry.facts.lines.line(span.end.saturating_sub(1)),
                        );
                        lines.0 <= end && start <= lines.1
                    });
                let best = inside.min_by_key(|(symbol, _)| {
                    let span = entry.facts.symbols.at(*symbol).span;
                    (span.end - span.start, *symbol)
                });
                let level = best.or(file.symbols.first()).map_or(Level::Signature, |(_, level)| *level);
                out.push(Excerpt {
                    path: entry.path.clone(),
                    start,
                    end,
                    symbol: best
                        .map(|(symbol, _)| self.snapshot.symbol_name(entry.symbols[*symbol as usize])),
                    level,
                    text: (start..=end).map(|line| format!("{}\n", file.page.line(line))).collect(),
                });
            }
        }
        out
    }
}

fn last_line(files: usize) -> String {
    match files {
        0 => "… nothing else matches\n".to_owned(),
        _ => format!("… {files} more files match less; raise --tokens or --limit\n"),
    }
}

/// The text of a file as its facts count it.
fn decoded(bytes: &[u8]) -> Vec<u8> {
    match lodemap_engine::facts::Source::decode(bytes) {
        Some(source) => source.text.into_owned(),
        None => vec![],
    }
}

impl ContextAnswer {
    /// What a model reads: never more tokens than were asked for.
    pub fn text(&self) -> String {
        self.text.clone()
    }
}
