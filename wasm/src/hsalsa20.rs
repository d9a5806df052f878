//! HSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce"): Salsa20's rounds make a key of a key and 16 bytes.
//!
//! 20 rounds that wait for each other and nothing to do meanwhile: a third of what a small packet costs. Who seals
//! or opens many packets whose nonces begin alike keeps a `Subkey`.
use crate::salsa20::Rows;
use core::arch::wasm32::*;

/// HSalsa20 of a key and the first 16 bytes of a nonce: Salsa20's key.
#[derive(Clone, Copy)]
pub struct Subkey {
    pub low: v128,
    pub high: v128,
}

impl Subkey {
    /// # Safety
    /// 32 bytes are readable at `key`.
    #[inline(always)]
    pub unsafe fn new(key: *const u8, input: v128) -> Self {
        let (low, high) = unsafe { (v128_load(key.cast()), v128_load(key.add(16).cast())) };
        let mut x = Rows::new(low, high, input);
        for _ in 0..10 {
            x.double_round();
        }
        // Words 0, 5, 10, 15 and 6, 7, 8, 9.
        let high = i32x4_shuffle::<0, 1, 2, 5>(i32x4_shuffle::<2, 7, 4, 4>(x.d, x.c), x.b);
        Self { low: x.a, high }
    }
}

/// crypto_box_beforenm after the multiplication: HSalsa20 with `point` (32 bytes) as the key and zeros as the nonce.
/// `out` (32 bytes) may be `point`.
///
/// # Safety
/// 32 bytes are readable at `point` and writable at `out`.
pub unsafe fn derive(out: *mut u8, point: *const u8) {
    unsafe {
        let Subkey { low, high } = Subkey::new(point, i32x4_splat(0));
        v128_store(out.cast(), low);
        v128_store(out.add(16).cast(), high);
    }
}
