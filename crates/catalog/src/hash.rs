//! A quick hash for tables in memory.

use std::hash::Hasher;

/// A hash that is quick for short keys, and good enough where nobody chooses keys to collide.
#[derive(Debug, Clone, Copy, Default)]
pub struct FastHasher(u64);

/// For `HashMap`s with a [`FastHasher`].
pub type FastBuild = std::hash::BuildHasherDefault<FastHasher>;

impl FastHasher {
    fn mix(&mut self, word: u64) {
        // An odd number with its bits spread (2^64 divided by the golden ratio). The upper half of the product holds what
        // the upper bits of the word change, and is folded into the lower.
        let product = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (product as u64 ^ (product >> 64) as u64).rotate_left(23);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let mut eight = [0; 8];
            eight.copy_from_slice(word);
            self.mix(u64::from_le_bytes(eight));
        }
        let mut rest = [0; 8];
        let tail = words.remainder();
        rest[..tail.len()].copy_from_slice(tail);
        self.mix(u64::from_le_bytes(rest) ^ ((tail.len() as u64) << 56));
    }

    fn write_u8(&mut self, n: u8) {
        self.mix(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.mix(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.mix(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.mix(n as u64);
    }

    fn finish(&self) -> u64 {
        // Hash tables take the lowest and the highest bits.
        self.0 ^ (self.0 >> 32)
    }
}
