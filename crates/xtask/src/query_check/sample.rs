//! A sample: real code with comments whose carets say what must be found in the line above.

use super::show;
use lodemap_base::Position;
use lodemap_facts::{FileFacts, NONE, facts_of};
use lodemap_grammar::LangSpec;
use std::collections::BTreeMap;

/// What came of a sample.
pub(super) struct Checked {
    /// How many annotations it holds.
    pub(super) annotations: usize,
    /// `LINE: what is wrong`.
    pub(super) problems: Vec<String>,
}

/// One annotation of a place.
struct Annotation {
    /// The annotation's own line in the sample, from 1.
    line: usize,
    /// The line it speaks of, as the extractor counts, from 1.
    code_line: u32,
    /// The columns it speaks of, from 1; none for the whole file.
    columns: Vec<u32>,
    says: String,
}

/// The code with an annotation for all that is found in it.
pub(super) fn annotate(spec: &LangSpec, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mark = spec.line_comment.as_str();
    let facts = facts_of(spec.lang, bytes);
    let mut found = places(&facts).into_iter().peekable();
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        out += line;
        out.push('\n');
        let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        while let Some((at, says)) = found.next_if(|(at, _)| at.line as usize == index + 1) {
            let gap = (at.col as usize - 1).checked_sub(indent.len() + mark.len());
            let defines = says.iter().any(|s| s.starts_with("define "));
            let signature = signature_at(&facts, at).filter(|_| defines).map(|s| format!("signature {s}"));
            let says = says.into_iter().chain(signature);
            for says in says {
                out += &indent;
                out += mark;
                match gap {
                    Some(gap) => out += &format!("{}^ {says}\n", " ".repeat(gap)),
                    None if at.col as usize == indent.len() + 1 => out += &format!(" <- {says}\n"),
                    None => out += &format!(" <+1 {says}\n"),
                }
            }
        }
    }
    out += &format!("{mark}: {}\n", show::exports(&facts));
    out
}

/// Checks a sample. The annotations are cut out first, so that they are neither code nor documentation.
pub(super) fn check(spec: &LangSpec, bytes: &[u8]) -> Checked {
    let text = String::from_utf8_lossy(bytes);
    let mark = spec.line_comment.as_str();
    let mut code = String::new();
    let mut lines = Vec::new(); // of the sample, for each line of the code
    let mut annotations: Vec<Annotation> = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        match annotation(line, mark) {
            Some((columns, says)) => annotations.push(Annotation {
                line: index + 1,
                code_line: lines.len() as u32,
                columns,
                says: says.into(),
            }),
            None => {
                code.push_str(line);
                lines.push(index + 1);
            }
        }
    }
    let facts = facts_of(spec.lang, code.as_bytes());
    let found = places(&facts);
    let mut problems: Vec<(usize, String)> = Vec::new();
    if annotations.is_empty() {
        problems.push((1, "there is no annotation".into()));
    }
    let mut expected: BTreeMap<Position, Vec<(usize, String)>> = BTreeMap::new();
    for a in &annotations {
        if a.columns.is_empty()
            && let Some(wrong) = wrong_of_file(&facts, &code, &a.says)
        {
            problems.push((a.line, wrong));
        }
        for col in &a.columns {
            let at = Position { line: a.code_line, col: *col };
            if let Some(signature) = a.says.strip_prefix("signature ") {
                let actual = signature_at(&facts, at);
                if actual.as_deref() != Some(signature) {
                    problems.push((a.line, format!("expected signature {signature:?}, found {actual:?}")));
                }
                continue;
            }
            let entry = expected.entry(at).or_default();
            if a.says != "none" {
                entry.push((a.line, a.says.replacen(" public", "", 1)));
            } else {
                entry.push((a.line, String::new()));
            }
        }
    }
    let none = Vec::new();
    for (at, says) in &expected {
        let actual = found.get(at).unwrap_or(&none);
        let wanted: Vec<&String> = says.iter().map(|(_, s)| s).filter(|s| !s.is_empty()).collect();
        for (line, s) in says.iter().filter(|(_, s)| !s.is_empty() && !actual.contains(s)) {
            problems.push((*line, format!("expected `{s}`, found {}", list(actual))));
        }
        let line = says.first().map_or(0, |(line, _)| *line);
        if actual.len() != wanted.len() && wanted.iter().all(|w| actual.contains(w)) {
            problems.push((line, format!("found {}, which is more than is said", list(actual))));
        }
    }
    problems.sort();
    let problems = problems.into_iter().map(|(line, p)| format!("{line}: {p}")).collect();
    Checked { annotations: annotations.len(), problems }
}

fn list(found: &[String]) -> String {
    if found.is_empty() { "nothing".into() } else { format!("`{}`", found.join("` and `")) }
}

