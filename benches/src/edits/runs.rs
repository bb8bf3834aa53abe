//! Several runs of the same edits become one report.

use super::{BesideParse, EditFigures, EditReport};
use crate::job::median;

/// The median of each figure, and of each edit of a large file by itself: what a machine's neighbours do in one run is not
/// what an edit costs.
pub(crate) fn middle(runs: &[EditReport]) -> EditReport {
    let Some(first) = runs.first() else { return EditReport::default() };
    let kinds = (0..first.kinds.len()).map(|k| {
        let kinds: Vec<&EditFigures> = runs.iter().filter_map(|r| r.kinds.get(k)).collect();
        middle_of_kind(&kinds)
    });
    EditReport {
        files: first.files,
        open: middle_of(runs.iter().map(|r| r.open)),
        kinds: kinds.collect(),
        many: (middle_of(runs.iter().map(|r| r.many.0)), middle_of(runs.iter().map(|r| r.many.1))),
        many_files: first.many_files,
        equal: runs.iter().all(|r| r.equal),
    }
}

fn middle_of_kind(runs: &[&EditFigures]) -> EditFigures {
    let first = runs[0];
    let of = |figure: fn(&EditFigures) -> u64| middle_of(runs.iter().map(|r| figure(r)));
    let mut figures = EditFigures {
        kind: first.kind.clone(),
        samples: first.samples,
        p50: of(|f| f.p50),
        p99: of(|f| f.p99),
        max: of(|f| f.max),
        keep_p50: of(|f| f.keep_p50),
        keep_p99: of(|f| f.keep_p99),
        facts_p50: of(|f| f.facts_p50),
        resolved_p50: of(|f| f.resolved_p50),
        over_parse: middle_of(runs.iter().map(|r| r.over_parse)),
        over_in: first.over_in.clone(),
        over_5_ms: middle_of(runs.iter().map(|r| r.over_5_ms)),
        beside_parse: vec![],
    };
    if !first.beside_parse.is_empty() {
        let edits = first.beside_parse.iter().map(|edit| {
            let same = |run: &&EditFigures| run.beside_parse.iter().find(|e| e.path == edit.path).cloned();
            let all: Vec<BesideParse> = runs.iter().filter_map(same).collect();
            // By the edit in the middle, so that what it took goes with what its parsing took beside it.
            let mut by_over: Vec<&BesideParse> = all.iter().collect();
            by_over.sort_by_key(|e| e.over());
            by_over[by_over.len() / 2].clone()
        });
        let edits = edits.collect();
        figures.set_beside_parse(edits);
    }
    figures
}

fn middle_of<T: PartialOrd + Copy + Default>(values: impl Iterator<Item = T>) -> T {
    median(&mut values.collect::<Vec<T>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_run_is_not_the_middle() {
        let run = |total: i64| {
            let mut figures = EditFigures { p50: total as u64, ..EditFigures::default() };
            let edit = |path: &str, total| BesideParse {
                path: path.into(),
                parse: 1_000,
                total,
                ..Default::default()
            };
            figures.set_beside_parse(vec![edit("a", total), edit("b", 9_000 - total / 10)]);
            EditReport { kinds: vec![figures], equal: true, ..EditReport::default() }
        };
        let all = middle(&[run(2_000), run(30_000), run(1_500)]);
        let kind = &all.kinds[0];
        assert_eq!((kind.p50, kind.over_parse, kind.over_5_ms), (2_000, 7_500, 1));
        assert_eq!((kind.over_in.as_str(), kind.beside_parse[0].total), ("b", 2_000));
        assert!(all.equal);
    }
}
