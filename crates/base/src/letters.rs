//! What a name is made of, in a number: what cannot match is told apart by one comparison.

/// The letters of a name, whatever their case: 28 bits for which there are (`a` to `z`, the underscore, and everything
/// else of ASCII), sixteen for those with which its parts begin, and twenty for those that stand side by side.
///
/// Of a name with other characters nothing is said: it may match anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Letters(u64);

/// The letters of what is asked for: of characters of ASCII alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AskedLetters {
    all: u64,
    first: u64,
}

/// How many kinds of letters there are.
const KINDS: u64 = 28;
const PRESENT: u64 = (1 << KINDS) - 1;
const UNDERSCORE: u64 = 26;
const OTHER: u64 = 27;
/// The bit of each letter with which a part of a name begins: those that begin most have one of their own.
const INITIALS: [u64; 26] = {
    const GROUPS: [&[u8]; 16] = [
        b"s", b"c", b"t", b"p", b"a", b"r", b"d", b"f", b"i", b"m", b"b", b"gh", b"eo", b"ln", b"uvw",
        b"jkqxyz",
    ];
    let mut bits = [0; 26];
    let mut group = 0;
    while group < GROUPS.len() {
        let mut at = 0;
        while at < GROUPS[group].len() {
            bits[(GROUPS[group][at] - b'a') as usize] = 1 << (KINDS + group as u64);
            at += 1;
        }
        group += 1;
    }
    bits
};
const PAIRS_AT: u64 = KINDS + 16;
const PAIRS: u64 = u64::MAX << PAIRS_AT;

/// The kind of a byte of ASCII.
const fn kind(byte: u8) -> u64 {
    match byte {
        b'a'..=b'z' => (byte - b'a') as u64,
        b'A'..=b'Z' => (byte - b'A') as u64,
        b'_' => UNDERSCORE,
        _ => OTHER,
    }
}

/// The bit of a letter with which a part begins; none for everything that is no letter of ASCII.
fn initial(byte: u8) -> u64 {
    INITIALS.get(kind(byte) as usize).copied().unwrap_or_default()
}

impl Letters {
    /// Those of a name.
    pub fn of(name: &str) -> Self {
        if !name.is_ascii() {
            return Self(u64::MAX);
        }
        let bytes = name.as_bytes();
        let mut all = 0;
        for (at, byte) in bytes.iter().enumerate() {
            all |= 1 << kind(*byte);
            if begins_part(bytes, at) {
                all |= initial(*byte);
            }
        }
        // All pairs share twenty bits.
        let pair = |pair: &[u8]| (kind(pair[0]) * 11 + kind(pair[1])) % (64 - PAIRS_AT);
        Self(bytes.windows(2).fold(all, |all, two| all | 1 << (PAIRS_AT + pair(two))))
    }

    /// Whether a name may have these letters at all, in any order.
    #[inline]
    pub fn may_have(self, asked: AskedLetters) -> bool {
        asked.all & PRESENT & !self.0 == 0
    }

    /// Whether a name may be spelled like this.
    #[inline]
    pub fn may_be(self, asked: AskedLetters) -> bool {
        self.0 == asked.all
    }

    /// Whether a name may begin with this.
    #[inline]
    pub fn may_begin_with(self, asked: AskedLetters) -> bool {
        (asked.all & (PRESENT | PAIRS) | asked.first) & !self.0 == 0
    }

    /// Whether a name may have this inside.
    #[inline]
    pub fn may_contain(self, asked: AskedLetters) -> bool {
        asked.all & (PRESENT | PAIRS) & !self.0 == 0
    }

    /// Whether a name may have its letters in order, the first of them where a part begins.
    #[inline]
    pub fn may_hold(self, asked: AskedLetters) -> bool {
        (asked.all & PRESENT | asked.first) & !self.0 == 0
    }

    /// Whether a name may be so many slips away from this: letters that are missing, added, wrong, or swapped.
    #[inline]
    pub fn may_be_near(self, asked: AskedLetters, slips: u32) -> bool {
        // A wrong letter is one that is missing and one that is added.
        self.0 == u64::MAX || ((self.0 ^ asked.all) & PRESENT).count_ones() <= 2 * slips
    }
}

impl AskedLetters {
    /// Those of what is asked for; `None` where it says nothing of the letters of a name.
    pub fn of(text: &str) -> Option<Self> {
        let first = text.bytes().next().filter(|_| text.is_ascii())?;
        Some(Self { all: Letters::of(text).0, first: initial(first) })
    }
}

/// What a character is, for where parts begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Between,
    Digit,
    Capital,
    Letter,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            c if c.is_numeric() => Self::Digit,
            c if c.is_uppercase() => Self::Capital,
            c if c.is_alphabetic() => Self::Letter,
            _ => Self::Between,
        }
    }

    fn of_ascii(byte: u8) -> Self {
        match byte {
            b'0'..=b'9' => Self::Digit,
            b'A'..=b'Z' => Self::Capital,
            b'a'..=b'z' => Self::Letter,
            _ => Self::Between,
        }
    }

    /// Whether a part begins with it: behind what is no letter, at a hump, and where digits begin or end.
    fn begins(self, before: Option<Self>, after: impl FnOnce() -> Option<Self>) -> bool {
        match (before, self) {
            (None | Some(Self::Between), _) | (_, Self::Between) => true,
            (Some(Self::Capital), Self::Capital) => after() == Some(Self::Letter),
            (_, Self::Capital) => true,
            (Some(before), this) => (before == Self::Digit) != (this == Self::Digit),
        }
    }
}

