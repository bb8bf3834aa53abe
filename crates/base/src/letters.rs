//! What a name is made of, in a number: what cannot match is told apart by one comparison.

/// The letters of a name, whatever their case: 29 bits for which there are (`a` to `z`, digits, the underscore, and
/// everything else of ASCII), five for the first of them, and thirty for those that stand side by side.
///
/// Of a name with other characters nothing is said: it may match anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Letters(u64);

/// How many kinds of letters there are.
const KINDS: u64 = 29;
const PRESENT: u64 = (1 << KINDS) - 1;
const FIRST_BITS: u64 = 5;
const FIRST: u64 = ((1 << FIRST_BITS) - 1) << KINDS;
const PAIRS_AT: u64 = KINDS + FIRST_BITS;
const PAIRS: u64 = !(PRESENT | FIRST);
const UNDERSCORE: u64 = 27;

/// The kind of a byte of ASCII.
const fn kind(byte: u8) -> u64 {
    match byte {
        b'a'..=b'z' => (byte - b'a') as u64,
        b'A'..=b'Z' => (byte - b'A') as u64,
        b'0'..=b'9' => 26,
        b'_' => UNDERSCORE,
        _ => 28,
    }
}

impl Letters {
    /// Those of nothing.
    pub const NONE: Self = Self(0);

    /// Those of a name.
    pub fn of(name: &str) -> Self {
        if !name.is_ascii() {
            return Self(u64::MAX);
        }
        let bytes = name.as_bytes();
        let first = bytes.first().map_or(0, |byte| (kind(*byte) + 1) << KINDS);
        let present = bytes.iter().fold(first, |all, byte| all | 1 << kind(*byte));
        // Twenty-nine times twenty-nine pairs share thirty bits.
        let pair = |pair: &[u8]| (kind(pair[0]) * KINDS + kind(pair[1])) % (64 - PAIRS_AT);
        Self(bytes.windows(2).fold(present, |all, two| all | 1 << (PAIRS_AT + pair(two))))
    }

    /// Whether there are none.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether a name may have all letters of another in any place.
    #[inline]
    pub fn may_hold(self, other: Self) -> bool {
        other.0 & PRESENT & !self.0 == 0
    }

    /// Whether a name may have another inside.
    #[inline]
    pub fn may_contain(self, other: Self) -> bool {
        other.0 & (PRESENT | PAIRS) & !self.0 == 0
    }

    /// Whether a name may begin with another.
    #[inline]
    pub fn may_begin_with(self, other: Self) -> bool {
        self.may_contain(other) && ((self.0 ^ other.0) & FIRST == 0 || self.0 == u64::MAX)
    }

    /// Whether it may have an underscore.
    pub fn may_have_underscore(self) -> bool {
        self.0 & 1 << UNDERSCORE != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_part_of_a_name_may_be_in_it() {
        let may = |name: &str, part: &str| {
            let (name, part) = (Letters::of(name), Letters::of(part));
            (name.may_begin_with(part), name.may_contain(part), name.may_hold(part))
        };
        assert_eq!(may("Acquire", "aqr"), (false, false, true));
        assert_eq!(may("Acquire", "QUI"), (false, true, true));
        assert_eq!(may("Acquire", "acq"), (true, true, true));
        assert_eq!(may("acquire", "z"), (false, false, false));
        assert_eq!(may("acquire", "_"), (false, false, false));
        assert_eq!(may("x_y", "_x"), (false, false, true));
        assert_eq!(may("utf8", "2"), (false, true, true), "digits are alike");
        assert_eq!(may("\u{212a}elvin", "k"), (true, true, true), "nothing is said of other characters");
        assert_eq!(may("anything", ""), (false, true, true));
    }

    #[test]
    fn no_part_of_a_name_is_ever_ruled_out() {
        let names = ["HTTPServer_v2", "__init__", "a", "zz", "x0", "Größe", "operator<<", "aAbBcC"];
        for name in names {
            let whole = Letters::of(name);
            for (from, _) in name.char_indices() {
                for (to, c) in name[from..].char_indices() {
                    let part = &name[from..from + to + c.len_utf8()];
                    // What is asked for beyond ASCII is looked for without this.
                    let asked = [part.to_lowercase(), part.to_uppercase()];
                    for asked in asked.iter().filter(|asked| asked.is_ascii()) {
                        let asked_for = Letters::of(asked);
                        assert!(whole.may_contain(asked_for) && whole.may_hold(asked_for), "{name} {asked}");
                        assert!(from > 0 || whole.may_begin_with(asked_for), "{name} {asked}");
                    }
                }
            }
        }
    }
}
