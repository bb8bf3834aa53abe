//! Lines, and the parts they make.

use super::code::{codish, lang, log_line, prompt, run_of_code, sentence, statement};
use super::{PartKind, TITLE_BYTES, boilerplate, prose, words};

/// What the tag of a fence says of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    /// No tag.
    None,
    /// A settings file.
    Config,
    /// Commands.
    Shell,
    /// A diff.
    Diff,
    /// Output of a program.
    Output,
    /// Any other language.
    Other,
}

/// One line, or the piece of one which a comment cuts off.
#[derive(Debug)]
pub(super) struct Line {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Number of the fenced block it is in; 0 outside.
    pub(crate) block: u32,
    pub(crate) lang: Lang,
    /// A fence itself: in no part.
    pub(crate) markup: bool,
    pub(crate) kind: Option<PartKind>,
}

/// A part as a range of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(crate) kind: PartKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) lang: Lang,
}

/// Cuts the text into lines, finding fences and comments.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let (mut at, mut blocks) = (0, 0u32);
    let mut fence: Option<(u8, usize, Lang)> = None;
    let mut comments_end = text.rfind("-->").unwrap_or(0);
    while at < text.len() {
        let stop = text[at..].find('\n').map_or(text.len(), |n| at + n);
        let plain = Line { start: at, end: stop, block: 0, lang: Lang::None, markup: false, kind: None };
        let raw = &text[at..stop];
        let bare = raw.trim_start_matches(['>', ' ', '\t']).trim_end();
        let (mark, run) = run(bare);
        if let Some((open, length, lang)) = fence {
            let inner = Line { block: blocks, lang, ..plain };
            if mark == open && run >= length && bare.len() == run {
                out.push(Line { markup: true, ..inner });
                fence = None;
            } else if open == b'`'
                && bare.ends_with("```")
                && bare.matches('`').count() == 3
                && bare.len() > 3
            {
                // A fence closed at the end of its last line is wrong, but common.
                out.push(Line { end: at + raw.trim_end().len() - 3, ..inner });
                fence = None;
            } else {
                out.push(inner);
            }
        } else if run >= 3 && !bare[run..].contains('`') {
            blocks += 1;
            let lang = lang(&bare[run..]);
            fence = Some((mark, run, lang));
            let tag = bare[run..].trim();
            // Words after a fence which are no tag are the first line of its content.
            let content = tag.contains(char::is_whitespace) && !tag.contains(['{', '=', ',']) && mark == b'`';
            let start = if content { at + raw.find(tag).unwrap_or(0) } else { at };
            out.push(Line { start, block: blocks, lang, markup: !content, ..plain });
        } else if let Some(n) = raw.find("<!--").filter(|&n| raw[..n].matches('`').count().is_multiple_of(2))
        {
            let from = at + n;
            let to = if from < comments_end { text[from..].find("-->").map(|m| from + m + 3) } else { None };
            if to.is_none() {
                comments_end = 0;
            }
            let to = to.unwrap_or(stop);
            out.push(Line { end: from, ..plain });
            out.push(Line { start: from, end: to, kind: Some(PartKind::Boilerplate), ..plain });
            at = to + usize::from(text[to..].starts_with('\n'));
            continue;
        } else {
            out.push(plain);
        }
        at = stop + 1;
    }
    out
}

/// The run of fence characters a line begins with.
fn run(bare: &str) -> (u8, usize) {
    match bare.bytes().next() {
        Some(mark @ (b'`' | b'~')) => (mark, bare.bytes().take_while(|&b| b == mark).count()),
        _ => (0, 0),
    }
}

