//! How does a list keep within `--tokens`?
//!
//! A map chooses what to show by its budget; other lists are shortened from their end, until their text with
//! its last line fits. The JSON answer holds the same selection.

use lodemap_answers::{
    CallsAnswer, DefAnswer, DepsAnswer, ImpactAnswer, OutlineAnswer, OutlineSymbol, RefsAnswer, SearchAnswer,
    SymbolsAnswer, Tokenizer,
};
use lodemap_wire::Problem;
use serde::Serialize;

/// An answer that is a list, best or first at its head.
pub(crate) trait List: Clone + Serialize {
    /// How many items it has.
    fn len(&self) -> usize;
    /// Keeps the first `keep` items.
    fn shorten(&mut self, keep: usize);
    /// A copy of the first `keep` items.
    fn first(&self, keep: usize) -> Self {
        let mut first = self.clone();
        first.shorten(keep);
        first
    }
    /// The whole text, without a word about what was cut, unless the answer knows that itself.
    fn text(&self) -> String;
    /// Whether the answer itself tells, in text and data, how much was cut.
    const TELLS: bool;
}

/// A list within its budget.
#[derive(Serialize)]
pub(crate) struct Fitted<T> {
    #[serde(flatten)]
    answer: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<usize>,
    #[serde(skip)]
    pub(crate) text: String,
}

/// Shortens a list as far as it must be.
pub(crate) fn fit<T: List>(
    answer: T,
    budget: Option<usize>,
    tokenizer: Tokenizer,
) -> Result<Fitted<T>, Problem> {
    let Some(budget) = budget else {
        return Ok(Fitted { text: answer.text(), answer, tokens: None, omitted: None });
    };
    let all = answer.len();
    let cut = |keep: usize| {
        let short = answer.first(keep);
        let mut text = short.text();
        if keep < all && !T::TELLS {
            text.push_str(&more(all - keep));
        }
        (short, tokenizer.count(&text), text)
    };
    let keep = largest(all, |keep| cut(keep).1 <= budget).ok_or_else(|| no_room(budget, cut(0).1))?;
    let (answer, tokens, text) = cut(keep);
    let omitted = (!T::TELLS).then_some(all - keep);
    Ok(Fitted { answer, tokens: Some(tokens), omitted, text })
}

/// Cuts a text that is no list after a line, so that it fits.
pub fn fit_text(text: String, budget: Option<usize>, tokenizer: Tokenizer) -> Result<String, Problem> {
    let Some(budget) = budget else { return Ok(text) };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let cut = |keep: usize| {
        let mut out = lines[..keep].concat();
        if keep < lines.len() {
            out.push_str(&more(lines.len() - keep));
        }
        out
    };
    let keep = largest(lines.len(), |keep| tokenizer.count(&cut(keep)) <= budget);
    keep.map(cut).ok_or_else(|| no_room(budget, tokenizer.count(&cut(0))))
}

fn more(items: usize) -> String {
    format!("… {items} more; raise --tokens\n")
}

fn no_room(budget: usize, smallest: usize) -> Problem {
    Problem::usage(format!("--tokens {budget} leaves no room for an answer; give at least {smallest}"))
}

/// So many items are tried first.
const FIRST: usize = 64;
/// The last line of what was cut takes fewer tokens than so many items.
const LITTLE: usize = 16;

/// The largest number up to `all` that fits, if smaller ones fit wherever larger ones do; only the whole may fit where a
/// little less does not, because it lacks the last line. What is tried is not much larger than what fits, however much
/// there is.
fn largest(all: usize, fits: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut good, mut low, mut bad) = (None, 0, FIRST);
    while bad + LITTLE < all && fits(bad) {
        (good, low) = (Some(bad), bad + 1);
        bad *= 2;
    }
    if bad + LITTLE >= all {
        if fits(all) {
            return Some(all);
        }
        bad = all;
    }
    while low < bad {
        let middle = low + (bad - low) / 2;
        if fits(middle) {
            good = Some(middle);
            low = middle + 1;
        } else {
            bad = middle;
        }
    }
    good
}

impl List for SymbolsAnswer {
    const TELLS: bool = true;

    fn len(&self) -> usize {
        self.symbols.len()
    }

    fn shorten(&mut self, keep: usize) {
        self.omitted += self.symbols.len().saturating_sub(keep);
        self.symbols.truncate(keep);
    }

    fn text(&self) -> String {
        SymbolsAnswer::text(self)
    }
}

impl List for DefAnswer {
    const TELLS: bool = false;

    fn len(&self) -> usize {
        self.targets.len() + self.rest + self.code_lines()
    }

    fn shorten(&mut self, keep: usize) {
        *self = self.first(keep);
    }

    fn first(&self, keep: usize) -> Self {
        DefAnswer::first(self, keep)
    }

    fn text(&self) -> String {
        DefAnswer::text(self)
    }
}

