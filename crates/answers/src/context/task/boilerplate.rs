//! What every issue has and no retrieval should be done from.

use super::words::one_of;

/// Words of which headings of issue templates are made.
const TEMPLATE: &str = "\
    a about actual additional affected all alternatives an and any anything appears are as background \
    be been before behavior behaviour brief bug but can checklist checks clear code command comments \
    complete considered context current debug describe description desired details did do does else \
    environment error example expect expected extra feature fill following for full further got had \
    happen happened happening happens have here how i if in info information instead is issue it its \
    like links log logs many mcve message minimal minimum more motivation mwe need notes observed of \
    on operating or os other output outcome platform possible please problem proposal proposed \
    question relevant repo report reproducer reproducible reproduce reproducing reproduction request \
    result results running rust python sample screenshots see seeing setup should snippet software \
    solution solve solves some specifications stack step steps suggested summary system that the there \
    this to trace traceback tried url use case using version versions was we went were what when which \
    why with work workaround would wrong you your cases fix potential related issues reference \
    references edit update";

fn template_words(t: &str) -> (usize, usize, bool) {
    let (mut known, mut unknown, mut version) = (0, 0, false);
    for word in t.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).take(16) {
        let word = word.to_ascii_lowercase();
        version |= word.starts_with("version") || word == "environment";
        if one_of(TEMPLATE, &word) || word == "s" {
            known += 1;
        } else {
            unknown += 1;
        }
    }
    (known, unknown, version)
}

/// A heading of an issue template, such as "Steps to reproduce".
pub(super) fn heading(t: &str) -> bool {
    if t.len() > 120 || t.contains('`') {
        return false;
    }
    let bare = t.trim_matches(['#', '*', '_', ' ', ':', '?', '.', '…', '=', '-']);
    let marked = t.starts_with('#') || t.starts_with("**") || t.starts_with("__") || t.ends_with(':');
    let (known, unknown, version) = template_words(bare);
    let title = known > 0 && known + unknown < 16;
    if marked {
        return title && (unknown == 0 || unknown == 1 && version && known < 4);
    }
    // Without marks only a heading as templates word it counts.
    let capital = bare.starts_with(|c: char| c.is_ascii_uppercase());
    let lower = bare.to_ascii_lowercase();
    let exact = "\
        steps to reproduce|steps/code to reproduce|expected behavior|expected behaviour|\
        expected result|expected results|expected|actual|actual behavior|actual behaviour|\
        actual result|actual results|actual outcome|expected outcome|environment|versions|version|\
        describe the bug|additional context|additional information|to reproduce|\
        code for reproduction|bug report|bug summary|description|summary|system information|output|\
        reproduction|minimal example|code sample|current behavior|problem description";
    capital && unknown == 0 && !t.ends_with('.') && exact.split('|').any(|e| e == lower)
}

/// A heading under which versions are listed.
pub(super) fn opens_listing(t: &str) -> bool {
    let lower = t.to_ascii_lowercase();
    ["version", "environment", "system", "platform", "setup", "information", "software"]
        .iter()
        .any(|w| lower.contains(w))
}

/// `- [x] I have searched`, and the stamp of a ticket
pub(super) fn check_item(t: &str) -> bool {
    if t.starts_with("(last modified by ") {
        return true;
    }
    let Some(rest) = t.strip_prefix(['-', '*', '+']).map(str::trim_start) else {
        return false;
    };
    if rest.starts_with("[x]") || rest.starts_with("[X]") {
        return true;
    }
    let Some(rest) = rest.strip_prefix("[ ]") else {
        return false;
    };
    let rest = rest.trim_start();
    ["I ", "I'", "I\u{2019}", "Yes", "No", "This "].iter().any(|p| rest.starts_with(p))
        || ["searched", "checked", "read the", "confirmed"].iter().any(|w| rest.contains(w))
}

