//! Places that a task names: frames of a stack trace, paths, modules, and symbols whose names are rare.

use std::collections::{BTreeMap, BTreeSet};

use lodemap_base::{FileId, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::NONE;
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::{FileClass, FileEntry, Target};
use lodemap_search::{Field, SearchError, View};
use rustc_hash::FxHashMap;

use super::task::{Mention, MentionKind, PartKind, Task};
use crate::error::AnswerError;
use crate::find::{self, Subject, ends_with_segments, module_of};

/// In what way a place is named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum AnchorKind {
    /// A frame of a stack trace.
    Frame,
    /// A path.
    Path,
    /// A module, by its path.
    Module,
    /// A symbol together with what it stands in.
    Qualified,
    /// A symbol by its name.
    Name,
    /// A symbol whose name stands in code.
    Code,
}

impl AnchorKind {
    /// How many there are.
    pub(crate) const COUNT: usize = 6;
}

/// A place that a task names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// How it is named.
    pub(crate) kind: AnchorKind,
    /// The file.
    pub(crate) file: FileId,
    /// The symbol there, if one is meant.
    pub(crate) symbol: Option<u32>,
    /// The line there, if one is named and still in the file.
    pub(crate) line: Option<u32>,
    /// How sure it is that it is meant, in 256ths.
    pub(crate) strength: u32,
    /// What the text says.
    pub(crate) text: String,
}

/// Names that more files than this define say nothing.
const MAX_FILES: usize = 6;
/// So many different identifiers of code are looked up.
const MAX_IDENTIFIERS: usize = 400;

/// The places that a task names, in the order of the text.
pub(crate) fn anchors(snapshot: &Snapshot, view: &View, task: &Task<'_>) -> Result<Vec<Anchor>, SearchError> {
    let mut finder =
        Finder { snapshot, view, by_stem: FxHashMap::default(), names: BTreeMap::new(), out: vec![] };
    finder.index_stems(task);
    for mention in &task.mentions {
        finder.mention(mention)?;
    }
    let mut seen = BTreeSet::new();
    for part in task.parts.iter().filter(|p| p.kind == PartKind::Code) {
        for name in identifiers(part.text) {
            if seen.len() < MAX_IDENTIFIERS && seen.insert(name) {
                finder.name(name, AnchorKind::Code)?;
            }
        }
    }
    Ok(finder.out)
}

/// What the user wants to see from, as if the task had named it: files, folders, and symbols.
pub(crate) fn focused(snapshot: &Snapshot, focus: &[String]) -> Result<Vec<Anchor>, AnswerError> {
    let world = snapshot.world();
    let mut out = vec![];
    for text in focus {
        let anchor = |file, symbol| Anchor {
            kind: AnchorKind::Path,
            file,
            symbol,
            line: None,
            strength: 512,
            text: text.clone(),
        };
        let path = RelPath::parse(text.trim_end_matches('/'));
        if let Some(folder) = path.filter(|path| world.dir_at(path.as_str()).is_some()) {
            let below = world.files().filter(|file| file.path.is_below(&folder));
            out.extend(below.map(|file| anchor(file.id, None)));
            continue;
        }
        let subject = match world.file_at(text) {
            Some(file) => {
                out.push(anchor(file, None));
                continue;
            }
            None => Subject::Name(text.clone()),
        };
        for target in find::targets(snapshot, &subject)?.into_iter().take(MAX_FILES) {
            out.push(match target {
                Target::File(file) => anchor(file, None),
                Target::Symbol(id) => anchor(world.slot(id).file, Some(world.slot(id).symbol)),
            });
        }
    }
    Ok(out)
}

struct Finder<'s> {
    snapshot: &'s Snapshot,
    view: &'s View,
    /// Files by the last part of their module's path, for the parts that the task names.
    by_stem: FxHashMap<&'s str, Vec<FileId>>,
    /// Definitions by name, as far as they were asked for.
    names: BTreeMap<String, Vec<(FileId, u32)>>,
    out: Vec<Anchor>,
}

/// The name under which a file is imported: that of its folder where the file only stands for it.
pub(super) fn stem_of(file: &FileEntry) -> &str {
    let stem = file.path.name().split('.').next().unwrap_or_default();
    match stem {
        "__init__" | "mod" | "lib" | "main" | "index" => {
            let folder = file.path.parent_str();
            let folder = folder.strip_suffix("/src").unwrap_or(folder);
            folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(stem)
        }
        _ => stem,
    }
}

/// Identifiers that are no plain words.
fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.len() >= 3 && word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// The parts of a name with dots or colons.
fn segments(text: &str) -> Vec<&str> {
    let parts = text.split(['.', ':']).filter(|part| !part.is_empty());
    parts.filter(|part| !matches!(*part, "crate" | "self" | "super" | "*")).collect()
}

