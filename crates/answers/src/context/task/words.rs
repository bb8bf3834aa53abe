//! Small questions about words.

/// A whole number of at most nine digits.
pub(super) fn digits(s: &str) -> Option<u32> {
    let plain = !s.is_empty() && s.len() <= 9 && s.bytes().all(|b| b.is_ascii_digit());
    if plain { s.parse().ok() } else { None }
}

/// Whether a word is in a list of words with spaces between them.
pub(super) fn one_of(list: &str, word: &str) -> bool {
    list.split(' ').any(|w| w == word)
}

/// An ASCII identifier.
pub(super) fn ident(s: &str) -> bool {
    s.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Has something in it besides punctuation.
pub(super) fn wordy(s: &str) -> bool {
    s.contains(|c: char| c.is_alphanumeric())
}

/// Words in code spelling which are proper names of products and no identifiers.
const BRANDS: &str = "\
    AppVeyor ChatGPT CircleCI CloudFlare DevOps FreeBSD GitHub GitLab GraphQL IPython iOS iPhone \
    JavaScript JetBrains LaTeX LinkedIn LibreOffice MacBook MacOS macOS MathJax MySQL NetBSD NumPy \
    OpenBSD OpenGL OpenSSL PhD PostgreSQL PowerShell PyCharm PyPI PyPi ReadTheDocs SciPy SQLite \
    StackOverflow TypeScript VSCode WebAssembly WebKit WordPress YouTube Python2 Python3 python2 \
    python3 win32 win64 Win10 x86_64 aarch64 amd64 arm64 FooBar MyPy";

/// Words in capitals which are no identifiers of the project in question.
const ACRONYMS: &str = "\
    ANSI API APIs ASCII ASAP AFAICT AFAIK BSD CLI CLIs CPU CPUs CSS CSV DEBUG DOES DNS EDIT ERROR \
    EXPECTED FAIL FAILED FIXME FWIW GCC GNU GPU GPUs GUI HTML HTTP HTTPS IDE IDEs IDs IIRC IIUC IMHO \
    IMPORTANT INFO JSON LGTM LICENSE LLVM LTS MSRV MSVC MUST NEVER NOT NOTE ONLY OUTPUT OSX PDF PDFs \
    POSIX PRs README REPL RFC SHOULD SOLVED SQL THIS TLDR TLS TODO TOML UNIX UPDATE URI URIs URL URLs \
    UTF UUID VERSION WARN WARNING WASM WILL WITH XML YAML WSL2 SELECT FROM WHERE TABLE INSERT INTO \
    ORDER GROUP ALTER NULL CREATE CONSTRAINT PRIMARY USAGE OPTIONS FLAGS ARGS LEFT JOIN INNER";

const KEYWORDS: &str = "\
    and as assert async await catch class def elif else except fn for from function if impl import in \
    is lambda let match not or print pub return struct switch use while with yield";

/// Cannot be the name of a function that is called.
pub(super) fn keyword(s: &str) -> bool {
    one_of(KEYWORDS, s)
}

/// Is spelt as only identifiers are.
pub(super) fn codelike(w: &str) -> bool {
    let b = w.as_bytes();
    if !ident(w) || b.len() < 2 || one_of(BRANDS, w) || one_of(ACRONYMS, w) {
        return false;
    }
    let core = w.trim_matches('_');
    if core.is_empty() {
        return false;
    }
    // Emphasis that goes on for several words: _Originally posted_
    if core.len() + 1 == w.len() && core.starts_with(|c: char| c.is_ascii_uppercase()) && !codelike(core) {
        return false;
    }
    if core.contains('_') || w.starts_with("__") || w.starts_with('_') != w.ends_with('_') {
        return true;
    }
    let upper = core.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = core.bytes().filter(u8::is_ascii_lowercase).count();
    let number = core.bytes().filter(u8::is_ascii_digit).count();
    if number > 0 {
        let version = matches!(b[0], b'v' | b'V') && number + 1 == core.len();
        return !version && core.len() > 2 && upper + lower > 1;
    }
    if lower == 0 {
        return core.len() >= 4;
    }
    // A plural of an acronym (PRs, APIs) has one small letter at its end.
    let plural = lower == 1 && core.ends_with('s');
    let hump = core.as_bytes().windows(2).any(|p| p[0].is_ascii_lowercase() && p[1].is_ascii_uppercase());
    let inner = upper >= 3 && core.as_bytes()[0].is_ascii_uppercase() && lower >= 3;
    !plural && (hump || inner)
}

/// `UPPER_CASE`.
pub(super) fn setting(w: &str) -> bool {
    ident(w)
        && w.len() > 4
        && w.trim_matches('_').contains('_')
        && w.bytes().all(|b| !b.is_ascii_lowercase())
        && w.bytes().any(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spelling() {
        for w in [
            "foo_bar",
            "fooBar",
            "FooBar2",
            "QuerySet",
            "float16",
            "HTTPServer",
            "__init__",
            "_x",
            "Vec2",
            "BLAKE",
        ] {
            assert!(codelike(w), "{w}");
        }
        for w in ["word", "Word", "GitHub", "v2", "API", "URLs", "_", "JSON", "3d", "_word_", "I"] {
            assert!(!codelike(w), "{w}");
        }
        assert!(setting("DEFAULT_X") && !setting("BLAKE") && !setting("Foo_Bar") && !setting("__all__"));
        assert_eq!((digits("12"), digits(""), digits("9999999999")), (Some(12), None, None));
    }
}
