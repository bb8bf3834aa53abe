//! Figures as rows: NDJSON for programs, a table for people.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::job::{Job, Measured};

/// One job on one repository.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The repository's folder.
    pub corpus: String,
    /// The job.
    pub job: Job,
    /// Of how many runs these are the medians.
    pub runs: usize,
    /// Wall-clock seconds.
    pub wall: f64,
    /// Seconds on all cores.
    pub cpu: f64,
    /// The CPU time as a multiple of the bound's, of the same run.
    pub ratio_to_bound: f64,
    /// The largest resident size, in bytes.
    pub peak_rss_bytes: u64,
    /// Files.
    pub files: usize,
    /// Lines.
    pub lines: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// Symbols.
    pub symbols: usize,
    /// Edges.
    pub edges: usize,
    /// CPU milliseconds a thousand lines.
    pub cpu_ms_per_kloc: f64,
    /// Peak memory a thousand lines, in bytes.
    pub rss_per_kloc: f64,
    /// Peak memory a symbol, in bytes.
    pub rss_per_symbol: f64,
    /// Wall-clock seconds of each stage.
    pub seconds: BTreeMap<String, f64>,
}

impl Row {
    pub(crate) fn new(corpus: &str, job: Job, m: &Measured, bound: &Measured, runs: usize) -> Self {
        let per = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        let kloc = m.lines as f64 / 1000.0;
        Row {
            corpus: corpus.into(),
            job,
            runs,
            wall: m.wall,
            cpu: m.cpu,
            ratio_to_bound: per(m.cpu, bound.cpu),
            peak_rss_bytes: m.peak_rss_bytes,
            files: m.files,
            lines: m.lines,
            bytes: m.bytes,
            symbols: m.symbols,
            edges: m.edges,
            cpu_ms_per_kloc: per(m.cpu * 1000.0, kloc),
            rss_per_kloc: per(m.peak_rss_bytes as f64, kloc),
            rss_per_symbol: if job == Job::Index {
                per(m.peak_rss_bytes as f64, m.symbols as f64)
            } else {
                0.0
            },
            seconds: m.seconds.clone(),
        }
    }
}

/// The rows as a table, a line each, and below each index the seconds of its stages.
pub fn table(rows: &[Row]) -> String {
    let mut out = format!(
        "{:<16} {:<8} {:>9} {:>9} {:>9} {:>9} {:>8} {:>10} {:>9} {:>10} {:>10}\n",
        "corpus",
        "job",
        "wall",
        "cpu",
        "x bound",
        "peak MB",
        "files",
        "lines",
        "symbols",
        "ms/kLOC",
        "B/symbol"
    );
    for r in rows {
        out.push_str(&format!(
            "{:<16} {:<8} {:>9} {:>9} {:>9.3} {:>9.0} {:>8} {:>10} {:>9} {:>10.2} {:>10.0}\n",
            r.corpus,
            r.job.as_str(),
            seconds(r.wall),
            seconds(r.cpu),
            r.ratio_to_bound,
            r.peak_rss_bytes as f64 / (1 << 20) as f64,
            r.files,
            r.lines,
            r.symbols,
            r.cpu_ms_per_kloc,
            r.rss_per_symbol
        ));
        if r.job == Job::Index {
            let stages: Vec<String> = r.seconds.iter().map(|(s, t)| format!("{s} {}", seconds(*t))).collect();
            out.push_str(&format!("{:<16} {:<8} {}\n", "", "", stages.join(", ")));
        }
    }
    out
}

fn seconds(s: f64) -> String {
    if s < 1.0 { format!("{:.2} ms", s * 1000.0) } else { format!("{s:.2} s") }
}