/// Finds the title and makes its line the title part, unless it belongs to something else.
pub(super) fn title<'a>(text: &'a str, lines: &mut Vec<Line>) -> &'a str {
    for i in 0..lines.len() {
        let Line { start, end, block, markup, kind, .. } = lines[i];
        let raw = &text[start..end];
        let bare = raw.trim().trim_start_matches('#').trim_end_matches('#').trim();
        if markup || bare.is_empty() || kind == Some(PartKind::Boilerplate) {
            continue;
        }
        let title = bare[..bare.floor_char_boundary(TITLE_BYTES)].trim_end();
        if block > 0 || kind.is_some() || !words::wordy(title) {
            return title;
        }
        let from = start + (title.as_ptr() as usize - raw.as_ptr() as usize);
        let to = from + title.len();
        lines[i].start = from;
        lines[i].end = to;
        lines[i].kind = Some(PartKind::Title);
        if words::wordy(&text[to..end]) {
            let rest = Line { start: to, end, block: 0, lang: Lang::None, markup: false, kind: None };
            lines.insert(i + 1, rest);
        }
        return title;
    }
    ""
}

/// Gives every line which has no kind yet the kind it looks like.
pub(super) fn mark(text: &str, lines: &mut [Line]) {
    let mut i = 0;
    while i < lines.len() {
        let block = lines[i].block;
        let end = i + lines[i..].iter().take_while(|l| l.block == block).count();
        if block == 0 {
            plain(text, &mut lines[i..end]);
        } else {
            fenced(text, &mut lines[i..end]);
        }
        i = end;
    }
}

fn fenced(text: &str, lines: &mut [Line]) {
    let lang = lines[0].lang;
    let (mut all, mut logs, mut versions, mut strong, mut code) = (0, 0, 0, 0, 0);
    for line in lines.iter().filter(|l| l.kind.is_none() && !l.markup) {
        let t = text[line.start..line.end].trim();
        if t.is_empty() {
            continue;
        }
        all += 1;
        logs += usize::from(log_line(t));
        code += usize::from(statement(t));
        versions += usize::from(boilerplate::version(t) || boilerplate::listed(t));
        strong += usize::from(boilerplate::version(t));
    }
    let free = matches!(lang, Lang::None | Lang::Output);
    let listing = free && strong > 0 && versions * 10 >= all * 7 && (strong > 1 || all == 1);
    let base = match lang {
        Lang::Diff => PartKind::Diff,
        _ if listing => PartKind::Boilerplate,
        Lang::Output if code * 2 <= all => PartKind::Output,
        Lang::None if logs * 2 > all => PartKind::Output,
        _ => PartKind::Code,
    };
    for line in lines.iter_mut().filter(|l| l.kind.is_none() && !l.markup) {
        let prompted = base == PartKind::Output && prompt(text[line.start..line.end].trim_start());
        line.kind = Some(if prompted { PartKind::Code } else { base });
    }
}

fn plain(text: &str, lines: &mut [Line]) {
    let (mut listing, mut code, mut session, mut blank) = (false, false, false, true);
    for i in 0..lines.len() {
        let raw = text[lines[i].start..lines[i].end].trim_end();
        let t = raw.trim_start();
        if t.is_empty() {
            (blank, session) = (true, false);
            continue;
        }
        if lines[i].kind.is_some() {
            (code, session, blank) = (false, false, false);
            continue;
        }
        let indented = raw.starts_with("    ") || raw.starts_with('\t');
        let kind = if boilerplate::heading(t) {
            listing = boilerplate::opens_listing(t);
            PartKind::Boilerplate
        } else if boilerplate::check_item(t) || boilerplate::version(t) || listing && boilerplate::listed(t) {
            listing |= boilerplate::version(t);
            PartKind::Boilerplate
        } else if prompt(t) || t == ">>>" || session && (t.starts_with("...") || !sentence(t)) {
            session = true;
            PartKind::Code
        } else if indented && (code || blank && codish(t) || run_of_code(text, &lines[i..], blank))
            || statement(raw)
        {
            PartKind::Code
        } else {
            listing &= t.len() < 100 && !t.starts_with('#');
            PartKind::Prose
        };
        code = kind == PartKind::Code;
        blank = false;
        lines[i].kind = Some(kind);
    }
}

