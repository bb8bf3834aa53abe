//! Which files go with the first ones?
//!
//! Words find where a task begins; what else must change often says nothing of it. After the first files come those that
//! changed together with them before, those of the same part of the repository, the module that the best one is declared
//! in, and those that are called the same. The first ones stay where words put them: what goes with a wrong file is
//! wrong too.

use lodemap_base::{FileId, RelPath};
use lodemap_engine::graph::World;

use super::anchors::stem_of;
use super::evidence::{Candidate, stands_for_folder};
use super::past::{Beside, Seen};

/// So many files stay where they are.
const FIRST: usize = 5;
/// What a file gets if all first ones are of the same part, in the units of a candidate's score.
const NEAR: u64 = 400;
/// What the module gets that declares the best file, and passes on what is in it.
const DECLARES: u64 = 300;
/// What a file gets that is called like the best one: it may be the same for something else.
const NAMESAKE: u64 = 300;
/// What it gets if each change of the best file was one of its own.
const TOGETHER: u64 = 1000;

/// What a file has in common with one of the first ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Together {
    /// The first one.
    pub(crate) with: FileId,
    /// It had so many changes.
    pub(crate) of: u32,
    /// So many of them touched this file too.
    pub(crate) times: u32,
    /// The same as a likelihood, in thousandths.
    pub(crate) share: u64,
}

/// Moves files that go with the first ones up, behind them. `files` come and go best first.
pub(crate) fn add_company(world: &World, past: Option<&Seen<'_>>, files: &mut [Candidate]) {
    let Some((first, rest)) = files.split_at_mut_checked(FIRST) else { return };
    let path_of = |file: &Candidate| &world.file(file.file).path;
    let parts: Vec<&str> = first.iter().map(|file| part_of(path_of(file).as_str())).collect();
    let names: Vec<&str> = first.iter().map(|file| stem_of(world.file(file.file))).collect();
    let besides: Vec<Beside> =
        past.iter().flat_map(|past| first.iter().map(|file| past.changes_of(file.file))).collect();
    let best = first[0].score.max(1);
    for file in rest.iter_mut() {
        let part = part_of(path_of(file).as_str());
        let near = parts.iter().filter(|other| **other == part).count() as u64;
        file.score += NEAR * near / FIRST as u64;
        file.score += if declares(path_of(file), path_of(&first[0])) { DECLARES } else { 0 };
        let name = stem_of(world.file(file.file));
        let namesake = first.iter().zip(&names).filter(|(_, other)| **other == name);
        file.score += namesake.map(|(other, _)| other.score).max().unwrap_or(0) * NAMESAKE / best;
        let (mut sum, mut most) = (0, 0);
        for (other, beside) in first.iter().zip(&besides) {
            let share = beside.share(file.file);
            let weight = share * other.score;
            sum += weight;
            if weight > most {
                most = weight;
                let (of, times) = beside.counts(file.file);
                file.together = Some(Together { with: other.file, of, times, share });
            }
        }
        file.score += sum * TOGETHER / (1000 * best);
    }
    rest.sort_by(|a, b| {
        b.score.cmp(&a.score).then_with(|| world.file(a.file).path.cmp(&world.file(b.file).path))
    });
    // What was moved up does not say more than what stayed.
    let least = first[FIRST - 1].score;
    rest.iter_mut().for_each(|file| file.score = file.score.min(least));
}

/// The part of a repository that a file belongs to: what stands around its `src`, else its folder.
fn part_of(path: &str) -> &str {
    match path.find("/src/") {
        Some(at) => &path[..at],
        None => path.rsplit_once('/').map_or("", |(folder, _)| folder),
    }
}

/// Whether a file holds the module in which another is a module: what stands for the folder around it, or is called as it.
fn declares(module: &RelPath, path: &RelPath) -> bool {
    let folder = path.parent_str();
    let around = match stands_for_folder(path.name()) {
        true if folder.is_empty() => return false,
        true => folder.rsplit_once('/').map_or("", |(folder, _)| folder),
        false => folder,
    };
    let named = module.as_str().strip_suffix(".rs").filter(|named| !named.is_empty());
    module.parent_str() == around && stands_for_folder(module.name()) || named == Some(around)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_declare_what_is_in_their_folder() {
        let declares = |module: &str, path: &str| {
            let path_of = |text| RelPath::parse(text).expect("a path");
            declares(&path_of(module), &path_of(path))
        };
        for (module, path) in [
            ("src/lib.rs", "src/a.rs"),
            ("src/lib.rs", "src/a/mod.rs"),
            ("src/a/mod.rs", "src/a/b.rs"),
            ("src/a.rs", "src/a/b.rs"),
            ("src/a.rs", "src/a/b/mod.rs"),
            ("a/__init__.py", "a/b.py"),
            ("a/__init__.py", "a/b/__init__.py"),
            ("index.ts", "a/index.ts"),
        ] {
            assert!(declares(module, path), "{module} {path}");
            assert!(!declares(path, module), "{path} {module}");
        }
        for (module, path) in [
            ("src/lib.rs", "src/a/b.rs"),
            ("src/a/c.rs", "src/a/b.rs"),
            ("src/lib.rs", "src/lib.rs"),
            ("mod.rs", "lib.rs"),
            ("a.py", "a/b.py"),
        ] {
            assert!(!declares(module, path), "{module} {path}");
        }
    }

    #[test]
    fn parts_are_crates_or_folders() {
        assert_eq!(part_of("crates/a/src/b/c.rs"), "crates/a");
        assert_eq!(part_of("src/b/c.rs"), "src/b");
        assert_eq!(part_of("setup.py"), "");
        assert_eq!(part_of("java/core/src/main/java/A.java"), "java/core");
    }
}