/// `3.7.2`, `v0.14.0-beta.4`; gives the rest of the text.
fn version_number(s: &str) -> Option<&str> {
    let s = s.trim_start_matches(['v', 'V', '=', '^', '"', '\'', '`']);
    let end = s.find(|c: char| !(c.is_ascii_alphanumeric() || ".+-_".contains(c))).unwrap_or(s.len());
    let mut pieces = s[..end].split('.');
    let digit = |p: &str| p.starts_with(|c: char| c.is_ascii_digit()) && p.len() < 12;
    let fine = pieces.next().is_some_and(|p| digit(p) && p.bytes().all(|b| b.is_ascii_digit()))
        && pieces.next().is_some_and(digit);
    fine.then(|| s[end..].trim_start_matches(['"', '\'', '`', ',', ';', '.']))
}

/// A line that does nothing but tell the version of something, or a line of a report of a system.
pub(super) fn version(t: &str) -> bool {
    let t = t.trim().trim_start_matches(['-', '*', '\u{2022}', '>', ' ', '|']).trim_end();
    if t.is_empty() || t.len() > 160 {
        return false;
    }
    let fixed = "\
        Linux-|Windows-|Darwin-|macOS-|rootdir: |plugins: |cachedir: |Python dependencies:|\
        Python deps:|INSTALLED VERSIONS|Built with OpenMP|commit-hash: |commit-date: |\
        LLVM version:|binary: rustc|cblas_libs:|python-bits:|OS-release:|LC_ALL: |LOCALE: |\
        byteorder: |configfile: |BLAS:|lib_dirs:";
    let keyed = [
        "executable:",
        "machine:",
        "python:",
        "OS:",
        "Operating system:",
        "Operating System:",
        "Platform:",
        "host: ",
    ];
    if fixed.split('|').any(|p| t.starts_with(p)) || t.starts_with("platform ") && t.contains(" -- ") {
        return true;
    }
    if keyed.iter().any(|p| t.starts_with(p)) && t.len() < 120 && !t.contains('`') {
        return true;
    }
    if let Some(rest) = version_number(t) {
        return rest.is_empty() || rest.starts_with(" (") && rest.ends_with(')');
    }
    // Up to four words of name, then the number.
    let (mut at, mut names) = (0, 0);
    for word in t.split_whitespace().take(6) {
        let from = at + t[at..].find(word).unwrap_or(0);
        at = from + word.len();
        let glued = word
            .find("==")
            .map(|n| from + n + 2)
            .or_else(|| word.rfind([':', '@', '=']).map(|n| from + n + 1));
        let number =
            if names > 0 || glued.is_some() { version_number(&t[glued.unwrap_or(from)..]) } else { None };
        if let Some(rest) = number {
            let tail = rest.trim_start();
            return tail.is_empty()
                || tail.starts_with(['(', '[', '|', '/'])
                || tail.len() < 25 && rest.starts_with([' ', ',']) && !tail.contains(". ");
        }
        let plain = word.trim_matches([':', '*', '=', '(', ')', ',']);
        let barred = "\
        in since as of at from for with to until is the on using and after before works if fails";
        let named = word == "="
            || word == "-"
            || plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
        if !named || one_of(barred, &plain.to_ascii_lowercase()) {
            return false;
        }
        names += 1;
    }
    false
}

/// A line of a listing, `key: value`, to be believed only among others.
pub(super) fn listed(t: &str) -> bool {
    let t = t.trim().trim_start_matches(['-', '*', '\u{2022}', '>', ' ']);
    if t.len() > 120 || t.contains(". ") || t.contains('`') {
        return false;
    }
    let rule = t.len() > 3 && t.bytes().all(|b| b == b'-' || b == b'=');
    let system = "\
        ubuntu|debian|macos|mac os|os x|windows|linux|arch|fedora|centos|darwin|python|conda|pip";
    let lower = t.to_ascii_lowercase();
    let short = t.split_whitespace().take(7).count() < 7;
    let key = t.split_once(':').is_some_and(|(k, v)| {
        k.split_whitespace().count() <= 4 && (v.is_empty() || v.starts_with([' ', '\t', '*']))
    });
    rule || version(t)
        || key && !t.contains('(')
        || key && t.contains("default,")
        || short && system.split('|').any(|s| lower.starts_with(s))
}