impl<'s> Finder<'s> {
    fn index_stems(&mut self, task: &Task<'_>) {
        let mut wanted = BTreeSet::new();
        for mention in &task.mentions {
            match mention.kind {
                MentionKind::Frame | MentionKind::Path | MentionKind::TestId | MentionKind::Diffed => {
                    let name = mention.text.split("::").next().unwrap_or_default();
                    let last = name.rsplit('/').next().unwrap_or_default();
                    wanted.extend(last.split('.').next());
                    wanted.extend(name.rsplit('/').nth(1));
                    let folder = name.rsplit('/').nth(2);
                    wanted.extend(folder);
                }
                _ => wanted.extend(segments(&mention.text)),
            }
        }
        for file in self.snapshot.world().files() {
            let stem = stem_of(file);
            if wanted.contains(stem) {
                self.by_stem.entry(stem).or_default().push(file.id);
            }
        }
    }

    fn mention(&mut self, mention: &Mention) -> Result<(), SearchError> {
        let text = mention.text.as_str();
        match mention.kind {
            MentionKind::Frame => self.frame(mention),
            MentionKind::Path | MentionKind::Diffed => self.path(text, mention),
            MentionKind::Dotted | MentionKind::PathName | MentionKind::Import => {
                self.dotted(text, mention.source)?
            }
            MentionKind::Name | MentionKind::Call => self.name(text, AnchorKind::Name)?,
            MentionKind::ErrorType => self.name(text, AnchorKind::Name)?,
            MentionKind::TestId | MentionKind::Flag | MentionKind::Config => {}
        }
        Ok(())
    }

    fn push(&mut self, kind: AnchorKind, file: FileId, symbol: Option<u32>, strength: u32, text: &str) {
        self.out.push(Anchor { kind, file, symbol, line: None, strength, text: text.to_owned() });
    }

    /// The same for a place in a file.
    fn push_place(&mut self, kind: AnchorKind, file: FileId, mention: &Mention, strength: u32) {
        let symbol = self.symbol_at(file, mention);
        self.push(kind, file, symbol, strength, &mention.text);
        let lines = self.snapshot.world().file(file).facts.lines.len() as u32;
        if let Some(anchor) = self.out.last_mut() {
            anchor.line = mention.line.filter(|line| (1..=lines).contains(line));
        }
    }

    /// The files whose paths end like `path`, as far as possible; and how many parts of it they share.
    fn ending_like(&self, path: &str) -> (Vec<FileId>, usize) {
        let world = self.snapshot.world();
        let name = path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        let folders = [Some(stem), path.rsplit('/').nth(1), path.rsplit('/').nth(2)];
        let (mut best, mut found) = (0, vec![]);
        for stem in folders.into_iter().flatten() {
            for id in self.by_stem.get(stem).into_iter().flatten() {
                let own = world.file(*id).path.as_str();
                let shared = own.rsplit('/').zip(path.rsplit('/')).take_while(|(a, b)| a == b).count();
                if shared == 0 || shared < best {
                    continue;
                }
                if shared > best {
                    found.clear();
                    best = shared;
                }
                if !found.contains(id) {
                    found.push(*id);
                }
            }
        }
        (found, best)
    }

    fn frame(&mut self, mention: &Mention) {
        let (files, shared) = self.ending_like(&mention.text);
        // A file of one name in a library is not the one here.
        if files.len() > 2
            || (shared < 2 && mention.text.contains('/') && shared < mention.text.matches('/').count())
        {
            return;
        }
        let strength = 512 / (2 + mention.rank) / files.len().max(1) as u32;
        for file in files {
            self.push_place(AnchorKind::Frame, file, mention, strength);
        }
    }

    fn path(&mut self, text: &str, mention: &Mention) {
        let (files, _) = self.ending_like(text);
        if files.len() > MAX_FILES {
            return;
        }
        for file in &files {
            self.push_place(AnchorKind::Path, *file, mention, 256 / files.len() as u32);
        }
    }

    /// The symbol around a line, if the function that is named there is around it or no function is named.
    fn symbol_at(&self, file: FileId, mention: &Mention) -> Option<u32> {
        let entry = self.snapshot.world().file(file);
        let facts = &entry.facts;
        let named = mention.function.as_deref().and_then(|name| segments(name).last().copied());
        let at = mention.line.and_then(|line| facts.lines.start(line.saturating_sub(1) as usize));
        let mut best = None;
        for (ix, symbol) in facts.symbols.iter().enumerate() {
            if symbol.kind.is_light() {
                continue;
            }
            let is_around = at.is_some_and(|at| symbol.span.start <= at + 1 && at < symbol.span.end);
            let is_named = named.is_some_and(|name| facts.names.get(symbol.name) == name);
            if is_named && (is_around || best.is_none()) || (named.is_none() && is_around) {
                best = Some(ix as u32);
            }
        }
        best
    }

