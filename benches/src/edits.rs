//! What does one edit cost, from the first look at the disk to the published state?
//!
//! The edits are made to a copy whose files are links to the originals: a write replaces the link, never what it
//! leads to. At the end the state that lived through them all is compared with one made from nothing, so a fast wrong
//! answer cannot pass for a result.

mod copy;
mod kinds;
mod runs;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lodemap_disk::Dirty;
use lodemap_grammar::{Lang, parse, spec};
use lodemap_host::{NoProgress, OpenOptions, Repository, Snapshot, Unwatched, Update};
use serde::{Deserialize, Serialize};

use crate::run::BenchError;
pub use kinds::EditKind;
pub(crate) use runs::middle;

/// Files of this size are edited; those in the middle of what people work on.
const USUAL: std::ops::Range<u32> = 10_000..30_000;
/// And larger ones, for which parsing is most of the cost.
const LARGE: std::ops::Range<u32> = 30_000..1_000_000;

/// What one kind of edit cost.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EditFigures {
    /// The kind of edit.
    pub kind: String,
    /// How many were made.
    pub samples: usize,
    /// Microseconds from the first look to the publish: the median.
    pub p50: u64,
    /// Of a hundred, ninety-nine took at most so long.
    pub p99: u64,
    /// The longest.
    pub max: u64,
    /// The median without reading and extracting: what keeping the state costs.
    pub keep_p50: u64,
    /// Of a hundred, ninety-nine took at most so long to keep.
    pub keep_p99: u64,
    /// The median of extracting alone.
    pub facts_p50: u64,
    /// The most by which an edit took longer than 1.3 times the parsing of its file alone, measured beside it.
    pub over_parse: i64,
    /// The file in which it did.
    pub over_in: String,
    /// Of how many edits it was more than five milliseconds.
    pub over_5_ms: usize,
    /// Each edit beside the parsing of its file alone, in the order of paths; only where files are large.
    pub beside_parse: Vec<BesideParse>,
    /// Files resolved again, in the middle.
    pub resolved_p50: u64,
}

/// One edit, and what parsing its file alone takes; microseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BesideParse {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: usize,
    /// Parsing it, the mean of before and after the edit.
    pub parse: i64,
    /// From the first look to the publish.
    pub total: i64,
    /// Extracting alone.
    pub facts: i64,
}

impl BesideParse {
    /// By how much it took longer than 1.3 times the parsing.
    pub fn over(&self) -> i64 {
        self.total - self.parse * 13 / 10
    }
}

impl EditFigures {
    /// What is to be seen of edits beside the parsing of their files.
    pub(crate) fn set_beside_parse(&mut self, edits: Vec<BesideParse>) {
        let most = edits.iter().max_by_key(|e| e.over());
        (self.over_parse, self.over_in) = most.map_or((0, String::new()), |e| (e.over(), e.path.clone()));
        self.over_5_ms = edits.iter().filter(|e| e.over() > 5_000).count();
        self.beside_parse = edits;
    }
}

/// The edits of one repository.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EditReport {
    /// Indexed files.
    pub files: usize,
    /// Seconds until the repository was open.
    pub open: f64,
    /// What each kind of edit cost.
    pub kinds: Vec<EditFigures>,
    /// Seconds for a change of a thousand files at once, and for making the same state from nothing.
    pub many: (f64, f64),
    /// How many files that change was.
    pub many_files: usize,
    /// Whether the state at the end is the one made from nothing.
    pub equal: bool,
}

struct Bench {
    repository: Repository,
    root: std::path::PathBuf,
}

/// Makes `samples` edits of each kind to a copy of `root`; `how` to open it, but for the root.
pub fn edits(root: &Path, how: &OpenOptions, samples: usize) -> Result<EditReport, BenchError> {
    let scratch = tempfile::tempdir()?;
    copy::linked(root, scratch.path())?;
    let options = OpenOptions { root: Some(scratch.path().to_path_buf()), allow_root: true, ..how.clone() };
    let begun = Instant::now();
    let mut repository = Repository::open(&options, &NoProgress)?;
    repository.warm_up();
    let mut report = EditReport { open: begun.elapsed().as_secs_f64(), ..EditReport::default() };
    let first = repository.snapshot();
    report.files = first.world().file_count();
    let mut bench = Bench { repository, root: scratch.path().to_path_buf() };
    for (kind, size) in EditKind::ALL.into_iter().map(|k| (k, USUAL)).chain([(EditKind::Body, LARGE)]) {
        let name =
            if size == LARGE { format!("{} (large file)", kind.as_str()) } else { kind.as_str().into() };
        report.kinds.push(bench.measure(&first, kind, size, samples, name)?);
    }
    let back = bench.repository.snapshot();
    assert_eq!(back.digests(), first.digests(), "every edit was undone, so the state must be the first one");
    report.many = bench.many(&first, &options, &mut report.many_files)?;
    let verified = bench.repository.verify(&options, &NoProgress)?;
    assert!(
        verified.equal,
        "the state after all edits must be the one made from nothing:\n{}",
        verified.text()
    );
    report.equal = verified.equal;
    Ok(report)
}

