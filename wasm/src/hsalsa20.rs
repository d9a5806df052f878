//! HSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce"): a key and 16 bytes make another key.
use crate::salsa20::{rounds, state};

/// `out` (32 bytes) may be `key` (32 bytes).
#[inline(always)]
pub unsafe fn subkey(out: *mut u8, key: *const u8, input: *const u8) {
    unsafe {
        let x = rounds(state(key, input));
        let words = [x[0], x[5], x[10], x[15], x[6], x[7], x[8], x[9]];
        for i in 0..8 {
            (out.add(4 * i) as *mut u32).write_unaligned(words[i]);
        }
    }
}

/// crypto_box_beforenm after the multiplication: HSalsa20 of `point` (32 bytes) and zeros. `out` (32 bytes) may be `point`.
pub unsafe fn derive(out: *mut u8, point: *const u8) {
    unsafe { subkey(out, point, [0u8; 16].as_ptr()) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn hsalsa20(out: *mut u8, point: *const u8) {
    unsafe { derive(out, point) }
}
