//! Which letters a name has: what cannot match is told apart by one comparison.

/// The bit of the underscore in [`letters`].
pub const UNDERSCORE: u32 = 1 << 27;

/// The letters of a name, whatever their case: a bit each for `a` to `z`, one for all digits, one for the underscore and
/// one for everything else of ASCII. A name with other characters has all, since nothing is said of it.
///
/// The letters of a name that matches letter by letter are a subset of those it is matched against.
pub fn letters(name: &str) -> u32 {
    name.bytes().fold(0, |all, byte| {
        all | match byte {
            b'a'..=b'z' => 1 << (byte - b'a'),
            b'A'..=b'Z' => 1 << (byte - b'A'),
            b'0'..=b'9' => 1 << 26,
            b'_' => UNDERSCORE,
            0..0x80 => 1 << 28,
            _ => u32::MAX,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_part_of_a_name_has_some_of_its_letters() {
        let is_part = |part: &str, name: &str| letters(part) & !letters(name) == 0;
        assert!(is_part("aqr", "Acquire") && is_part("2", "utf8") && is_part("_x", "x_y"));
        assert!(!is_part("z", "acquire") && !is_part("_", "acquire"));
        assert!(is_part("k", "\u{212a}elvin"), "nothing is said of other characters");
    }
}
