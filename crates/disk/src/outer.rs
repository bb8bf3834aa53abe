//! Which ignore rules come from outside the root's own folders?
//!
//! The caller's, the user's global file, `.git/info/exclude`, and the ignore files of the folders above the root.
//! Those above apply to what is below the root, never to the root itself, which was asked for.

use crate::attributes::Attributes;
use crate::git::Enclosing;
use crate::read::read_outside;
use crate::rules::{GIT, Hit, IGNORE_FILES, Level, MAX_RULES, RuleFile, alike};
use crate::{Options, Problem, Root};
use lodemap_base::RelPath;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// The rules that do not stand in a folder of the root.
#[derive(Debug)]
pub(crate) struct Outer {
    extra: Option<RuleFile>,
    exclude: Option<RuleFile>,
    global: Option<RuleFile>,
    /// The rules of the folders above the root.
    pub(crate) above: Arc<Level>,
}

impl Outer {
    /// Reads them; says what could not be used.
    pub(crate) fn load(root: &Root, options: &Options, git: Option<&Enclosing>) -> (Outer, Vec<Problem>) {
        let mut loader = Loader { root: root.path(), problems: Vec::new() };
        // Git's own files are relative to the top of the repository, wherever they stand.
        let top = git.map_or(root.path(), |g| &g.top);
        let extra = options.extra_ignore.join("\n").into_bytes();
        let outer = Outer {
            extra: Some(loader.rules(extra, "extra ignore rules".into(), root.path())),
            exclude: git.and_then(|g| loader.exclude(g)),
            global: options.global_ignore.as_ref().and_then(|file| loader.file(file, top)),
            above: loader.levels_above(git),
        };
        (outer, loader.problems)
    }

    /// Whether both say the same of every path.
    pub(crate) fn is_like(&self, other: &Outer) -> bool {
        let own =
            [(&self.extra, &other.extra), (&self.exclude, &other.exclude), (&self.global, &other.global)];
        own.into_iter().all(|(a, b)| alike(a, b, RuleFile::is_like))
            && self.above.chain().count() == other.above.chain().count()
            && self.above.chain().zip(other.above.chain()).all(|(a, b)| a.is_like(b))
    }

    /// Calls `f` with all that they say, in one order; what is not there says nothing at all.
    pub(crate) fn texts(&self, f: &mut dyn FnMut(&[u8])) {
        let mut rules = |file: &Option<RuleFile>| match file {
            Some(file) => file.identity().into_iter().for_each(&mut *f),
            None => f(b"none"),
        };
        [&self.extra, &self.exclude, &self.global].into_iter().for_each(&mut rules);
        for level in self.above.chain() {
            level.ignores.iter().for_each(&mut rules);
        }
        for level in self.above.chain() {
            f(level.attributes.as_ref().map_or(b"none", Attributes::text));
        }
    }

    /// What the rules meant for tools say of an absolute path.
    pub(crate) fn for_tools<'a>(&'a self, level: &'a Level, path: &[u8], is_dir: bool) -> Option<Hit<'a>> {
        let extra = self.extra.as_ref().and_then(|f| f.verdict(path, is_dir));
        extra.or_else(|| (0..GIT).find_map(|kind| level.verdict(kind, path, is_dir)))
    }

    /// What git's rules say of an absolute path.
    pub(crate) fn for_git<'a>(&'a self, level: &'a Level, path: &[u8], is_dir: bool) -> Option<Hit<'a>> {
        let of = |file: &'a Option<RuleFile>| file.as_ref().and_then(|f| f.verdict(path, is_dir));
        level.verdict(GIT, path, is_dir).or_else(|| of(&self.exclude)).or_else(|| of(&self.global))
    }
}

struct Loader<'a> {
    root: &'a Path,
    problems: Vec<Problem>,
}

impl Loader<'_> {
    /// The rules of the folders above the root; git's files count up to the top of the enclosing repository.
    fn levels_above(&mut self, git: Option<&Enclosing>) -> Arc<Level> {
        let mut level = Arc::new(Level::default());
        let above: Vec<&Path> = self.root.ancestors().skip(1).collect();
        for dir in above.into_iter().rev() {
            let in_repository = git.is_none_or(|g| dir.starts_with(&g.top));
            let ignores = IGNORE_FILES.map(|name| {
                let counts = in_repository || name != IGNORE_FILES[GIT];
                if counts { self.file(&dir.join(name), dir) } else { None }
            });
            let attributes = if in_repository { self.attributes(dir) } else { None };
            if attributes.is_some() || ignores.iter().any(Option::is_some) {
                level = Arc::new(Level { parent: Some(level), ignores, attributes });
            }
        }
        level
    }

    fn attributes(&mut self, dir: &Path) -> Option<Attributes> {
        let file = dir.join(".gitattributes");
        let (attributes, problems) =
            Attributes::parse(&read_outside(&file, MAX_RULES)?, with_slash(dir).len());
        self.report(&file.display().to_string(), problems);
        attributes
    }

    fn file(&mut self, path: &Path, relative_to: &Path) -> Option<RuleFile> {
        let text = read_outside(path, MAX_RULES)?;
        Some(self.rules(text, self.name(path), relative_to))
    }

    fn exclude(&mut self, git: &Enclosing) -> Option<RuleFile> {
        let text = git.exclude(MAX_RULES)?;
        Some(self.rules(text, self.name(&git.common.join("info/exclude")), &git.top))
    }

    /// What a file is called: relative to the root, where it is below it.
    fn name(&self, path: &Path) -> String {
        match path.strip_prefix(self.root).ok().and_then(RelPath::from_os) {
            Some(inside) => inside.to_string(),
            None => path.display().to_string(),
        }
    }

    fn rules(&mut self, text: Vec<u8>, source: String, relative_to: &Path) -> RuleFile {
        let (file, problems) = RuleFile::parse(text, source.clone(), with_slash(relative_to).len());
        self.report(&source, problems);
        file
    }

    fn report(&mut self, place: &str, problems: Vec<String>) {
        self.problems.extend(problems.into_iter().map(|what| Problem { place: place.to_owned(), what }));
    }
}

/// The bytes of an absolute folder, with one slash at the end.
pub(crate) fn with_slash(path: &Path) -> Vec<u8> {
    let mut bytes = path.as_os_str().as_bytes().to_vec();
    if bytes.last() != Some(&b'/') {
        bytes.push(b'/');
    }
    bytes
}
