//! A key and a nonce for each direction, which is counted: 24 bytes, a big-endian number. Nonces are no secrets.

use core::mem::size_of;

#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Nonce {
    pub bytes: [u8; 24],
}

/// Adds up to 2¹⁶, modulo 2¹⁹².
#[inline]
pub unsafe fn add(nonce: *mut Nonce, count: u32) {
    unsafe {
        let words = nonce.cast::<u64>();
        let low = u64::from_be(*words.add(2)).wrapping_add(count as u64);
        *words.add(2) = low.to_be();
        if low < count as u64 {
            let middle = u64::from_be(*words.add(1)).wrapping_add(1);
            *words.add(1) = middle.to_be();
            if middle == 0 {
                *words = u64::from_be(*words).wrapping_add(1).to_be();
            }
        }
    }
}

/// Of a session or a relay connection. The caller writes key and nonces, the rest is zeros.
#[repr(C, align(16))]
pub struct Channel {
    pub key: [u8; 32],
    pub send: Nonce,
    pub receive: Nonce,
    /// Of a stream: something came that its peer cannot have sent, and from there on nothing can be understood.
    pub broken: u32,
}

// The size that crypto-wasm's layout has.
const _: () = assert!(size_of::<Channel>() == 96);
