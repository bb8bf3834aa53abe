//! How sure does that make each rule, and does it hold where it was not measured?

use std::collections::BTreeMap;

use anyhow::Result;
use lodemap_graph::{Calibration, Choice, Rule, Tier};

use super::score::{EdgeJudged, share};
use super::{Judged, counts};

/// How many edges were judged, and how many of them are right.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Count {
    pub(super) judged: u32,
    pub(super) right: u32,
}

impl Count {
    pub(super) fn add(&mut self, is_right: bool) {
        self.judged += 1;
        self.right += u32::from(is_right);
    }

    pub(super) fn precision(self) -> f64 {
        share(self.right, self.judged)
    }
}

/// What was counted in each repository.
pub(super) type PerRepository = Vec<Count>;

/// Counts by language, rule and choice; those of [`Calibration::ANY`] are of all languages.
#[derive(Default)]
pub(super) struct Counts(pub(super) BTreeMap<String, BTreeMap<(Rule, Choice), PerRepository>>);

pub(super) fn sum(counts: &[Count]) -> Count {
    counts
        .iter()
        .fold(Count::default(), |sum, c| Count { judged: sum.judged + c.judged, right: sum.right + c.right })
}

impl Counts {
    /// Adds the edges of one repository, but for those of which the truth is in doubt.
    pub(super) fn add(&mut self, lang: &str, edges: &[EdgeJudged]) {
        let mut counts: BTreeMap<(Rule, Choice), Count> = BTreeMap::new();
        for edge in edges.iter().filter(|e| !e.doubtful) {
            counts.entry((edge.rule, edge.choice)).or_default().add(edge.right);
        }
        for lang in [lang, Calibration::ANY] {
            let of_lang = self.0.entry(lang.to_owned()).or_default();
            for (cell, count) in &counts {
                of_lang.entry(*cell).or_default().push(*count);
            }
        }
    }
}

/// So many judged edges weighs what is known from elsewhere, which is all that counts where nothing was judged.
const PRIOR_WEIGHT: f64 = 2.0;

/// So many judged edges make a repository count half: beyond, more of the same kind say little about others.
const HALF: f64 = 50.0;

/// What to expect of the next repository, of a thousand edges.
///
/// Edges of one repository are right or wrong together: one class that is looked for in a wrong place is a hundred
/// edges. So repositories are averaged, each weighed by `n / (n + HALF)`, as in a model of random effects; with few
/// edges that is Laplace's rule of succession.
fn smoothed(counts: &[Count], prior: u16) -> u16 {
    let (mut weight, mut sum) = (PRIOR_WEIGHT / HALF, f64::from(prior) * PRIOR_WEIGHT / HALF);
    for count in counts.iter().filter(|c| c.judged > 0) {
        let n = f64::from(count.judged);
        weight += n / (n + HALF);
        sum += 1000.0 * f64::from(count.right) / (n + HALF);
    }
    (sum / weight).round() as u16
}

/// What is expected of a rule before it is judged in a language.
///
/// How good a rule is, it is everywhere. But whether the other candidates are as good as the first is a trait of the
/// language: in Python they are bindings of one scope, of which each can be meant, in Rust implementations of a
/// trait, of which none is.
fn prior(counts: &Counts, lang: &str, rule: Rule, choice: Choice) -> u16 {
    let cell = |lang: &str, rule| -> &[Count] {
        let cells = counts.0.get(lang);
        cells.and_then(|cells| cells.get(&(rule, choice))).map(Vec::as_slice).unwrap_or_default()
    };
    let everywhere = smoothed(cell(Calibration::ANY, rule), Calibration::unseen(rule, choice));
    if lang == Calibration::ANY || choice == Choice::Only || rule == Rule::Name {
        return everywhere;
    }
    let rules = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Name);
    let of_lang: Vec<Count> = rules.flat_map(|rule| cell(lang, rule)).copied().collect();
    smoothed(&of_lang, everywhere)
}

/// The text of the table.
pub(super) fn table(counts: &Counts) -> String {
    let mut out = String::from(
        "# Written by `cargo xtask eval resolve`; docs/resolution.md says what it means.\n\
         # Of the edges that a rule made in a language, how many were judged and are right, and how many of a\n\
         # thousand are therefore taken to be right.\n",
    );
    for (lang, cells) in &counts.0 {
        for rule in Rule::ALL {
            let mut head = format!("\n[{lang}.{}]\n", rule.as_str());
            for choice in Choice::ALL {
                let everywhere = prior(counts, Calibration::ANY, rule, choice);
                let expected = prior(counts, lang, rule, choice);
                let known = cells.get(&(rule, choice)).map(Vec::as_slice).unwrap_or_default();
                let p = if lang == Calibration::ANY { everywhere } else { smoothed(known, expected) };
                let Count { judged, right } = sum(known);
                if judged == 0 && p == everywhere {
                    continue;
                }
                let choice = choice.as_str();
                out.push_str(&std::mem::take(&mut head));
                out.push_str(&format!("{choice} = {{ judged = {judged}, right = {right}, p = {p} }}\n"));
            }
        }
    }
    out
}

/// What a table that was made without a repository says of it.
pub(super) struct HeldOut {
    pub(super) name: String,
    pub(super) tiers: BTreeMap<Tier, TierHeldOut>,
}

/// The edges of one tier: what was said of them, and what they are.
#[derive(Clone, Copy, Default)]
pub(super) struct TierHeldOut {
    pub(super) count: Count,
    per_mille: u64,
}

/// Below so many edges, what a tier is off by is chance: even of 200, one standard deviation is two or three hundredths.
pub(super) const ENOUGH: u32 = 200;

impl TierHeldOut {
    /// How many were said to be right.
    pub(super) fn said(self) -> f64 {
        self.per_mille as f64 / 1000.0 / f64::from(self.count.judged.max(1))
    }

    /// By how much that is off.
    pub(super) fn deviation(self) -> f64 {
        (self.said() - self.count.precision()).abs()
    }
}

impl HeldOut {
    /// Over all edges, by how much their tier is off.
    pub(super) fn error(&self) -> f64 {
        let all: u32 = self.tiers.values().map(|t| t.count.judged).sum();
        let off: f64 = self.tiers.values().map(|t| t.deviation() * f64::from(t.count.judged)).sum();
        off / f64::from(all.max(1))
    }

    /// The tier of enough edges that is off the most, and by how much.
    pub(super) fn largest(&self) -> Option<(Tier, f64)> {
        let tiers = self.tiers.iter().filter(|(_, t)| t.count.judged >= ENOUGH);
        tiers.map(|(tier, t)| (*tier, t.deviation())).max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Each repository by a table made from all others, where others of its language are among them.
pub(super) fn held_out(judged: &[Judged]) -> Result<Vec<HeldOut>> {
    let mut out = Vec::new();
    for one in judged {
        let others = || judged.iter().filter(|other| other.name != one.name);
        if !others().any(|other| other.lang == one.lang) {
            continue;
        }
        let calibration = Calibration::parse(&table(&counts(others()))).map_err(anyhow::Error::msg)?;
        let confidences = calibration.of(&one.lang);
        let mut tiers: BTreeMap<Tier, TierHeldOut> = BTreeMap::new();
        for edge in one.scored.edges.iter().filter(|e| !e.doubtful) {
            let confidence = confidences.of(edge.rule, edge.choice);
            let tier = tiers.entry(confidence.tier).or_default();
            tier.count.add(edge.right);
            tier.per_mille += u64::from(confidence.per_mille);
        }
        out.push(HeldOut { name: one.name.clone(), tiers });
    }
    Ok(out)
}
