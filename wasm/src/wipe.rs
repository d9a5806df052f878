//! Forgetting secrets.

use core::arch::wasm32::{u64x2_splat, v128};
use core::ptr::write_volatile;

/// Overwrites `len` bytes with zeros. The writes are volatile, because the compiler drops a store that nobody reads.
#[inline(never)]
pub fn wipe(ptr: *mut u8, len: usize) {
    let zero = u64x2_splat(0);
    let mut i = 0;
    // Safety: the caller owns the `len` bytes at `ptr`. Vectors need no alignment in WebAssembly, but in Rust they do.
    unsafe {
        while (ptr.add(i) as usize) % 16 != 0 && i < len {
            write_volatile(ptr.add(i), 0);
            i += 1;
        }
        while i + 64 <= len {
            let at = ptr.add(i).cast::<v128>();
            write_volatile(at, zero);
            write_volatile(at.add(1), zero);
            write_volatile(at.add(2), zero);
            write_volatile(at.add(3), zero);
            i += 64;
        }
        while i + 16 <= len {
            write_volatile(ptr.add(i).cast::<v128>(), zero);
            i += 16;
        }
        while i < len {
            write_volatile(ptr.add(i), 0);
            i += 1;
        }
    }
}
