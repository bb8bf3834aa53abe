//! What is resolution to reach?

use lodemap_graph::Tier;

use super::report::Figures;

/// A figure with what it is to be.
pub(super) struct Bound {
    pub(super) what: String,
    pub(super) value: f64,
    pub(super) limit: Limit,
}

#[derive(Clone, Copy)]
pub(super) enum Limit {
    Least(f64),
    Most(f64),
}

impl Bound {
    pub(super) fn is_met(&self) -> bool {
        match self.limit {
            Limit::Least(least) => self.value >= least,
            Limit::Most(most) => self.value <= most,
        }
    }

    /// `≥ .95`.
    pub(super) fn limit(&self) -> String {
        match self.limit {
            Limit::Least(least) => format!("≥ {least:.2}"),
            Limit::Most(most) => format!("≤ {most:.2}"),
        }
    }
}

/// All bounds, language by language, then those of calibration.
pub(super) fn all(figures: &Figures<'_>) -> Vec<Bound> {
    let mut out = Vec::new();
    for (lang, scopes) in figures.by_language() {
        let tally = |scope: &str| scopes.get(scope).copied().unwrap_or_default();
        let mut least = |what: &str, value, least| {
            out.push(Bound { what: format!("{lang}: {what}"), value, limit: Limit::Least(least) });
        };
        // Where nothing is called a fact, nothing is wrongly called one.
        if let Some(resolved) = figures.tiers(&lang).get(&Tier::Resolved) {
            least("precision of tier resolved", resolved.scored.precision(), 0.97);
        }
        least("precision of all edges", tally("global").precision(), 0.95);
        least("F1 of all edges", tally("global").f1(), if lang == "python" { 0.92 } else { 0.90 });
        least("F1 of calls", tally("calls").f1(), 0.92);
        least("F1 of files", tally("files").f1(), 0.95);
    }
    for held_out in figures.held_out {
        let mut most = |what: &str, value| {
            let what = format!("{}: {what}", held_out.name);
            out.push(Bound { what, value, limit: Limit::Most(0.05) });
        };
        most("calibration error", held_out.error());
        if let Some((tier, deviation)) = held_out.largest() {
            most(&format!("largest deviation of a tier ({})", tier.as_str()), deviation);
        }
    }
    out
}

/// The bounds that are missed, for people.
pub(super) fn missed(figures: &Figures<'_>) -> Vec<String> {
    let missed = all(figures).into_iter().filter(|bound| !bound.is_met());
    missed.map(|b| format!("{} is {:.3}, to be {}", b.what, b.value, b.limit())).collect()
}
