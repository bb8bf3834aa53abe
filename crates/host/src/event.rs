//! One line of `lodemap watch`.

use std::collections::BTreeMap;

use lodemap_base::RelPath;
use serde::Serialize;

use crate::status::WatcherStatus;
use crate::update::Update;

/// A new state, as a stream tells it.
#[derive(Clone, Debug, Serialize)]
pub struct WatchEvent {
    /// `ready` for the first, then `update`.
    pub event: &'static str,
    /// Files whose content or role is another now.
    pub changed: Vec<RelPath>,
    /// Files that are indexed now and were not; not listed for `ready`.
    pub added: Vec<RelPath>,
    /// Files that are no longer indexed.
    pub removed: Vec<RelPath>,
    /// Microseconds of each stage; `total` from the first read to the publish, `wait` from the first event to that read.
    pub micros: BTreeMap<&'static str, u64>,
    /// How much work it was.
    pub work: WorkCounts,
    /// How changes are noticed, with `ready`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watcher: Option<WatcherStatus>,
    /// Whether the state is the one of a from-scratch build, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equal: Option<bool>,
    /// Files that had changed without an event, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Vec<RelPath>>,
    /// Where the two differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<String>>,
}

/// How much work a step was.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WorkCounts {
    /// Files that went through the parser.
    pub parsed: usize,
    /// Files whose references were resolved.
    pub resolved: usize,
    /// Files whose edges were drawn anew.
    pub redrawn: usize,
    /// Rows of the importance graph that are others now.
    pub rows: usize,
    /// Edges visited to bring the ranks up to date.
    pub edges_touched: usize,
    /// Layers of the ranks that had anything to do.
    pub layers_run: usize,
    /// Nodes whose importance is another now.
    pub ranks_changed: usize,
}

impl WatchEvent {
    /// Tells of a step.
    pub fn of(event: &'static str, update: &Update) -> Self {
        let micros = |t: std::time::Duration| t.as_micros() as u64;
        let mut times: BTreeMap<&'static str, u64> =
            update.times.iter().map(|(stage, t)| (*stage, micros(*t))).collect();
        times.insert("wait", micros(update.waited));
        let is_first = event == "ready";
        let work = &update.work;
        Self {
            event,
            changed: update.changed.clone(),
            added: if is_first { vec![] } else { update.added.clone() },
            removed: update.removed.clone(),
            micros: times,
            work: WorkCounts {
                parsed: update.parsed.len(),
                resolved: work.resolved.len(),
                redrawn: work.redrawn,
                rows: work.rows,
                edges_touched: work.edges_touched,
                layers_run: work.layers_run,
                ranks_changed: work.ranks_changed,
            },
            watcher: None,
            equal: None,
            missed: None,
            differences: None,
        }
    }

    /// For people: one line, and the paths below it.
    pub fn text(&self, files: usize) -> String {
        let millis = |stage: &str| self.micros.get(stage).copied().unwrap_or(0) as f64 / 1000.0;
        let mut out = if self.event == "ready" {
            let watcher = self.watcher.as_ref();
            let dirs = watcher.map_or(0, |w| w.dirs);
            let mode = watcher.map_or("none", |w| w.mode);
            format!("ready: {files} files in {:.0} ms; {dirs} folders watched ({mode})\n", millis("total"))
        } else {
            format!(
                "{} changed, {} added, {} removed: {:.1} ms ({} parsed, {} resolved, {} ranks changed)\n",
                self.changed.len(),
                self.added.len(),
                self.removed.len(),
                millis("total"),
                self.work.parsed,
                self.work.resolved,
                self.work.ranks_changed
            )
        };
        if let Some(problem) = self.watcher.as_ref().and_then(|w| w.problem.as_ref()) {
            out.push_str(&format!("  note: {problem}\n"));
        }
        const SHOWN: usize = 10;
        for (mark, paths) in [('~', &self.changed), ('+', &self.added), ('-', &self.removed)] {
            paths.iter().take(SHOWN).for_each(|path| out.push_str(&format!("  {mark} {path}\n")));
            if paths.len() > SHOWN {
                out.push_str(&format!("  {mark} … {} more\n", paths.len() - SHOWN));
            }
        }
        if let Some(equal) = self.equal {
            out.push_str(if equal {
                "  equal to a build from scratch\n"
            } else {
                "  NOT equal to a build from scratch\n"
            });
            self.differences.iter().flatten().for_each(|d| out.push_str(&format!("    {d}\n")));
            self.missed.iter().flatten().for_each(|p| out.push_str(&format!("  missed until now: {p}\n")));
        }
        out
    }
}
