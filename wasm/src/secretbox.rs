//! crypto_secretbox: XSalsa20-Poly1305 (D. J. Bernstein, "Cryptography in NaCl"), in place.
use crate::hsalsa20::subkey;
use crate::poly1305::Poly1305;
use crate::salsa20::{Four, Rows, column_round, row_round, spread, transpose};
use crate::wipe::wipe;
use core::arch::wasm32::*;
use core::mem::{MaybeUninit, offset_of};

pub const TAG: usize = 16;
/// Bytes of block 0 that are Poly1305's key; the message is under the keystream after them.
const MAC_KEY: usize = 32;
const BLOCK: usize = 64;
const GROUP: usize = 4 * BLOCK;
/// Longest message that is opened in one pass, which needs room for its keystream: every packet of Tox.
const ONE_PASS: usize = 8 * GROUP + 2 * BLOCK - MAC_KEY;

#[repr(C, align(16))]
struct Scratch {
    mac: Poly1305,
    four: Four,
    /// From byte 0 of block 0.
    stream: [u8; ONE_PASS + MAC_KEY],
}

#[inline(always)]
unsafe fn store(out: *mut u8, at: usize, value: v128) {
    unsafe { v128_store(out.add(at).cast(), value) }
}

#[inline(always)]
unsafe fn load(pointer: *const u8, at: usize) -> v128 {
    unsafe { v128_load(pointer.add(at).cast()) }
}

const SEAL: bool = true;
const OPEN: bool = false;

/// Writes four blocks: keystream, or if `XOR` the sum with what is at `out`.
#[inline(always)]
unsafe fn put_four<const XOR: bool>(out: *mut u8, x: &Four, four: *const v128) {
    unsafe {
        let mut i = 0;
        while i < 4 {
            let y = transpose(
                i32x4_add(x[4 * i], *four.add(4 * i)),
                i32x4_add(x[4 * i + 1], *four.add(4 * i + 1)),
                i32x4_add(x[4 * i + 2], *four.add(4 * i + 2)),
                i32x4_add(x[4 * i + 3], *four.add(4 * i + 3)),
            );
            let mut block = 0;
            while block < 4 {
                let at = BLOCK * block + 16 * i;
                let value = if XOR { v128_xor(y[block], load(out, at)) } else { y[block] };
                store(out, at, value);
                block += 1;
            }
            i += 1;
        }
    }
}

#[inline(always)]
unsafe fn read_four(four: *const v128) -> Four {
    let mut x = [i32x4_splat(0); 16];
    let mut i = 0;
    while i < 16 {
        x[i] = unsafe { *four.add(i) };
        i += 1;
    }
    x
}

/// Four blocks, and `pairs` (at most 10) times 32 bytes at `message` into the MAC.
#[inline(never)]
unsafe fn four_and_mac<const XOR: bool>(
    out: *mut u8,
    four: *const v128,
    mac: &mut Poly1305,
    message: *const u8,
    pairs: usize,
) {
    unsafe {
        let mut x = read_four(four);
        let mut h = *mac;
        let mut m = message;
        let mut i = pairs;
        let end = m.add(32 * pairs);
        while m != end {
            column_round(&mut x);
            h.block(m, 1 << 32);
            row_round(&mut x);
            h.block(m.add(16), 1 << 32);
            m = m.add(32);
        }
        *mac = h;
        while i < 10 {
            column_round(&mut x);
            row_round(&mut x);
            i += 1;
        }
        put_four::<XOR>(out, &x, four);
    }
}

/// Two consecutive blocks, and `pairs` (at most 10) times 32 bytes at `message` into the MAC.
#[inline(never)]
unsafe fn two_and_mac(out: *mut u8, input: Rows, mac: &mut Poly1305, message: *const u8, pairs: usize) {
    unsafe {
        let next = Rows { c: i32x4_add(input.c, i32x4(1, 0, 0, 0)), ..input };
        let (mut x, mut y) = (input, next);
        let mut h = *mac;
        let mut m = message;
        let mut i = 0;
        while i < pairs {
            x.double_round();
            h.block(m, 1 << 32);
            y.double_round();
            h.block(m.add(16), 1 << 32);
            m = m.add(32);
            i += 1;
        }
        *mac = h;
        while i < 10 {
            x.double_round();
            y.double_round();
            i += 1;
        }
        put_block(out, x.output(&input));
        put_block(out.add(BLOCK), y.output(&next));
    }
}

