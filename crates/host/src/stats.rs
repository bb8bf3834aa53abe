//! What indexing found and what it cost.

use std::collections::BTreeMap;

use lodemap_engine::Snapshot;
use lodemap_facts::Level;
use serde::{Deserialize, Serialize};

/// The statistics that `lodemap index` prints.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IndexStats {
    /// Indexed files.
    pub files: usize,
    /// Files whose facts were extracted now.
    pub parsed: usize,
    /// Files whose facts were known.
    pub reused: usize,
    /// Files kept from the parser.
    pub quarantined: usize,
    /// Files of which only the text was read.
    pub lexical: usize,
    /// Files in no known language.
    pub other: usize,
    /// By language name.
    pub by_language: BTreeMap<String, LanguageStats>,
    /// Definitions.
    pub symbols: usize,
    /// Places that refer to something.
    pub references: usize,
    /// Edges of the importance graph.
    pub edges: usize,
    /// Wall-clock seconds of each stage.
    pub seconds: BTreeMap<String, f64>,
    /// The largest resident size of the process, in bytes.
    pub peak_rss_bytes: u64,
    /// Bytes of the index on disk.
    pub index_bytes: u64,
    /// The digest of the state.
    pub digest: String,
}

/// The share of one language.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct LanguageStats {
    /// Files.
    pub files: usize,
    /// Lines.
    pub lines: usize,
    /// Bytes of text.
    pub bytes: u64,
}

/// The stages in the order they run.
const STAGES: [&str; 11] = [
    "discover", "read", "facts", "tables", "resolve", "edges", "rank", "digest", "publish", "total", "words",
];

impl IndexStats {
    /// What can be counted on a snapshot.
    pub(crate) fn count(snapshot: &Snapshot) -> Self {
        let mut out = IndexStats {
            references: snapshot.references(),
            edges: snapshot.graph().len(),
            digest: snapshot.digests().whole(),
            ..Self::default()
        };
        for file in snapshot.world().files() {
            out.files += 1;
            out.symbols += file.facts.symbols.len();
            out.quarantined += usize::from(file.facts.level == Level::Quarantined);
            out.lexical += usize::from(file.facts.level == Level::Lexical);
            let l = out.by_language.entry(file.spec().name.clone()).or_default();
            l.files += 1;
            l.lines += if file.facts.bytes == 0 { 0 } else { file.facts.lines.len() };
            l.bytes += u64::from(file.facts.bytes);
        }
        out
    }

    /// A table for people.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{} files ({} parsed, {} reused, {} text only, {} quarantined), {} of other kinds\n",
            self.files, self.parsed, self.reused, self.lexical, self.quarantined, self.other
        );
        for (lang, l) in &self.by_language {
            out.push_str(&format!(
                "  {lang:<12} {:>7} files {:>9} lines {:>12} bytes\n",
                l.files, l.lines, l.bytes
            ));
        }
        out.push_str(&format!(
            "{} symbols, {} references, {} edges\n",
            self.symbols, self.references, self.edges
        ));
        let stages = STAGES.iter().filter_map(|s| Some(format!("{s} {:.3} s", self.seconds.get(*s)?)));
        let stages: Vec<String> = stages.collect();
        out.push_str(&format!("{}\n", stages.join(", ")));
        let mb = |bytes: u64| bytes as f64 / (1 << 20) as f64;
        out.push_str(&format!("peak memory {:.0} MB, digest {}\n", mb(self.peak_rss_bytes), self.digest));
        out
    }
}
