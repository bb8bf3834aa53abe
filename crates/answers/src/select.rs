//! Lines of a map and the greedy choice of them under a budget.

use rustc_hash::FxHashMap;

use crate::tokens::Tokenizer;

/// Signatures in a line are cut here.
const MAX_LINE: usize = 120;
/// Line numbers are lined up at this column where the signature is shorter.
const NUMBERS_AT: usize = 56;

/// One line of a map: indentation, signature, line numbers.
pub(crate) fn line_text(depth: usize, signature: &str, lines: &str) -> String {
    let mut out = "  ".repeat(depth.min(12));
    let start = out.chars().count();
    let room = MAX_LINE - start;
    if signature.chars().count() > room {
        out.extend(signature.chars().take(room - 1));
        out.push('…');
    } else {
        out.push_str(signature);
    }
    let width = out.chars().count();
    out.extend(std::iter::repeat_n(' ', NUMBERS_AT.saturating_sub(width).max(2)));
    out.push_str(lines);
    out.push('\n');
    out
}

/// What was left out of a file.
pub(crate) fn more_text(symbols: usize) -> String {
    let s = if symbols == 1 { "" } else { "s" };
    format!("  ⋮ {symbols} more symbol{s}\n")
}

/// The last line.
pub(crate) fn last_text(files: usize, symbols: usize) -> String {
    let hint = if files + symbols > 0 { "; raise --tokens or --focus" } else { "" };
    format!("… {files} files and {symbols} symbols more{hint}\n")
}

/// Counts lines once each. No line is empty and each ends with a newline, where the tokenizers' patterns always
/// split, so the count of a text is the sum over its lines; the final count checks it.
pub(crate) struct LineCounter {
    tokenizer: Tokenizer,
    more: FxHashMap<usize, usize>,
}

impl LineCounter {
    pub(crate) fn new(tokenizer: Tokenizer) -> Self {
        Self { tokenizer, more: FxHashMap::default() }
    }

    pub(crate) fn line(&self, text: &str) -> usize {
        self.tokenizer.count(text)
    }

    /// What a `⋮` line costs; nothing if there is none.
    pub(crate) fn more(&mut self, symbols: usize) -> usize {
        if symbols == 0 {
            return 0;
        }
        let tokenizer = self.tokenizer;
        *self.more.entry(symbols).or_insert_with(|| tokenizer.count(&more_text(symbols)))
    }

    pub(crate) fn last(&self, files: usize, symbols: usize) -> usize {
        self.tokenizer.count(&last_text(files, symbols))
    }
}
