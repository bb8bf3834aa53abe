//! Which files go with the first ones?
//!
//! Words find where a task begins; what else must change often says nothing of it. After the first files come those that
//! changed together with them before, and those of the same part of the repository. The first ones stay where words
//! put them: what goes with a wrong file is wrong too.

use lodemap_base::FileId;
use lodemap_engine::graph::World;

use super::evidence::Candidate;
use super::past::{Beside, Seen};

/// So many files stay where they are.
const FIRST: usize = 5;
/// What a file gets if all first ones are of the same part, in the units of a candidate's score.
const NEAR: u64 = 400;
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
    let parts: Vec<&str> = first.iter().map(|file| part_of(world.file(file.file).path.as_str())).collect();
    let besides: Vec<Beside> =
        past.iter().flat_map(|past| first.iter().map(|file| past.changes_of(file.file))).collect();
    let best = first[0].score.max(1);
    for file in rest.iter_mut() {
        let part = part_of(world.file(file.file).path.as_str());
        let near = parts.iter().filter(|other| **other == part).count() as u64;
        file.score += NEAR * near / FIRST as u64;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_crates_or_folders() {
        assert_eq!(part_of("crates/a/src/b/c.rs"), "crates/a");
        assert_eq!(part_of("src/b/c.rs"), "src/b");
        assert_eq!(part_of("setup.py"), "");
        assert_eq!(part_of("java/core/src/main/java/A.java"), "java/core");
    }
}
