//! A key and a nonce for each direction, which is counted: 24 bytes, a big-endian number. Nonces are no secrets.
//!
//! Counting changes a nonce's last 8 bytes and hardly ever the others, so that what HSalsa20 makes of the key and the first 16
//! bytes is kept.
use core::mem::{MaybeUninit, size_of};
use core::ptr::{addr_of, addr_of_mut};

use crate::hsalsa20::Subkey;
use crate::secretbox;
use crate::wipe::wipe;

#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Nonce {
    pub bytes: [u8; 24],
}

/// Adds up to 2¹⁶, modulo 2¹⁹². True if it changed the first 16 bytes.
#[inline]
unsafe fn add(nonce: *mut Nonce, count: u32) -> bool {
    unsafe {
        let words = nonce.cast::<u64>();
        let low = u64::from_be(*words.add(2)).wrapping_add(count as u64);
        *words.add(2) = low.to_be();
        let carries = low < count as u64;
        if carries {
            let middle = u64::from_be(*words.add(1)).wrapping_add(1);
            *words.add(1) = middle.to_be();
            if middle == 0 {
                *words = u64::from_be(*words).wrapping_add(1).to_be();
            }
        }
        carries
    }
}

/// Of a session or a relay connection. The caller writes key and nonces, the rest is zeros.
#[repr(C, align(16))]
pub struct Channel {
    key: [u8; 32],
    pub send: Nonce,
    pub receive: Nonce,
    /// Of a stream: something came that its peer cannot have sent, and from there on nothing can be understood.
    pub broken: u32,
    /// Whether the keys are those of the nonces as they are now.
    send_is_known: u32,
    receive_is_known: u32,
    send_key: Subkey,
    receive_key: Subkey,
}

// The size that crypto-wasm's layout has.
const _: () = assert!(size_of::<Channel>() == 160);

/// To where it is kept, or wiped: returned, a copy of it would stay on the stack.
#[inline(never)]
unsafe fn subkey(out: *mut Subkey, channel: *const Channel, nonce: *const Nonce) {
    unsafe {
        out.write(Subkey::new(
            addr_of!((*channel).key).cast(),
            nonce.cast::<core::arch::wasm32::v128>().read_unaligned(),
        ));
    }
}

/// Seals the `len` bytes after the tag's room and counts our nonce up.
#[inline(never)]
pub unsafe fn seal(channel: *mut Channel, buffer: *mut u8, len: usize) {
    unsafe {
        let send = addr_of_mut!((*channel).send);
        if (*channel).send_is_known == 0 {
            subkey(addr_of_mut!((*channel).send_key), channel, send);
            (*channel).send_is_known = 1;
        }
        secretbox::seal_with((*channel).send_key, send.cast(), buffer, len);
        if add(send, 1) {
            (*channel).send_is_known = 0;
        }
    }
}

/// Opens the `len` bytes after the tag with a nonce that is so far ahead of the base.
#[inline(never)]
pub unsafe fn open(channel: *mut Channel, ahead: u32, buffer: *mut u8, len: usize) -> bool {
    unsafe {
        if (*channel).receive_is_known == 0 {
            subkey(addr_of_mut!((*channel).receive_key), channel, addr_of!((*channel).receive));
            (*channel).receive_is_known = 1;
        }
        let mut nonce = (*channel).receive;
        if !add(&mut nonce, ahead) {
            return secretbox::open_with((*channel).receive_key, addr_of!(nonce).cast(), buffer, len);
        }
        // Hardly ever.
        let mut key = MaybeUninit::<Subkey>::uninit();
        subkey(key.as_mut_ptr(), channel, &nonce);
        let is_authentic = secretbox::open_with(*key.as_ptr(), addr_of!(nonce).cast(), buffer, len);
        wipe(key.as_mut_ptr().cast(), size_of::<Subkey>());
        is_authentic
    }
}

/// Moves the base nonce of what is received.
#[inline]
pub unsafe fn advance(channel: *mut Channel, count: u32) {
    unsafe {
        if add(addr_of_mut!((*channel).receive), count) {
            (*channel).receive_is_known = 0;
        }
    }
}