impl List for RefsAnswer {
    const TELLS: bool = true;

    fn len(&self) -> usize {
        self.references.len()
    }

    fn shorten(&mut self, keep: usize) {
        self.omitted += self.references.len().saturating_sub(keep);
        self.references.truncate(keep);
    }

    fn text(&self) -> String {
        RefsAnswer::text(self)
    }
}

impl List for SearchAnswer {
    const TELLS: bool = true;

    fn len(&self) -> usize {
        SearchAnswer::len(self)
    }

    fn shorten(&mut self, keep: usize) {
        SearchAnswer::shorten(self, keep);
    }

    fn text(&self) -> String {
        SearchAnswer::text(self)
    }
}

impl List for CallsAnswer {
    const TELLS: bool = true;

    fn len(&self) -> usize {
        self.calls.len()
    }

    fn shorten(&mut self, keep: usize) {
        self.omitted += self.calls.len().saturating_sub(keep);
        self.calls.truncate(keep);
    }

    fn text(&self) -> String {
        CallsAnswer::text(self)
    }
}

impl List for ImpactAnswer {
    const TELLS: bool = true;

    fn len(&self) -> usize {
        self.changed.len() + self.tests.len() + self.affected.len()
    }

    fn shorten(&mut self, keep: usize) {
        self.omitted += self.len().saturating_sub(keep);
        self.changed.truncate(keep);
        self.tests.truncate(keep - self.changed.len());
        self.affected.truncate(keep - self.changed.len() - self.tests.len());
    }

    fn text(&self) -> String {
        ImpactAnswer::text(self)
    }
}

impl List for DepsAnswer {
    const TELLS: bool = false;

    fn len(&self) -> usize {
        self.imports.len() + self.importers.len()
    }

    fn shorten(&mut self, keep: usize) {
        let importers = keep.saturating_sub(self.imports.len());
        self.imports.truncate(keep);
        self.importers.truncate(importers);
    }

    fn text(&self) -> String {
        DepsAnswer::text(self)
    }
}

impl List for OutlineAnswer {
    const TELLS: bool = false;

    fn len(&self) -> usize {
        let mut todo: Vec<&OutlineSymbol> = self.symbols.iter().collect();
        let mut count = 0;
        while let Some(symbol) = todo.pop() {
            count += 1;
            todo.extend(&symbol.symbols);
        }
        count
    }

    fn shorten(&mut self, keep: usize) {
        let mut left = keep;
        prune(&mut self.symbols, &mut left);
    }

    fn text(&self) -> String {
        OutlineAnswer::text(self)
    }
}

/// Keeps the first `left` symbols in the order of the text. Definitions nest only as deep as the parser's guard
/// allows.
fn prune(symbols: &mut Vec<OutlineSymbol>, left: &mut usize) {
    symbols.retain_mut(|symbol| {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        prune(&mut symbol.symbols, left);
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_that_fits() {
        for limit in 0..10 {
            assert_eq!(largest(9, |n| n <= limit), Some(limit.min(9)));
        }
        assert_eq!(largest(5, |_| false), None);
        assert_eq!(largest(0, |_| true), Some(0));
        assert_eq!(largest(5, |n| n == 5 || n < 2), Some(5), "the whole needs no last line");
        for all in [63, 64, 79, 80, 81, 129, 1000] {
            for limit in (0..=all).filter(|limit| *limit < 200 || limit % 7 == 0) {
                assert_eq!(largest(all, |n| n <= limit), Some(limit), "{limit} of {all}");
            }
            for limit in all.saturating_sub(LITTLE)..all {
                assert_eq!(largest(all, |n| n == all || n <= limit), Some(all), "{limit} of {all}");
            }
        }
    }

    #[test]
    fn what_is_far_too_large_is_not_tried() {
        let (tried, limit) = (std::cell::RefCell::new(vec![]), 150);
        let fits = |n: usize| {
            tried.borrow_mut().push(n);
            n <= limit
        };
        assert_eq!(largest(1_000_000, fits), Some(limit));
        let tried = tried.into_inner();
        assert!(tried.len() <= 12 && tried.iter().all(|n| *n <= 4 * limit), "{tried:?}");
    }

    #[test]
    fn texts_are_cut_after_a_line_and_never_exceed() {
        let text: String = (0..50).map(|n| format!("line number {n}\n")).collect();
        let tokenizer = Tokenizer::O200k;
        for budget in 9..80 {
            let cut = fit_text(text.clone(), Some(budget), tokenizer).unwrap();
            assert!(tokenizer.count(&cut) <= budget);
            assert!(cut.ends_with("more; raise --tokens\n"), "{cut}");
        }
        assert_eq!(fit_text(text.clone(), Some(1000), tokenizer).unwrap(), text);
        assert_eq!(fit_text(text, Some(1), tokenizer).unwrap_err().kind, lodemap_wire::ProblemKind::Usage);
    }
}
