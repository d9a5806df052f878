//! HSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce"): Salsa20's rounds make a key of a key and 16 bytes.
use crate::salsa20::Rows;
use core::arch::wasm32::*;

/// The halves of the new key.
#[inline(always)]
pub fn subkey(low: v128, high: v128, input: v128) -> (v128, v128) {
    let mut x = Rows::new(low, high, input);
    for _ in 0..10 {
        x.double_round();
    }
    // Words 0, 5, 10, 15 and 6, 7, 8, 9.
    (x.a, i32x4_shuffle::<0, 1, 2, 5>(i32x4_shuffle::<2, 7, 4, 4>(x.d, x.c), x.b))
}

/// crypto_box_beforenm after the multiplication: HSalsa20 with `point` (32 bytes) as the key and zeros as the nonce.
/// `out` (32 bytes) may be `point`.
///
/// # Safety
/// 32 bytes are readable at `point` and writable at `out`.
pub unsafe fn derive(out: *mut u8, point: *const u8) {
    unsafe {
        let (low, high) = subkey(v128_load(point.cast()), v128_load(point.add(16).cast()), i32x4_splat(0));
        v128_store(out.cast(), low);
        v128_store(out.add(16).cast(), high);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn hsalsa20(out: *mut u8, point: *const u8) {
    unsafe { derive(out, point) }
}