/// Bytes of the address of a page which `s` begins with.
pub(super) fn url(s: &str) -> Option<usize> {
    let scheme = ["https://", "http://", "www.", "ftp://", "mailto:"].iter().find(|p| s.starts_with(**p))?;
    let stop = |c: char| c.is_whitespace() || "<>\"`')]|\\^{}".contains(c);
    let end = s.find(stop).unwrap_or(s.len());
    let end = s[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']).len();
    (end > scheme.len()).then_some(end)
}

/// A mail address, a hash, or a blob in base64.
pub(super) fn blob(w: &str) -> bool {
    if let Some((user, host)) = w.split_once('@')
        && let Some((_, top)) = host.rsplit_once('.')
    {
        let fine =
            |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+".contains(&b));
        let last = top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
        return fine(user) && fine(host) && last;
    }
    if w.len() < 40 {
        return false;
    }
    let number = w.bytes().filter(u8::is_ascii_digit).count();
    if w.bytes().all(|b| b.is_ascii_hexdigit()) {
        return number > 3;
    }
    let class = |b: u8| {
        if b.is_ascii_digit() {
            0
        } else if b.is_ascii_lowercase() {
            1
        } else {
            2
        }
    };
    let changes = w.as_bytes().windows(2).filter(|p| class(p[0]) != class(p[1])).count();
    w.len() > 40
        && number > 3
        && changes * 3 > w.len()
        && w.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings() {
        let yes = "\
        ## Steps to reproduce|**Describe the bug**|Expected behavior|### Affected Version of clap|\
        #### Steps/Code to Reproduce|## What problem does this solve or what need does it fill?|\
        Environment:|## Bevy version|Additional context";
        for t in yes.split('|') {
            assert!(heading(t), "{t}");
        }
        for t in [
            "## Fix parser of dates",
            "This works as expected.",
            "Expected a string but got `x`:",
            "what did I do",
            "## `foo` version",
        ] {
            assert!(!heading(t), "{t}");
        }
    }

    #[test]
    fn versions() {
        let yes = "\
        Python 3.7.2 (default, Jan 1)|numpy 1.16|   numpy: 1.16.4|- OS: Windows 10|v3.0.0-beta.4|\
        rustc 1.21.0 (3b72af97e 2017-10-09)|scikit-learn==0.21|Linux-5.4.0-x86_64|\
        platform linux -- Python 3.8.1, pytest-5.3|* Python version: 3.8.1|executable: C:\\x";
        for t in yes.split('|') {
            assert!(version(t), "{t}");
        }
        let no = "\
        In Django 3.1 this broke|This is broken since 2.0.1 for me|x = foo(1.0)|\
        Returns 1.0 instead of the expected value of two point zero|Foo: bar";
        for t in no.split('|') {
            assert!(!version(t), "{t}");
        }
        assert!(listed("machine: Windows-10") && !listed("I think it is this one here. And so on"));
        assert!(
            check_item("- [x] I have searched")
                && check_item("* [ ] I have read")
                && !check_item("- [ ] implement foo")
        );
    }

    #[test]
    fn addresses_and_blobs() {
        assert_eq!(url("https://a.org/x). And"), Some(15));
        assert_eq!(url("http:// x"), None);
        assert!(
            blob("me@x.org") && !blob("@pytest.mark") && blob("3be7110d2650bbe78eda673001a7adeba62575b0")
        );
        assert!(!blob("a_long_identifier_which_goes_on_and_on_for_a_while_2_3_4"));
    }
}