#[inline(always)]
unsafe fn put_block(out: *mut u8, words: [v128; 4]) {
    unsafe {
        store(out, 0, words[0]);
        store(out, 16, words[1]);
        store(out, 32, words[2]);
        store(out, 48, words[3]);
    }
}

#[inline(always)]
fn iota() -> v128 {
    i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}

/// XORs `len` bytes. If `len` is not a multiple of 16, the 16 bytes before `data + len` must be writable: what of them
/// is not data is written back as it was.
#[inline(always)]
unsafe fn xor(data: *mut u8, stream: *const u8, len: usize) {
    unsafe {
        let mut at = 0;
        while at + 16 <= len {
            store(data, at, v128_xor(load(data, at), load(stream, at)));
            at += 16;
        }
        let rest = len - at;
        if rest != 0 {
            let shift = i8x16_sub(iota(), i8x16_splat(16 - rest as i8));
            let end = data.add(len).sub(16);
            store(end, 0, v128_xor(load(end, 0), i8x16_swizzle(load(stream, at), shift)));
        }
    }
}

/// What is left of the message from `at` on, and the tag. The 16 bytes before the message must be readable.
#[inline(always)]
unsafe fn finish(scratch: *mut Scratch, data: *const u8, at: usize, len: usize) -> v128 {
    unsafe {
        let mut mac = (*scratch).mac;
        let mut at = at;
        while at + 16 <= len {
            mac.block(data.add(at), 1 << 32);
            at += 16;
        }
        let rest = len - at;
        if rest != 0 {
            let bytes = i8x16_swizzle(
                load(data.add(len).sub(16), 0),
                i8x16_add(iota(), i8x16_splat(16 - rest as i8)),
            );
            let end = v128_and(i8x16_eq(iota(), i8x16_splat(rest as i8)), i8x16_splat(1));
            let block = v128_or(bytes, end);
            mac.block((&raw const block).cast(), 0);
        }
        let tag = mac.finish((&raw const (*scratch).stream).cast::<u8>().add(16));
        u64x2(tag[0], tag[1])
    }
}

/// Keystream from block 0 on for a message of `len` bytes (at most `ONE_PASS`), and Poly1305 of it if it is sealed (`SEAL`:
/// encrypted in place on the way) or to be opened.
#[inline(always)]
unsafe fn run<const DIRECTION: bool>(
    scratch: *mut Scratch,
    key: *const u8,
    nonce: *const u8,
    data: *mut u8,
    len: usize,
) -> v128 {
    unsafe {
        let (low, high) = subkey(load(key, 0), load(key, 16), load(nonce, 0));
        let input = v128_load64_zero(nonce.add(16).cast());
        let rows = Rows::new(low, high, input);
        let stream = (&raw mut (*scratch).stream).cast::<u8>();
        let mac = &mut (*scratch).mac;
        let four = (&raw mut (*scratch).four).cast::<v128>();
        if len <= 2 * BLOCK - MAC_KEY {
            two_and_mac(stream, rows, mac, data, 0);
            if DIRECTION == SEAL {
                xor(data, stream.add(MAC_KEY), len);
            }
            *mac = Poly1305::new(stream);
            return finish(scratch, data, 0, len);
        }
        (*scratch).four = spread(low, high, input);
        let mut done = GROUP - MAC_KEY;
        let mut counter = 4;
        *four.add(8) = i32x4(0, 1, 2, 3);
        four_and_mac::<false>(stream, four, mac, data, 0);
        if DIRECTION == SEAL {
            xor(data, stream.add(MAC_KEY), if len < done { len } else { done });
        }
        *mac = Poly1305::new(stream);
        let mut macked = 0;
        while done < len {
            let left = len - done;
            let ready = if DIRECTION == SEAL { done } else { len };
            let pairs = (ready - macked) / 32;
            let pairs = if pairs > 10 { 10 } else { pairs };
            let target = if DIRECTION == SEAL { data.add(done) } else { stream.add(MAC_KEY + done) };
            if left > 2 * BLOCK {
                *four.add(8) = i32x4_add(i32x4_splat(counter), i32x4(0, 1, 2, 3));
                if DIRECTION == OPEN {
                    four_and_mac::<false>(target, four, mac, data.add(macked), pairs);
                } else if left >= GROUP {
                    four_and_mac::<true>(target, four, mac, data.add(macked), pairs);
                } else {
                    four_and_mac::<false>(stream.add(BLOCK), four, mac, data.add(macked), pairs);
                    xor(target, stream.add(BLOCK), left);
                }
            } else {
                let rows = Rows { c: i32x4_replace_lane::<0>(rows.c, counter), ..rows };
                let to = if DIRECTION == SEAL { stream.add(BLOCK) } else { target };
                two_and_mac(to, rows, mac, data.add(macked), pairs);
                if DIRECTION == SEAL {
                    xor(target, to, left);
                }
            }
            macked += 32 * pairs;
            done += GROUP;
            counter += 4;
        }
        finish(scratch, data, macked, len)
    }
}

