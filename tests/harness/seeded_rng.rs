//! Random numbers that are the same in every run.

/// Numbers that look random, the same ones for each seed.
pub(crate) struct SeededRng(pub(crate) u32);

impl SeededRng {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(self.0 >> 8).expect("a number") % bound
    }
}
