//! Where do texts and comments of several lines lie? A reading of quotes alone, good enough for places to cut at.

use std::ops::Range;

use lodemap_grammar::LangSpec;

/// Those that hold the end of a line, in the order of the text.
pub(super) fn long_texts(spec: &LangSpec, text: &[u8]) -> Vec<Range<usize>> {
    let pairs = &spec.conventions.long_texts;
    let comment = spec.line_comment.as_bytes();
    // Each begins at one of few bytes, the last of what begins it.
    let mut lasts: Vec<u8> = pairs.iter().filter_map(|(begin, _)| begin.bytes().last()).collect();
    lasts.extend(comment.last());
    lasts.sort_unstable();
    lasts.dedup();
    let next = |from: usize| match lasts[..] {
        [a] => memchr::memchr(a, &text[from..]),
        [a, b] => memchr::memchr2(a, b, &text[from..]),
        [a, b, c] => memchr::memchr3(a, b, c, &text[from..]),
        _ => text[from..].iter().position(|b| lasts.contains(b)),
    };
    let mut found = vec![];
    // What stands before `free` begins nothing any more.
    let (mut from, mut free) = (0, 0);
    while let Some(at) = next(from) {
        let after = from + at + 1;
        let seen = &text[free..after];
        from = after;
        if !comment.is_empty() && seen.ends_with(comment) {
            from += memchr::memchr(b'\n', &text[from..]).unwrap_or(text.len() - from);
            free = from;
            continue;
        }
        let begun = pairs.iter().filter(|(begin, _)| seen.ends_with(begin.as_bytes()));
        let Some((begin, end)) = begun.max_by_key(|(begin, _)| begin.len()) else { continue };
        let is_plain = begin == "\"";
        if is_plain && is_character(text, after) {
            continue;
        }
        let length =
            if is_plain { end_of_plain(&text[after..]) } else { end_of(&text[after..], end.as_bytes()) };
        from = after + length;
        free = from;
        if memchr::memchr(b'\n', &text[after..from]).is_some() {
            found.push(after - begin.len()..from);
        }
    }
    found
}

fn end_of(text: &[u8], end: &[u8]) -> usize {
    memchr::memmem::find(text, end).map_or(text.len(), |at| at + end.len())
}

/// A quote ends a plain text if no backslash takes its meaning away.
fn end_of_plain(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'"', b'\\', &text[from..]) {
        if text[from + at] == b'"' {
            return from + at + 1;
        }
        from = (from + at + 2).min(text.len());
    }
    text.len()
}

/// A quote that is a character by itself (`'"'`, `'\"'`).
fn is_character(text: &[u8], after: usize) -> bool {
    let before = after.checked_sub(2).and_then(|at| text.get(at));
    before == Some(&b'\\') || before == Some(&b'\'') && text.get(after) == Some(&b'\'')
}

#[cfg(test)]
mod tests {
    use lodemap_grammar::spec_by_name;

    use super::*;

    fn found(language: &str, text: &str) -> Vec<String> {
        let ranges = long_texts(spec_by_name(language).unwrap(), text.as_bytes());
        ranges.into_iter().map(|r| text[r].to_owned()).collect()
    }

    #[test]
    fn quotes_are_read_as_languages_have_them() {
        let text = r##"a('"', '\"', b"\"\\"); // "
r#"one
"two"
"#; "\"three
"; r"four\
" /* five
*/ r"""##;
        let expected = ["r#\"one\n\"two\"\n\"#", "\"\\\"three\n\"", "r\"four\\\n\"", "/* five\n*/"];
        assert_eq!(found("rust", text), expected);
        let text = "# '''\n'''one\n''' \"\"\"two''' \n\"\"\" '\"'\n";
        assert_eq!(found("python", text), ["'''one\n'''", "\"\"\"two''' \n\"\"\""]);
        let text = "`one\n`; // `\n/* two\n*/ `three\n";
        assert_eq!(found("javascript", text), ["`one\n`", "/* two\n*/", "`three\n"]);
        assert_eq!(found("c", "/* one\n*/ \"\n\""), ["/* one\n*/"]);
    }
}
