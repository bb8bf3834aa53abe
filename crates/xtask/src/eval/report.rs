//! The figures, for a terminal and for `docs/resolution.md`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use lodemap_graph::{Calibration, Tier};

use super::Judged;
use super::bounds;
use super::calibrate::{self, Count, Counts, ENOUGH, HeldOut};
use super::score::Tally;

/// Everything that was measured.
pub(super) struct Figures<'f> {
    pub(super) judged: &'f [Judged],
    pub(super) counts: &'f Counts,
    /// The one that follows from these figures, which this program may not be built with yet.
    pub(super) calibration: &'f Calibration,
    pub(super) held_out: &'f [HeldOut],
}

/// The edges of a tier: the row that is scored of each place, and all rows.
#[derive(Clone, Copy, Default)]
pub(super) struct TierCounts {
    pub(super) scored: Count,
    pub(super) all: Count,
}

type Scopes = BTreeMap<String, Tally>;

/// The scopes that have a column of their own.
const SCOPES: [&str; 4] = ["global", "calls", "cross", "files"];
pub(super) const BEGIN: &str = "<!-- What follows is written by `cargo xtask eval resolve`. -->\n";
pub(super) const END: &str = "<!-- What is written by `cargo xtask eval resolve` ends here. -->\n";

/// The document with another generated part.
pub(super) fn replaced(document: &str, generated: &str) -> Result<String> {
    let parts = document.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) =
        parts.context("docs/resolution.md lacks the two lines that a generated part is between")?;
    Ok(format!("{head}{BEGIN}{generated}{END}{tail}"))
}