/// Seals `len` bytes after the tag's room, in place. `buffer` has `TAG + len` bytes.
pub unsafe fn seal(key: *const u8, nonce: *const u8, buffer: *mut u8, len: usize) {
    unsafe {
        let mut scratch = MaybeUninit::<Scratch>::uninit();
        let tag = run::<SEAL>(scratch.as_mut_ptr(), key, nonce, buffer.add(TAG), len);
        store(buffer, 0, tag);
        forget(scratch.as_mut_ptr(), if len < GROUP { len } else { GROUP });
    }
}

/// Wipes what was derived, with the keystream of `len` bytes.
#[inline(always)]
unsafe fn forget(scratch: *mut Scratch, len: usize) {
    wipe(scratch.cast(), offset_of!(Scratch, stream) + MAC_KEY + len);
}

/// Opens `len` bytes after the tag, in place. False, and nothing written, if the tag is not right.
pub unsafe fn open(key: *const u8, nonce: *const u8, buffer: *mut u8, len: usize) -> bool {
    unsafe {
        let mut scratch = MaybeUninit::<Scratch>::uninit();
        let scratch = scratch.as_mut_ptr();
        let data = buffer.add(TAG);
        if len > ONE_PASS {
            let authentic = open_long(scratch, key, nonce, buffer, len);
            forget(scratch, GROUP);
            return authentic;
        }
        let tag = run::<OPEN>(scratch, key, nonce, data, len);
        let authentic = !v128_any_true(v128_xor(tag, load(buffer, 0)));
        if authentic {
            xor(data, (&raw const (*scratch).stream).cast::<u8>().add(MAC_KEY), len);
        }
        forget(scratch, len);
        authentic
    }
}

/// Authenticates, then decrypts.
#[inline(never)]
unsafe fn open_long(
    scratch: *mut Scratch,
    key: *const u8,
    nonce: *const u8,
    buffer: *mut u8,
    len: usize,
) -> bool {
    unsafe {
        let (low, high) = subkey(load(key, 0), load(key, 16), load(nonce, 0));
        let stream = (&raw mut (*scratch).stream).cast::<u8>();
        let mac = &mut (*scratch).mac;
        let four = (&raw mut (*scratch).four).cast::<v128>();
        (*scratch).four = spread(low, high, v128_load64_zero(nonce.add(16).cast()));
        *four.add(8) = i32x4(0, 1, 2, 3);
        let mut data = buffer.add(TAG);
        four_and_mac::<false>(stream, four, mac, data, 0);
        *mac = Poly1305::new(stream);
        let tag = finish(scratch, data, 0, len);
        if v128_any_true(v128_xor(tag, load(buffer, 0))) {
            return false;
        }
        let mut ready = GROUP - MAC_KEY;
        let mut left = len - ready;
        xor(data, stream.add(MAC_KEY), ready);
        loop {
            data = data.add(ready);
            *four.add(8) = i32x4_add(*four.add(8), i32x4_splat(4));
            if left < GROUP {
                break;
            }
            four_and_mac::<true>(data, four, mac, data, 0);
            ready = GROUP;
            left -= GROUP;
        }
        four_and_mac::<false>(stream, four, mac, data, 0);
        xor(data, stream, left);
        true
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