/// Joins lines of one kind to parts, and takes prose apart.
pub(super) fn spans(text: &str, lines: &[Line]) -> Vec<Span> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        let first = &lines[i];
        let Some(kind) = first.kind.filter(|_| !first.markup) else {
            i += 1;
            continue;
        };
        let (mut last, mut k) = (i, i + 1);
        let heading = |l: &Line| text[l.start..l.end].trim_start().starts_with('#');
        while k < lines.len() && lines[k].block == first.block && !lines[k].markup && kind != PartKind::Title
        {
            let blank = text[lines[k].start..lines[k].end].trim().is_empty();
            if kind == PartKind::Prose && (blank || heading(&lines[last]) || heading(&lines[k])) {
                break;
            }
            if lines[k].kind == Some(kind) && !blank {
                last = k;
            } else if !blank {
                break;
            }
            k += 1;
        }
        let (start, end) = (first.start, lines[last].end.max(first.start));
        if kind == PartKind::Prose {
            prose::split(text, start, end, &mut out);
        } else {
            let raw = &text[start..end];
            let lead = if kind == PartKind::Code { 0 } else { raw.len() - raw.trim_start().len() };
            let body = raw[lead..].trim_end().trim_start_matches(['\n', '\r']);
            let from = end - (raw.len() - lead) + (raw[lead..].trim_end().len() - body.len());
            if words::wordy(body) {
                out.push(Span { kind, start: from, end: from + body.len(), lang: first.lang });
            }
        }
        i = last + 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::PartKind::*;
    use super::super::parse;

    fn parts(text: &str) -> Vec<(super::PartKind, &str)> {
        parse(text).parts.into_iter().map(|p| (p.kind, p.text)).collect()
    }

    #[test]
    fn fences() {
        assert_eq!(
            parts("# T\na\n```py\nx\n```\nb"),
            [(Title, "T"), (Prose, "a"), (Code, "x"), (Prose, "b")]
        );
        assert_eq!(parts("T\n~~~\nx\n```\n~~~"), [(Title, "T"), (Code, "x\n```")]);
        assert_eq!(parts("T\n```console\n$ run\nout\n```"), [(Title, "T"), (Code, "$ run"), (Output, "out")]);
        assert_eq!(parts("T\n```\nx()```\nafter"), [(Title, "T"), (Code, "x()"), (Prose, "after")]);
        assert_eq!(
            parts("T\n```\nPython 3.7.2\nnumpy 1.16\n```"),
            [(Title, "T"), (Boilerplate, "Python 3.7.2\nnumpy 1.16")]
        );
        assert_eq!(
            parts("T\r\n```\r\nDEBUG:a\r\nDEBUG:b\r\n```\r\n"),
            [(Title, "T"), (Output, "DEBUG:a\r\nDEBUG:b")]
        );
    }

    #[test]
    fn unfenced_code() {
        let text = "T\n\nso:\n\n    x = f(y)\n\n    g()\n\nthen\n\n>>> a\n1\n\nclass A(B):\n    b = c\nEnd \
                    of it all here.";
        let want = [
            (Title, "T"),
            (Prose, "so:"),
            (Code, "    x = f(y)\n\n    g()"),
            (Prose, "then"),
            (Code, ">>> a\n1\n\nclass A(B):\n    b = c"),
            (Prose, "End of it all here."),
        ];
        assert_eq!(parts(text), want);
        assert_eq!(
            parts("T\n\n    - a nested item\n    - and another"),
            [(Title, "T"), (Prose, "a nested item\n    - and another")]
        );
    }

    #[test]
    fn comments() {
        let text = "<!-- a\n\n b --> T\nx <!-- c --> y `<!-- d -->`";
        let got = parts(text);
        let want = [
            (Boilerplate, "<!-- a\n\n b -->"),
            (Title, "T"),
            (Prose, "x"),
            (Boilerplate, "<!-- c -->"),
            (Prose, "y"),
            (Inline, "<!-- d -->"),
        ];
        assert_eq!(got, want);
    }
}
