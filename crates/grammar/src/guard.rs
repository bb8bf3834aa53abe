//! What must not reach a parser: a scan of the bytes that costs a few milliseconds a megabyte.
//!
//! Released grammars keep their scanner's state in a buffer of 1,024 bytes and abort the whole process when it
//! does not fit: 600 nested blocks in Python are enough. Where files are parsed in processes of their own that costs
//! two of them; a rule of the content costs nothing, and holds for programs that parse in their own process too.
//! Such files get lexical facts and are named as quarantined.

use crate::lang::LangSpec;

/// What the scan says of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GuardVerdict {
    /// Parse it.
    Parse,
    /// Only names and text: the file is too large or its lines are too long to be hand-written code.
    Lexical(&'static str),
    /// Known to kill or hang the grammar's own code.
    Quarantine(&'static str),
}

/// Files above this many bytes get lexical facts only.
pub(crate) const MAX_PARSED_BYTES: usize = 1_000_000;
/// Files whose lines are longer than this on average get lexical facts only.
pub(crate) const MAX_MEAN_LINE: usize = 300;
/// Indentation levels a grammar's scanner can hold with room to spare (Python's has 1,024 bytes, two a level).
const MAX_INDENT_LEVELS: usize = 400;
/// So many levels cannot stand in fewer bytes: each is a line that is indented one further.
const MIN_INDENTED_BYTES: usize = MAX_INDENT_LEVELS * MAX_INDENT_LEVELS / 2;
/// Brackets that may be open at once; hand-written code stays below 60.
const MAX_BRACKETS: usize = 1_500;

/// Scans `source`.
pub fn guard(spec: &LangSpec, source: &[u8]) -> GuardVerdict {
    if source.len() > MAX_PARSED_BYTES {
        return GuardVerdict::Lexical("larger than 1 MB");
    }
    // The cheap questions come first: few files have enough bytes or brackets for the dear ones.
    if spec.name == "python"
        && source.len() >= MIN_INDENTED_BYTES
        && indent_levels(source) > MAX_INDENT_LEVELS
    {
        return GuardVerdict::Quarantine("more than 400 levels of indentation abort the grammar's scanner");
    }
    let opening = count(source, |b| matches!(b, b'(' | b'[' | b'{'));
    if opening > MAX_BRACKETS && open_brackets(source) > MAX_BRACKETS {
        return GuardVerdict::Quarantine("more than 1,500 brackets open at once");
    }
    if source.len() > 4 * MAX_MEAN_LINE {
        let lines = count(source, |b| b == b'\n') + 1;
        if source.len() / lines > MAX_MEAN_LINE {
            return GuardVerdict::Lexical("lines of more than 300 bytes on average");
        }
    }
    GuardVerdict::Parse
}

/// How many bytes are such; short runs are summed in bytes, which the compiler turns into wide instructions.
fn count(source: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let of_run = |run: &[u8]| usize::from(run.iter().map(|b| u8::from(is(*b))).sum::<u8>());
    source.chunks(255).map(of_run).sum()
}

/// The largest number of distinct, growing indentations open at once.
fn indent_levels(source: &[u8]) -> usize {
    let mut open: Vec<usize> = Vec::new();
    let mut deepest = 0;
    for line in source.split(|b| *b == b'\n') {
        let indent = line.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\x0c')).count();
        if indent == line.len() {
            continue;
        }
        while open.last().is_some_and(|last| *last >= indent) {
            open.pop();
        }
        open.push(indent);
        deepest = deepest.max(open.len());
    }
    deepest
}

/// The largest number of brackets open at once, taking every bracket at face value: strings and comments are
/// not told apart, so this can only be too high.
fn open_brackets(source: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    for b in source {
        match b {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::spec_by_name;

    #[test]
    fn killers_are_kept_out_and_code_is_not() {
        let python = spec_by_name("python").unwrap();
        let rust = spec_by_name("rust").unwrap();
        let nested: String =
            (0..600).map(|i| format!("{}if 1:\n", " ".repeat(i))).collect::<String>() + "'a'";
        assert!(matches!(guard(python, nested.as_bytes()), GuardVerdict::Quarantine(_)));
        assert!(matches!(guard(rust, "(".repeat(10_000).as_bytes()), GuardVerdict::Quarantine(_)));
        assert!(matches!(guard(rust, "x".repeat(2_000_000).as_bytes()), GuardVerdict::Lexical(_)));
        assert!(matches!(guard(rust, "let x = 1; ".repeat(1_000).as_bytes()), GuardVerdict::Lexical(_)));
        assert_eq!(guard(python, b"def f(x):\n    return [g(x)]\n"), GuardVerdict::Parse);
        assert_eq!(guard(python, b""), GuardVerdict::Parse);
    }
}
