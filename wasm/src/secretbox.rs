//! crypto_secretbox: XSalsa20-Poly1305 (D. J. Bernstein, "Cryptography in NaCl"), in place.
use crate::hsalsa20::subkey;
use crate::poly1305::Poly1305;
use crate::salsa20;
use crate::wipe::wipe;

pub const TAG: usize = 16;

/// Keystream from its byte 32 on, over `len` bytes.
unsafe fn apply(key: *const u8, nonce: *const u8, data: *mut u8, len: usize, block: *mut u8) {
    unsafe {
        for i in 0..len {
            let at = i + 32;
            if i == 0 || at % 64 == 0 {
                salsa20::block(block, key, nonce, (at / 64) as u32);
            }
            *data.add(i) ^= *block.add(at % 64);
        }
    }
}

/// Seals `len` bytes after the tag's room, in place. `buffer` has `TAG + len` bytes.
pub unsafe fn seal(key: *const u8, nonce: *const u8, buffer: *mut u8, len: usize) {
    unsafe {
        let mut scratch = [0u8; 192];
        let [stream, first, block] = [0, 64, 128].map(|at| scratch.as_mut_ptr().add(at));
        subkey(stream, key, nonce);
        salsa20::block(first, stream, nonce.add(16), 0);
        let data = buffer.add(TAG);
        apply(stream, nonce.add(16), data, len, block);
        let mut mac = Poly1305::new(first);
        mac.update(data, len);
        (buffer as *mut [u64; 2]).write_unaligned(mac.finish(first.add(16)));
        wipe(scratch.as_mut_ptr(), 192);
    }
}

/// Opens `len` bytes after the tag, in place. False, and nothing written, if the tag is not right.
pub unsafe fn open(key: *const u8, nonce: *const u8, buffer: *mut u8, len: usize) -> bool {
    unsafe {
        let mut scratch = [0u8; 192];
        let [stream, first, block] = [0, 64, 128].map(|at| scratch.as_mut_ptr().add(at));
        subkey(stream, key, nonce);
        salsa20::block(first, stream, nonce.add(16), 0);
        let data = buffer.add(TAG);
        let mut mac = Poly1305::new(first);
        mac.update(data, len);
        let expected = mac.finish(first.add(16));
        let tag = (buffer as *const [u64; 2]).read_unaligned();
        let authentic = ((expected[0] ^ tag[0]) | (expected[1] ^ tag[1])) == 0;
        if authentic {
            apply(stream, nonce.add(16), data, len, block);
        }
        wipe(scratch.as_mut_ptr(), 192);
        authentic
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn secretbox_seal(key: *const u8, nonce: *const u8, buffer: *mut u8, len: usize) {
    unsafe { seal(key, nonce, buffer, len) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn secretbox_open(
    key: *const u8,
    nonce: *const u8,
    buffer: *mut u8,
    len: usize,
) -> u32 {
    unsafe { open(key, nonce, buffer, len) as u32 }
}
