//! What is the least that still goes wrong? Delta debugging of stories.
//!
//! Steps are left out or become part of the start, then files of the start are left out, then lines of all files
//! and of one, in ever smaller pieces, as long as the story still fails. To leave out an `apply` is to merge two batches.

use std::sync::Arc;

use lodemap_base::RelPath;

use crate::model::{Model, Step};
use crate::story::Story;

/// The smallest story found for which `fails` holds, which it does for `story`; asks at most `tries` times.
pub fn shrink(story: &Story, tries: usize, fails: &mut dyn FnMut(&Story) -> bool) -> Story {
    let mut best = story.clone();
    let mut left = tries;
    loop {
        let before = size(&best);
        let mut test = |s: &Story| {
            left = left.saturating_sub(1);
            left > 0 && fails(s)
        };
        let steps = least(&best.steps, &mut |steps| test(&Story { steps: steps.to_vec(), ..best.clone() }));
        best.steps = steps;
        best = begun_later(best, &mut test);
        let start = least(&best.start, &mut |start| test(&Story { start: start.to_vec(), ..best.clone() }));
        best.start = start;
        best = without_lines(best, &mut test);
        for ix in 0..best.start.len() {
            let (path, bytes) = best.start[ix].clone();
            best.start[ix].1 = least_text(&bytes, &mut |b| {
                let mut story = best.clone();
                story.start[ix] = (path.clone(), b);
                test(&story)
            });
        }
        for ix in 0..best.steps.len() {
            let Step::Write(path, bytes) = best.steps[ix].clone() else { continue };
            let bytes = least_text(&bytes, &mut |b| {
                let mut story = best.clone();
                story.steps[ix] = write(&path, b);
                test(&story)
            });
            best.steps[ix] = write(&path, bytes);
        }
        if left == 0 || size(&best) == before {
            return best;
        }
    }
}

/// Lets the story begin after as many of its steps as possible.
fn begun_later(story: Story, test: &mut dyn FnMut(&Story) -> bool) -> Story {
    for from in (1..=story.steps.len()).rev() {
        let mut model = Model::new(&story.start);
        story.steps[..from].iter().for_each(|s| model.take(s));
        let start = model.files().iter().map(|(p, b)| (p.clone(), b.clone())).collect();
        let later = Story { about: story.about.clone(), start, steps: story.steps[from..].to_vec() };
        if test(&later) {
            return later;
        }
    }
    story
}

/// Leaves lines out of all contents at once: what matters is often how two versions of one file differ.
fn without_lines(story: Story, test: &mut dyn FnMut(&Story) -> bool) -> Story {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    each_content(&mut story.clone(), &mut |bytes| {
        bytes.split_inclusive(|b| *b == b'\n').for_each(|l| lines.push(l.trim_ascii_end().to_vec()));
    });
    lines.sort();
    lines.dedup();
    let only = |kept: &[Vec<u8>]| {
        let mut out = story.clone();
        each_content(&mut out, &mut |bytes| {
            let stays = |l: &&[u8]| kept.iter().any(|k| k == l.trim_ascii_end());
            *bytes = bytes.split_inclusive(|b| *b == b'\n').filter(stays).collect::<Vec<_>>().concat().into();
        });
        out
    };
    let kept = least(&lines, &mut |kept| test(&only(kept)));
    only(&kept)
}

fn each_content(story: &mut Story, f: &mut dyn FnMut(&mut Arc<[u8]>)) {
    story.start.iter_mut().for_each(|(_, bytes)| f(bytes));
    for step in &mut story.steps {
        if let Step::Write(_, bytes) = step {
            f(bytes);
        }
    }
}

fn write(path: &RelPath, bytes: Arc<[u8]>) -> Step {
    Step::Write(path.clone(), bytes)
}

fn size(story: &Story) -> (usize, usize, usize) {
    (story.steps.len(), story.start.len(), story.text().len())
}

fn least_text(bytes: &Arc<[u8]>, test: &mut dyn FnMut(Arc<[u8]>) -> bool) -> Arc<[u8]> {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    least(&lines, &mut |lines| test(lines.concat().into())).concat().into()
}

/// Leaves out ever smaller pieces as long as the rest passes the test.
fn least<T: Clone>(items: &[T], test: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut best = items.to_vec();
    let mut piece = best.len();
    while piece > 0 {
        // From the end: later steps rest on earlier ones, not the other way round.
        let mut end = best.len();
        while end > 0 {
            let from = end.saturating_sub(piece);
            let rest: Vec<T> = [&best[..from], &best[end..]].concat();
            if test(&rest) {
                best = rest;
            }
            end = from;
        }
        piece /= 2;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let text =
            "//- a\n1\n2\n3\n//- b\n4\n//! remove x\n//! apply\n//! write c\n5\n6\n//! apply\n//! remove y\n";
        let story = Story::parse(text).unwrap();
        let mut asked = 0;
        let small = shrink(&story, 1000, &mut |s| {
            asked += 1;
            let text = s.text();
            ["2", "6", "remove y"].iter().all(|part| text.contains(part))
        });
        assert_eq!(small.text(), "//- a\n2\n//- c\n6\n//! remove y\n");
        assert!(asked < 100, "{asked}");
        let all = shrink(&story, 3, &mut |_| true);
        assert!(size(&all) < size(&story), "the number of tries is kept, and what was found until then");
    }
}