impl Bench {
    /// Makes edits of one kind, each in another file, and undoes each.
    fn measure(
        &mut self,
        first: &Arc<Snapshot>,
        kind: EditKind,
        size: std::ops::Range<u32>,
        samples: usize,
        name: String,
    ) -> Result<EditFigures, BenchError> {
        let (mut totals, mut keeps, mut facts, mut resolved) = (vec![], vec![], vec![], vec![]);
        let mut beside_parse = vec![];
        for edit in kinds::edits(first, &self.root, kind, 0, size.clone(), samples)? {
            // Before and after, since the allocator is warmer for whoever comes second.
            let before = edit.after.as_deref().map(|text| self.parse_alone(edit.lang, text));
            let update = self.apply(&edit.path, edit.after.as_deref())?;
            let of = |stage: &str| -> Duration {
                update.times.iter().filter(|(s, _)| *s == stage).map(|(_, t)| *t).sum()
            };
            let total = of("total");
            let keep = total.saturating_sub(of("read") + of("facts"));
            totals.push(total.as_micros() as u64);
            keeps.push(keep.as_micros() as u64);
            facts.push(of("facts").as_micros() as u64);
            resolved.push(update.work.resolved.len() as u64);
            if let Some((before, text)) = before.zip(edit.after.as_deref()) {
                let alone = (before + self.parse_alone(edit.lang, text)) as i64 / 2;
                beside_parse.push(BesideParse {
                    path: edit.path.to_string(),
                    bytes: text.len(),
                    parse: alone,
                    total: total.as_micros() as i64,
                    facts: of("facts").as_micros() as i64,
                });
            }
            self.apply(&edit.path, edit.before.as_deref())?;
        }
        let at = |values: &mut Vec<u64>, per_cent: usize| {
            values.sort_unstable();
            values
                .get((values.len() * per_cent / 100).min(values.len().saturating_sub(1)))
                .copied()
                .unwrap_or(0)
        };
        let mut figures = EditFigures {
            kind: name,
            samples: totals.len(),
            p50: at(&mut totals, 50),
            p99: at(&mut totals, 99),
            max: at(&mut totals, 100),
            keep_p50: at(&mut keeps, 50),
            keep_p99: at(&mut keeps, 99),
            facts_p50: at(&mut facts, 50),
            resolved_p50: at(&mut resolved, 50),
            ..EditFigures::default()
        };
        beside_parse.sort_by(|a, b| a.path.cmp(&b.path));
        figures.set_beside_parse(beside_parse);
        if size != LARGE {
            figures.beside_parse.clear();
        }
        Ok(figures)
    }

    /// Microseconds that parsing alone takes, on the threads on which files are parsed.
    fn parse_alone(&self, lang: Lang, text: &[u8]) -> u64 {
        self.repository.install(|| {
            let begun = Instant::now();
            drop(parse(spec(lang), text));
            begun.elapsed().as_micros() as u64
        })
    }

    /// Puts a file into the copy, or takes it away, and looks at it.
    fn apply(&mut self, path: &lodemap_host::RelPath, content: Option<&[u8]>) -> Result<Update, BenchError> {
        copy::replace(&self.root.join(path.to_os()), content)?;
        Ok(self.repository.refresh(&Dirty::files([path.clone()]), &Unwatched, &NoProgress))
    }

    /// Changes a thousand files at once, as a switch to another branch does.
    fn many(
        &mut self,
        first: &Arc<Snapshot>,
        options: &OpenOptions,
        count: &mut usize,
    ) -> Result<(f64, f64), BenchError> {
        let each = 1_000 / EditKind::ALL.len() + 1;
        let mut dirty = Dirty::default();
        for (skip, kind) in EditKind::ALL.into_iter().enumerate() {
            for edit in kinds::edits(first, &self.root, kind, skip, 1..1_000_000, each)? {
                if dirty.files.insert(edit.path.clone()) {
                    copy::replace(&self.root.join(edit.path.to_os()), edit.after.as_deref())?;
                }
            }
        }
        *count = dirty.files.len();
        let begun = Instant::now();
        self.repository.refresh(&dirty, &Unwatched, &NoProgress);
        let at_once = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        let scratch = Repository::open(options, &NoProgress)?;
        let from_nothing = begun.elapsed().as_secs_f64();
        assert_eq!(
            scratch.snapshot().digests(),
            self.repository.snapshot().digests(),
            "many changes at once must lead to the state made from nothing"
        );
        Ok((at_once, from_nothing))
    }
}

/// The report as a table.
pub fn edit_table(corpus: &str, report: &EditReport) -> String {
    let mut out = format!(
        "{corpus}: {} files, open in {:.2} s; {} files at once {:.3} s, from nothing {:.2} s; {}\n",
        report.files,
        report.open,
        report.many_files,
        report.many.0,
        report.many.1,
        if report.equal { "equal to a build from scratch" } else { "NOT equal to a build from scratch" }
    );
    out.push_str(&format!(
        "  {:<20} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7} {:>8}\n",
        "edit",
        "samples",
        "p50 ms",
        "p99 ms",
        "max ms",
        "facts p50",
        "keep p50",
        "keep p99",
        "over 1.3x",
        "> 5 ms",
        "resolved"
    ));
    let ms = |us: u64| us as f64 / 1000.0;
    for k in &report.kinds {
        out.push_str(&format!(
            "  {:<20} {:>7} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>7} {:>8}\n",
            k.kind,
            k.samples,
            ms(k.p50),
            ms(k.p99),
            ms(k.max),
            ms(k.facts_p50),
            ms(k.keep_p50),
            ms(k.keep_p99),
            k.over_parse as f64 / 1000.0,
            k.over_5_ms,
            k.resolved_p50
        ));
    }
    out
}