/// Whether a part of a name of ASCII begins at `at`: `HTTPServer_v2` has four.
pub fn begins_part(name: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| Class::of_ascii(name[before]));
    let after = || name.get(at + 1).map(|byte| Class::of_ascii(*byte));
    name.get(at).is_some_and(|byte| Class::of_ascii(*byte).begins(before, after))
}

/// The same for any name: where its parts begin.
pub fn part_starts(name: &str) -> impl Iterator<Item = usize> {
    let mut before = None;
    name.char_indices().filter_map(move |(at, c)| {
        let this = Class::of(c);
        let after = || name[at + c.len_utf8()..].chars().next().map(Class::of);
        this.begins(before.replace(this), after).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> AskedLetters {
        AskedLetters::of(text).unwrap()
    }

    #[test]
    fn what_is_part_of_a_name_may_be_in_it() {
        let may = |name: &str, part: &str| {
            let (name, part) = (Letters::of(name), asked(part));
            (name.may_contain(part), name.may_hold(part))
        };
        assert_eq!(may("Acquire", "aqr"), (false, true));
        assert_eq!(may("Acquire", "QUI"), (true, false));
        assert_eq!(may("Acquire", "acq"), (true, true));
        assert_eq!(may("acquire", "z"), (false, false));
        assert_eq!(may("acquire", "_"), (false, false));
        assert_eq!(may("x_y", "_x"), (false, true));
        assert_eq!(may("get_user", "gtu"), (false, true));
        assert_eq!(may("utf8", "2"), (true, true), "digits are alike");
        assert_eq!(may("\u{212a}elvin", "k"), (true, true), "nothing is said of other characters");
        assert!(AskedLetters::of("").is_none() && AskedLetters::of("ä").is_none());
    }

    #[test]
    fn no_part_of_a_name_is_ever_ruled_out() {
        let names = ["HTTPServer_v2", "__init__", "a", "zz", "x0", "Größe", "operator<<", "aAbBcC"];
        for name in names {
            let whole = Letters::of(name);
            for (from, _) in name.char_indices() {
                for (to, c) in name[from..].char_indices() {
                    let part = &name[from..from + to + c.len_utf8()];
                    let spelled = [part.to_lowercase(), part.to_uppercase()];
                    // What is asked for beyond ASCII is looked for without this.
                    for part in spelled.iter().filter_map(|spelled| AskedLetters::of(spelled)) {
                        assert!(whole.may_contain(part), "{name} {part:?}");
                        assert!(from > 0 || whole.may_begin_with(part), "{name} {part:?}");
                        let is_start = part_starts(name).any(|start| start == from);
                        assert!(!is_start || whole.may_hold(part), "{name} {part:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_name_a_slip_away_is_ever_ruled_out() {
        for name in ["acquire", "get_user", "utf8", "aBc"] {
            for at in 0..name.len() {
                let (before, rest) = name.split_at(at);
                let mut turned: Vec<char> = rest.chars().collect();
                let second = turned.len().min(2) - 1;
                turned.swap(0, second);
                let turned: String = turned.into_iter().collect();
                let spelled = ["", "x", "_", "9"].into_iter();
                let spelled = spelled.flat_map(|c| [format!("{c}{rest}"), format!("{c}{}", &rest[1..])]);
                for slip in spelled.chain([turned]).map(|rest| format!("{before}{rest}")) {
                    assert!(Letters::of(name).may_be_near(asked(&slip), 1), "{name} {slip}");
                }
            }
        }
        assert!(!Letters::of("acquire").may_be_near(asked("release"), 1));
        assert!(Letters::of("größe").may_be_near(asked("xyz"), 1), "nothing is said of other characters");
    }

    #[test]
    fn where_parts_begin() {
        let parts = |name: &str| part_starts(name).map(|at| &name[at..at + 1]).collect::<String>();
        assert_eq!(parts("HTTPServer_v2"), "HS_v2");
        assert_eq!(parts("getUserName"), "gUN");
        assert_eq!(parts("__init__"), "__i__");
        assert_eq!(parts("Pool.acquire"), "P.a");
        assert_eq!(parts("a1b"), "a1b");
        for name in ["HTTPServer_v2", "getUserName", "__init__", "Pool.acquire", "a1b", "", "ABC", "aBC"] {
            let bytes: Vec<usize> = (0..name.len()).filter(|at| begins_part(name.as_bytes(), *at)).collect();
            assert_eq!(part_starts(name).collect::<Vec<_>>(), bytes, "{name}");
        }
    }
}
