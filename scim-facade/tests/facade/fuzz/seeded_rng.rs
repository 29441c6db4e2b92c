//! Random numbers that can be repeated: xorshift, from a seed.

/// Numbers that look random, the same for each seed.
pub(super) struct SeededRng(u64);

impl SeededRng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below the bound, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap() % bound
    }

    /// Returns true in one of so many cases, by chance.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[4]
    }
}

/// Damages bytes a few times: flips, takes away, puts in, repeats.
pub(super) fn damage(rng: &mut SeededRng, bytes: &mut Vec<u8>) {
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len() + 1);
        match rng.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, rng.byte()),
            3 => {
                let length = rng.below(16).min(bytes.len() - at);
                let part = bytes[at..at + length].to_vec();
                let to = rng.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            _ => {
                let odd = rng.pick(&[
                    "\"", "\\", "[", "]", "(", "{", "}", "\u{0}", "ü", "\u{202e}", " ", ",", "\\ud800",
                    "1e999",
                ]);
                bytes.splice(at..at, odd.bytes());
            }
        }
    }
}
