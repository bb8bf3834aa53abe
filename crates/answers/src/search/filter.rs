//! Where is looked?

use globset::GlobSet;
use lodemap_base::RelPath;
use lodemap_engine::facts::NONE;
use lodemap_engine::grammar::{Lang, SymbolKind, languages, spec_by_name};
use lodemap_engine::graph::FileEntry;
use lodemap_search::is_document;

use crate::error::AnswerError;

/// Which files and definitions: of each sort any of those asked for, and none of those excluded.
#[derive(Debug, Default)]
pub(super) struct Filter {
    kinds: Choice<SymbolKind>,
    paths: Choice<PathGlob>,
    langs: Choice<Lang>,
}

#[derive(Debug)]
struct Choice<T> {
    any: Vec<T>,
    none: Vec<T>,
}

#[derive(Debug)]
struct PathGlob {
    text: String,
    matcher: GlobSet,
}

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self { any: vec![], none: vec![] }
    }
}

impl<T> Choice<T> {
    fn takes(&self, is: impl Fn(&T) -> bool) -> bool {
        (self.any.is_empty() || self.any.iter().any(&is)) && !self.none.iter().any(&is)
    }

    fn add(&mut self, value: T, excluded: bool) {
        if excluded { &mut self.none } else { &mut self.any }.push(value);
    }

    fn is_empty(&self) -> bool {
        self.any.is_empty() && self.none.is_empty()
    }
}

impl PathGlob {
    /// Whether a path matches, or lies in the folder that is named.
    fn matches(&self, path: &RelPath) -> bool {
        let below = path.as_str().strip_prefix(self.text.trim_end_matches('/'));
        self.matcher.is_match(path.as_str()) || below.is_some_and(|rest| rest.starts_with('/'))
    }
}

impl Filter {
    /// `key:value` of a query, or the option of this name.
    pub(super) fn add(&mut self, key: &str, value: &str, excluded: bool) -> Result<(), AnswerError> {
        match key {
            "kind" => self.kinds.add(kind(value)?, excluded),
            "lang" => self.langs.add(lang(value)?, excluded),
            _ => {
                let matcher = crate::glob::matcher(value)
                    .map_err(|e| AnswerError::Usage(format!("path: {e}; give a glob as in `src/**/*.py`")))?;
                self.paths.add(PathGlob { text: value.to_owned(), matcher }, excluded);
            }
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.paths.is_empty() && self.langs.is_empty()
    }

    /// Whether a file is looked at.
    pub(super) fn takes_file(&self, file: &FileEntry) -> bool {
        self.langs.takes(|lang| *lang == file.facts.lang) && self.paths.takes(|path| path.matches(&file.path))
    }

    /// Whether a definition of such a file is looked at, or the rest of the file.
    pub(super) fn takes_symbol(&self, file: &FileEntry, symbol: u32) -> bool {
        match symbol {
            NONE => self.kinds.any.is_empty(),
            _ if symbol as usize >= file.facts.symbols.len() => false,
            _ => self.kinds.takes(|kind| *kind == file.facts.symbols.at(symbol).kind),
        }
    }

    #[cfg(test)]
    pub(super) fn describe(&self) -> Vec<String> {
        let Self { kinds, paths, langs } = self;
        let mut out: Vec<String> = kinds.any.iter().map(|k| format!("kind:{}", k.as_str())).collect();
        out.extend(kinds.none.iter().map(|k| format!("-kind:{}", k.as_str())));
        out.extend(paths.any.iter().map(|p| format!("path:{}", p.text)));
        out.extend(paths.none.iter().map(|p| format!("-path:{}", p.text)));
        out.extend(langs.any.iter().map(|l| format!("lang:{}", lodemap_engine::grammar::spec(*l).name)));
        out
    }
}

fn kind(word: &str) -> Result<SymbolKind, AnswerError> {
    let kinds = || SymbolKind::ALL.into_iter().filter(|k| is_document(*k)).map(SymbolKind::as_str);
    match SymbolKind::parse(&word.to_lowercase()) {
        Some(kind) if is_document(kind) => Ok(kind),
        Some(kind) => Err(AnswerError::Usage(format!(
            "a {0} belongs to what is around it, and is not found by itself; `lodemap symbols --kind {0}` lists them",
            kind.as_str()
        ))),
        None => {
            let kinds = kinds().collect::<Vec<_>>().join(", ");
            Err(AnswerError::Usage(format!("no kind is called `{word}`; give one of {kinds}")))
        }
    }
}

fn lang(word: &str) -> Result<Lang, AnswerError> {
    let found = spec_by_name(&word.to_lowercase()).map(|spec| spec.lang);
    found.ok_or_else(|| {
        let names = languages().iter().map(|l| l.name.as_str()).collect::<Vec<_>>().join(", ");
        AnswerError::Usage(format!("no language is called `{word}`; give one of {names}"))
    })
}