/// `# ^ says` with any number of runs of carets, `# <- says` for the column in which the comment itself
/// begins, `# <+1 says` for the one after it, or `#: says` for the file.
fn annotation<'t>(line: &'t str, mark: &str) -> Option<(Vec<u32>, &'t str)> {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let rest = trimmed.strip_prefix(mark)?;
    if let Some(says) = rest.strip_prefix(':') {
        return Some((vec![], says.trim()));
    }
    let inner = rest.trim_start();
    if let Some(says) = inner.strip_prefix("<-") {
        return Some((vec![indent as u32 + 1], says.trim()));
    }
    if let Some(says) = inner.strip_prefix("<+1") {
        return Some((vec![indent as u32 + 2], says.trim()));
    }
    let says = inner.trim_start_matches(['^', ' ']);
    if !inner.starts_with('^') || says.trim().is_empty() {
        return None;
    }
    let marks = line.len() - says.len();
    let is_start = |i: usize| line.as_bytes()[i] == b'^' && line.as_bytes()[i - 1] != b'^';
    Some(((1..marks).filter(|i| is_start(*i)).map(|i| i as u32 + 1).collect(), says.trim()))
}

fn wrong_of_file(f: &FileFacts, code: &str, says: &str) -> Option<String> {
    let actual = match says.split_once(' ').map_or(says, |(word, _)| word) {
        "exports" => show::exports(f),
        "doc" => {
            let doc = code.get(f.doc.start as usize..f.doc.end as usize).unwrap_or_default();
            format!("doc {}", doc.lines().next().unwrap_or_default())
        }
        "problems" => {
            let all: Vec<_> = f.problems.iter().map(ToString::to_string).collect();
            format!("problems {}", if all.is_empty() { "none".into() } else { all.join("; ") })
        }
        word => return Some(format!("a file has no `{word}`; say exports, doc or problems")),
    };
    (actual != says).then(|| format!("expected `{says}`, found `{actual}`"))
}

fn signature_at(f: &FileFacts, at: Position) -> Option<String> {
    let offset = f.lines.offset(at)?;
    let symbol = f.symbols.iter().find(|s| s.name_at == offset && s.signature != NONE)?;
    f.signature_of(&symbol).map(str::to_owned)
}

/// All that was found, by place.
fn places(f: &FileFacts) -> BTreeMap<Position, Vec<String>> {
    let mut out: BTreeMap<Position, Vec<String>> = BTreeMap::new();
    let mut add = |at: u32, says: String| out.entry(f.lines.position(at)).or_default().push(says);
    for (ix, s) in f.symbols.iter().enumerate() {
        add(s.name_at, show::define(f, ix as u32));
    }
    for i in f.imports.iter() {
        add(i.at, show::import(f, &i));
    }
    for r in &f.refs {
        // A part of an import's path is shown only where no import begins.
        if !(show::is_import_part(f, &r) && f.imports.iter().any(|i| i.at == r.at)) {
            add(r.at, show::reference(f, &r));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use lodemap_grammar::spec_by_name;

    fn problems(sample: &str) -> Vec<String> {
        check(spec_by_name("python").unwrap(), sample.as_bytes()).problems
    }

    const GOOD: &str = "\
def load(path):
#   ^ define function load
#   ^ signature def load(path)
    return open(path).read()
    #      ^ call open
    #           ^ none
    #                 ^^^^ call open().read
x = load(1)
# <- define variable x : load()
#   ^ call load
#: exports public
#: problems none
";

    #[test]
    fn a_right_sample_passes() {
        assert_eq!(problems(GOOD), [""; 0]);
    }

    #[test]
    fn each_wrong_word_is_told() {
        for (right, wrong) in [
            ("define function load", "define method load"),
            ("define function load", "define function load private"),
            ("define function load", "define function load doc"),
            ("signature def load(path)", "signature def load()"),
            ("^ call open\n", "^ call close\n"),
            ("^ call open\n", "^ none\n"),
            ("^ none", "^ read path"),
            ("open().read", "?.read"),
            ("variable x : load()", "variable x"),
            ("#   ^ call load\n", "#  ^ call load\n"),
            ("exports public", "exports load"),
            ("problems none", "problems some"),
            ("#: problems none", "#: size 3"),
        ] {
            let sample = GOOD.replacen(right, wrong, 1);
            assert_ne!(sample, GOOD);
            assert_eq!(problems(&sample).len(), 1, "{wrong}: {:?}", problems(&sample));
        }
    }

    #[test]
    fn a_place_must_be_told_in_full() {
        let both = "import os.path\n#      ^ import os.path\n#      ^ import os as os\n";
        assert_eq!(problems(both), [""; 0]);
        assert_eq!(problems(&both.replace("#      ^ import os as os\n", "")).len(), 1);
    }

    #[test]
    fn a_sample_without_annotations_is_an_error() {
        assert_eq!(problems("x = 1\n"), ["1: there is no annotation"]);
    }
}
