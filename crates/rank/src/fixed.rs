//! Exact integer arithmetic on masses.

/// `floor(a * b / c)`, provided that it fits; the product itself may need 128 bits.
#[inline]
pub(crate) fn mul_div(a: u64, b: u64, c: u64) -> u64 {
    match a.checked_mul(b) {
        Some(product) => product / c,
        None => (u128::from(a) * u128::from(b) / u128::from(c)) as u64,
    }
}

/// `x` with all but its `bits` most significant bits cleared: at most `x`, and more than `(1 - 2^(1 - bits)) x`.
#[inline]
pub(crate) fn quantise(x: u64, bits: u32) -> u64 {
    let dropped = x.checked_ilog2().map_or(0, |top| (top + 1).saturating_sub(bits));
    x >> dropped << dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mul_div_is_exact_beyond_64_bits() {
        assert_eq!(mul_div(7, 3, 2), 10);
        assert_eq!(mul_div(u64::MAX, 1 << 40, 1 << 41), u64::MAX / 2);
    }

    #[test]
    fn quantise_keeps_the_top_bits() {
        let cases = [
            (0, 8, 0),
            (1, 1, 1),
            (255, 8, 255),
            (256, 8, 256),
            (257, 8, 256),
            (511, 8, 510),
            (0b1011, 2, 0b1000),
            (u64::MAX, 1, 1 << 63),
            (u64::MAX, 64, u64::MAX),
        ];
        for (x, bits, expected) in cases {
            assert_eq!(quantise(x, bits), expected, "{x} to {bits} bits");
        }
    }
}
