//! What is indexed and what is not, and why.

use std::path::PathBuf;

use lodemap_base::RelPath;
use lodemap_disk::explain;
use lodemap_facts::Problem;
use lodemap_grammar::{detect, detect_shebang};

use crate::extract::MAX_READ;
use crate::repository::Repository;
use crate::status::{PathReason, StatusAnswer, WatcherStatus, WhyAnswer};

impl Repository {
    /// Health and coverage.
    pub fn status(&self) -> StatusAnswer {
        let snapshot = self.snapshot();
        let (mut quarantined, mut problems) = (Vec::new(), Vec::new());
        for file in snapshot.world().files() {
            for p in &file.facts.problems {
                match p {
                    Problem::Quarantined(why) => quarantined.push(reason(file.path.as_str(), why.clone())),
                    p => problems.push(reason(file.path.as_str(), p.to_string())),
                }
            }
        }
        // Slots depend on history.
        quarantined.sort_by(|a, b| a.path.cmp(&b.path));
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        let passed_over = self.inventory.passed_over();
        problems.extend(self.unread.iter().map(|(p, why)| reason(p.as_str(), why.clone())));
        problems.extend(passed_over.problems.iter().map(|p| reason(&p.place, p.what.clone())));
        let skipped = passed_over
            .skipped
            .iter()
            .map(|s| {
                let rule = s.rule.as_deref().map(|r| format!(" ({r})")).unwrap_or_default();
                reason(s.path.as_str(), format!("{}{rule}", s.reason.as_str()))
            })
            .collect();
        StatusAnswer {
            state: "ready",
            pending: 0,
            watcher: WatcherStatus::default(),
            files: snapshot.world().file_count(),
            quarantined,
            problems,
            skipped,
            ignored: passed_over.ignored,
            hidden: passed_over.hidden,
            config: self.foreign_config(),
            cache: self.cache_state(),
            memory: self.memory(),
        }
    }

    /// Configuration that comes with a repository may mark its root; nothing in it is obeyed.
    fn foreign_config(&self) -> Vec<String> {
        let path = RelPath::parse("lodemap.toml").expect("a plain name is a path");
        match self.root.read(&path, MAX_READ) {
            Ok(read) if !read.bytes.trim_ascii().is_empty() => {
                vec!["lodemap.toml marks the root; what it says is not obeyed".into()]
            }
            _ => vec![],
        }
    }

    /// Why a path is indexed or not; `path` is relative to the root, or absolute below it.
    pub fn why(&self, path: &str) -> WhyAnswer {
        let inside = std::path::Path::new(path).strip_prefix(self.root.path()).ok();
        let given = inside.map_or_else(|| PathBuf::from(path), std::path::Path::to_path_buf);
        let clean: PathBuf = given.components().filter(|c| *c != std::path::Component::CurDir).collect();
        let Some(rel) = RelPath::from_os(&clean).or_else(|| RelPath::parse(path)) else {
            return WhyAnswer {
                path: RelPath::from_bytes(path.trim_start_matches('/').as_bytes())
                    .unwrap_or_else(RelPath::root),
                indexed: false,
                reason: "outside the root; give a path below it".into(),
                rule: None,
                source: None,
            };
        };
        let why = explain(&self.root, &rel, self.inventory.options());
        let mut out = WhyAnswer {
            path: rel.clone(),
            indexed: why.indexed,
            reason: why.reason,
            rule: why.rule,
            source: why.source,
        };
        if !out.indexed {
            return out;
        }
        if let Some(id) = self.snapshot().world().file_at(rel.as_str()) {
            let snapshot = self.snapshot();
            let facts = &snapshot.world().file(id).facts;
            let problems: Vec<String> = facts.problems.iter().map(ToString::to_string).collect();
            out.reason = format!("read as {}; {}", snapshot.world().file(id).spec().name, out.reason);
            if !problems.is_empty() {
                out.reason.push_str(&format!("; {}", problems.join("; ")));
            }
            return out;
        }
        out.indexed = false;
        out.reason = match self.unread.get(&rel) {
            Some(why) => why.clone(),
            None => self.no_language(&rel),
        };
        out
    }

    fn no_language(&self, path: &RelPath) -> String {
        let has_shebang = || self.root.read(path, MAX_READ).is_ok_and(|r| detect_shebang(&r.bytes).is_some());
        if detect(path).is_none() && !has_shebang() {
            "in no language that is indexed; `lodemap languages` lists them".into()
        } else {
            "appeared after the files were read; ask again".into()
        }
    }
}

fn reason(path: &str, reason: String) -> PathReason {
    PathReason { path: path.into(), reason }
}
