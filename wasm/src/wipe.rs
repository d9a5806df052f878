//! Forgetting secrets.

use core::ptr::write_volatile;

/// Overwrites `len` bytes with zeros. The writes are volatile, because the compiler drops a store that nobody reads.
#[inline(never)]
pub fn wipe(ptr: *mut u8, len: usize) {
    let mut i = 0;
    // Safety: the caller owns the `len` bytes at `ptr`. Words need no alignment in WebAssembly, but in Rust they do.
    unsafe {
        while (ptr.add(i) as usize) % 8 != 0 && i < len {
            write_volatile(ptr.add(i), 0);
            i += 1;
        }
        while i + 8 <= len {
            write_volatile(ptr.add(i).cast::<u64>(), 0);
            i += 8;
        }
        while i < len {
            write_volatile(ptr.add(i), 0);
            i += 1;
        }
    }
}