    /// The definitions of a name, in the order of paths and positions.
    fn definitions(&mut self, name: &str) -> Result<&[(FileId, u32)], SearchError> {
        if !self.names.contains_key(name) {
            let mut word = String::new();
            lodemap_search::for_each_word(name, |w| {
                if word.is_empty() {
                    word.push_str(w);
                }
            });
            let mut postings = vec![];
            if !word.is_empty() {
                self.view.postings_in(&[Field::Name], &word, &mut postings)?;
            }
            let world = self.snapshot.world();
            let mut found = vec![];
            for posting in postings.iter().filter(|p| p.symbol != NONE) {
                let Some(file) = world.file_with_key(self.view.file_key(posting.file)) else { continue };
                let facts = &world.file(file).facts;
                // An implementation is called as its type, which stands elsewhere or is not ours.
                let is_impl = facts.symbols.at(posting.symbol).kind == SymbolKind::Impl;
                if !is_impl && facts.name_of(posting.symbol) == name {
                    found.push((file, posting.symbol));
                }
            }
            found.sort_by(|a, b| (&world.file(a.0).path, a.1).cmp(&(&world.file(b.0).path, b.1)));
            self.names.insert(name.to_owned(), found);
        }
        Ok(&self.names[name])
    }

    /// The definitions of a name outside of tests, if they are few; and in how many files they are.
    fn few(&mut self, name: &str) -> Result<(Vec<(FileId, u32)>, usize), SearchError> {
        let snapshot = self.snapshot;
        let mut found = self.definitions(name)?.to_vec();
        found.retain(|(file, _)| !snapshot.world().file(*file).class.has(FileClass::TEST));
        let mut files: Vec<FileId> = found.iter().map(|(file, _)| *file).collect();
        files.dedup();
        Ok((found, files.len()))
    }

    fn name(&mut self, name: &str, kind: AnchorKind) -> Result<(), SearchError> {
        let (found, files) = self.few(name)?;
        if files == 0 || files > MAX_FILES {
            return Ok(());
        }
        for (file, symbol) in found {
            self.push(kind, file, Some(symbol), 256 / files as u32, name);
        }
        Ok(())
    }

    /// A name with dots or colons: a module, what is in it, or a member of a type.
    fn dotted(&mut self, text: &str, source: PartKind) -> Result<(), SearchError> {
        let parts = segments(text);
        let Some((last, before)) = parts.split_last() else { return Ok(()) };
        let world = self.snapshot.world();
        // The longest beginning that is a module.
        let mut module = None;
        for length in (1..=parts.len()).rev() {
            let path = parts[..length].join(".");
            let files = self.by_stem.get(parts[length - 1]).into_iter().flatten();
            let is_so_called =
                |id: &&FileId| ends_with_segments(&module_of(world.file(**id).path.as_str()), &path);
            let files: Vec<FileId> = files.filter(is_so_called).copied().collect();
            if !files.is_empty() {
                module = Some((length, files));
                break;
            }
        }
        if let Some((length, files)) = module {
            let is_clear = files.len() == 1 || (length > 1 && files.len() <= 3);
            if is_clear {
                let rest = &parts[length..];
                for file in files {
                    let entry = world.file(file);
                    let held = rest.first().and_then(|name| {
                        let symbols = entry.facts.symbols.iter();
                        symbols.enumerate().find(|(_, s)| entry.facts.names.get(s.name) == *name)
                    });
                    let member = held.map(|(ix, _)| ix as u32);
                    // A whole package says less than a module, and a module less than what is in it.
                    let strength = match (rest.is_empty(), member) {
                        (true, _) => 128,
                        (false, Some(_)) => 256,
                        (false, None) => 48,
                    };
                    self.push(AnchorKind::Module, file, member, strength, text);
                }
                if rest.is_empty() {
                    return Ok(());
                }
            }
        }
        let (found, files) = self.few(last)?;
        let holder = before.last().copied().unwrap_or_default();
        let mut qualified = vec![];
        for (file, symbol) in &found {
            let name = world.file(*file).facts.qualified(*symbol, ".");
            if !holder.is_empty() && ends_with_segments(&name, &format!("{holder}.{last}")) {
                qualified.push((*file, *symbol));
            }
        }
        if !qualified.is_empty() && qualified.len() <= MAX_FILES {
            let strength = 256 / qualified.len() as u32;
            for (file, symbol) in qualified {
                self.push(AnchorKind::Qualified, file, Some(symbol), strength, text);
            }
            return Ok(());
        }
        let kind = if source == PartKind::Code { AnchorKind::Code } else { AnchorKind::Name };
        if files > 0 && files <= MAX_FILES {
            for (file, symbol) in found {
                self.push(kind, file, Some(symbol), 256 / files as u32, text);
            }
        }
        if !holder.is_empty() {
            self.name(holder, kind)?;
        }
        Ok(())
    }
}