impl Figures<'_> {
    /// The sum of each scope over the repositories of a language.
    pub(super) fn by_language(&self) -> BTreeMap<String, Scopes> {
        let mut out: BTreeMap<String, Scopes> = BTreeMap::new();
        for one in self.judged {
            let scopes = out.entry(one.lang.clone()).or_default();
            for (scope, tally) in &one.scored.scopes {
                *scopes.entry(scope.clone()).or_default() += *tally;
            }
        }
        out
    }

    /// How often the edges of each tier are right in a language.
    pub(super) fn tiers(&self, lang: &str) -> BTreeMap<Tier, TierCounts> {
        let mut out: BTreeMap<Tier, TierCounts> = BTreeMap::new();
        let edges = self.judged.iter().filter(|one| one.lang == lang).flat_map(|one| &one.scored.edges);
        for edge in edges {
            let tier = self.calibration.of(lang).of(edge.rule, edge.choice).tier;
            let counts = out.entry(tier).or_default();
            counts.all.add(edge.right);
            if edge.scored {
                counts.scored.add(edge.right);
            }
        }
        out
    }

    /// Some lines for a terminal.
    pub(super) fn summary(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, scopes: &Scopes, rest: String| {
            out.push_str(&format!("{name:<14}"));
            for scope in SCOPES {
                let t = scopes.get(scope).copied().unwrap_or_default();
                let (p, r, f1) = (t.precision(), t.recall(), t.f1());
                out.push_str(&format!("  {scope} P {p:.3} R {r:.3} F1 {f1:.3}"));
            }
            out.push_str(&format!("{rest}\n"));
        };
        for one in self.judged {
            let s = &one.scored;
            let rest = format!(
                "  ({} rows, {} unjudged, {} wrong on locals, {} on external names)",
                s.rows, s.unjudged, s.wrong_on_local, s.wrong_on_external
            );
            line(&one.name, &s.scopes, rest);
        }
        for (lang, scopes) in self.by_language() {
            line(&format!("all {lang}"), &scopes, String::new());
        }
        for held_out in self.held_out {
            let largest = held_out
                .largest()
                .map_or(String::new(), |(tier, d)| format!(", at most {d:.3} ({})", tier.as_str()));
            out.push_str(&format!(
                "{:<14}  tiers by the other repositories: off by {:.3}{largest}\n",
                held_out.name,
                held_out.error()
            ));
        }
        out
    }

    /// The generated part of the document.
    pub(super) fn document(&self) -> String {
        let parts = [
            self.bounds_table(),
            self.repository_table(),
            self.kind_table(),
            self.tier_table(),
            self.rule_table(),
            self.held_out_table(),
        ];
        format!("\n{}\n", parts.join("\n"))
    }

    fn bounds_table(&self) -> String {
        let mut out = "## Bounds\n\n| what | measured | bound | |\n|---|---|---|---|\n".to_owned();
        for bound in bounds::all(self) {
            let met = if bound.is_met() { "met" } else { "**missed**" };
            out.push_str(&format!("| {} | {:.3} | {} | {met} |\n", bound.what, bound.value, bound.limit()));
        }
        out
    }

    fn repository_table(&self) -> String {
        let mut out = "## Repositories\n\n\
            Precision / recall / F1.\n\
            `global`: references to definitions that are not local; `calls`: those that are calls; `cross`: those into \
            another file; `files`: which file refers to which.\n\
            A row that leads from an external or local name to a wrong place counts against precision.\n\n\
            | language | repository | commit | global | calls | cross | files | rows | unjudged | wrong on locals | \
            wrong on external names |\n|---|---|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for (lang, all) in self.by_language() {
            for one in self.judged.iter().filter(|one| one.lang == lang) {
                let s = &one.scored;
                out.push_str(&format!(
                    "| {lang} | {} | {} | {} | {} | {} | {} | {} |\n",
                    one.name,
                    &one.commit[..one.commit.len().min(10)],
                    SCOPES.map(|scope| cell(&s.scopes, scope)).join(" | "),
                    s.rows,
                    s.unjudged,
                    s.wrong_on_local,
                    s.wrong_on_external,
                ));
            }
            out.push_str(&format!(
                "| {lang} | all | | {} | | | | |\n",
                SCOPES.map(|scope| cell(&all, scope)).join(" | ")
            ));
        }
        out
    }

    fn kind_table(&self) -> String {
        let mut out =
            "## Kinds of definitions\n\n| language | kind | references | precision / recall / F1 |\n\
            |---|---|---|---|\n"
                .to_owned();
        for (lang, scopes) in self.by_language() {
            for (scope, tally) in &scopes {
                if let Some(kind) = scope.strip_prefix("kind:") {
                    out.push_str(&format!(
                        "| {lang} | {kind} | {} | {} |\n",
                        tally.want,
                        cell(&scopes, scope)
                    ));
                }
            }
        }
        out
    }

    fn tier_table(&self) -> String {
        let mut out = "## Tiers\n\n\
            The first row of each place, as it is scored above; then all rows.\n\n\
            | language | tier | first rows | right | precision | all rows | right | precision |\n\
            |---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for lang in self.by_language().keys() {
            for (tier, TierCounts { scored, all }) in self.tiers(lang) {
                out.push_str(&format!(
                    "| {lang} | `{}` | {} | {} |\n",
                    tier.as_str(),
                    count(scored),
                    count(all)
                ));
            }
        }
        out
    }

    fn rule_table(&self) -> String {
        let mut out = "## Rules\n\n\
            All rows at places that the truth knows.\n\n\
            | language | rule | candidate | judged | right | precision | p | tier |\n\
            |---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for (lang, cells) in &self.counts.0 {
            for ((rule, choice), cell) in cells {
                let confidence = self.calibration.of(lang).of(*rule, *choice);
                out.push_str(&format!(
                    "| {lang} | `{}` | {} | {} | {:.3} | `{}` |\n",
                    rule.as_str(),
                    choice.as_str(),
                    count(calibrate::sum(cell)),
                    f64::from(confidence.per_mille) / 1000.0,
                    confidence.tier.as_str(),
                ));
            }
        }
        out
    }

    fn held_out_table(&self) -> String {
        let mut out = format!(
            "## Calibration\n\n\
            Each repository by a table made from all the others.\n\
            Off is the difference between what is said of a tier and what is right; over all tiers, its mean over the \
            edges.\n\
            Tiers of less than {ENOUGH} edges are shown, but no bound is for them alone.\n\n\
            | repository | tier | edges | said | right | off |\n|---|---|---|---|---|---|\n"
        );
        for held_out in self.held_out {
            for (tier, t) in &held_out.tiers {
                out.push_str(&format!(
                    "| {} | `{}` | {} | {:.3} | {:.3} | {:.3} |\n",
                    held_out.name,
                    tier.as_str(),
                    t.count.judged,
                    t.said(),
                    t.count.precision(),
                    t.deviation()
                ));
            }
            let all: u32 = held_out.tiers.values().map(|t| t.count.judged).sum();
            out.push_str(&format!("| {} | all | {all} | | | {:.3} |\n", held_out.name, held_out.error()));
        }
        out
    }
}

fn cell(scopes: &Scopes, scope: &str) -> String {
    let t = scopes.get(scope).copied().unwrap_or_default();
    format!("{:.3} / {:.3} / {:.3}", t.precision(), t.recall(), t.f1())
}

fn count(count: Count) -> String {
    format!("{} | {} | {:.3}", count.judged, count.right, count.precision())
}
