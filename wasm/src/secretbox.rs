//! crypto_secretbox: XSalsa20-Poly1305 (D. J. Bernstein, "Cryptography in NaCl"), in place.
//!
//! HSalsa20 of the key and the nonce's first 16 bytes is the key, the nonce's last 8 bytes are the nonce of Salsa20. Its
//! block 0 begins with Poly1305's key (32 bytes); the keystream for the message follows.
//!
//! Four blocks of keystream are made at a time, as vectors, and while they are made, what is sealed already (or, when
//! opening, what came in) goes through Poly1305 as scalars: the processor does both at once. One or two blocks at the end of
//! the message are made as rows. A message of up to 96 bytes has no more than these two.
//!
//! Opening writes the keystream to memory of its own, and only when the tag was right adds it to the message.
//!
//! All that was derived is wiped: on the stack, because no slot of a dropped key would wipe it.
use crate::hsalsa20::Subkey;
use crate::poly1305::Poly1305;
use crate::salsa20::{Four, Rows, column_round, row_round, spread, transpose};
use crate::wipe::wipe;
use core::arch::wasm32::*;
use core::mem::{MaybeUninit, offset_of};

pub const TAG: usize = 16;
const MAC_KEY: usize = 32;
const BLOCK: usize = 64;
const PAIR: usize = 2 * BLOCK;
const GROUP: usize = 4 * BLOCK;
/// How much of the message the first group of blocks is for.
const FIRST: usize = GROUP - MAC_KEY;
/// Longest message that is opened in one pass, which takes memory for its keystream. Tox has no longer packets.
const ONE_PASS: usize = FIRST + 7 * GROUP + PAIR;
/// Most pairs of Poly1305's blocks between the double rounds of Salsa20.
const PAIRS: usize = 10;

#[repr(C, align(16))]
struct Scratch {
    /// Input of the blocks that are being made.
    four: Four,
    rows: Rows,
    mac: Poly1305,
    /// Keystream. Sealing needs it only for what is no whole group: it puts that behind Poly1305's key.
    stream: [u8; MAC_KEY + ONE_PASS],
}

impl Scratch {
    #[inline(always)]
    unsafe fn four(scratch: *mut Scratch) -> *mut v128 {
        unsafe { (&raw mut (*scratch).four).cast() }
    }

    #[inline(always)]
    unsafe fn stream(scratch: *mut Scratch) -> *mut u8 {
        unsafe { (&raw mut (*scratch).stream).cast() }
    }

    /// With `made` bytes of the stream.
    #[inline(always)]
    unsafe fn wipe(scratch: *mut Scratch, made: usize) {
        // Two blocks need no input of four.
        let from = if made <= PAIR { offset_of!(Scratch, rows) } else { 0 };
        let end = offset_of!(Scratch, stream) + made;
        wipe(unsafe { scratch.cast::<u8>().add(from) }, end - from);
    }
}

/// How much of `Scratch::stream` a message of `len` bytes fills.
#[inline(always)]
fn made<const SEAL: bool>(len: usize) -> usize {
    if len <= PAIR - MAC_KEY {
        PAIR
    } else if len <= FIRST {
        GROUP
    } else if SEAL {
        MAC_KEY + GROUP
    } else {
        GROUP + (len - FIRST).next_multiple_of(PAIR)
    }
}

#[inline(always)]
unsafe fn load(pointer: *const u8, at: usize) -> v128 {
    unsafe { v128_load(pointer.add(at).cast()) }
}

#[inline(always)]
unsafe fn store(out: *mut u8, at: usize, value: v128) {
    unsafe { v128_store(out.add(at).cast(), value) }
}

/// Four consecutive blocks to `out`: keystream, or if `XOR` its sum with what is there. Meanwhile `pairs` times 32 bytes of
/// `message` go into the MAC.
#[inline(never)]
unsafe fn four_blocks<const XOR: bool>(
    out: *mut u8,
    input: *const v128,
    mac: &mut Poly1305,
    message: *const u8,
    pairs: usize,
) {
    unsafe {
        let mut x: Four = [
            *input,
            *input.add(1),
            *input.add(2),
            *input.add(3),
            *input.add(4),
            *input.add(5),
            *input.add(6),
            *input.add(7),
            *input.add(8),
            *input.add(9),
            *input.add(10),
            *input.add(11),
            *input.add(12),
            *input.add(13),
            *input.add(14),
            *input.add(15),
        ];
        let mut h = *mac;
        let mut m = message;
        let mut i = 0;
        while i < pairs {
            column_round(&mut x);
            h.block(m);
            row_round(&mut x);
            h.block(m.add(16));
            m = m.add(32);
            i += 1;
        }
        *mac = h;
        while i < PAIRS {
            column_round(&mut x);
            row_round(&mut x);
            i += 1;
        }
        let mut i = 0;
        while i < 16 {
            let y = transpose(
                i32x4_add(x[i], *input.add(i)),
                i32x4_add(x[i + 1], *input.add(i + 1)),
                i32x4_add(x[i + 2], *input.add(i + 2)),
                i32x4_add(x[i + 3], *input.add(i + 3)),
            );
            let mut block = 0;
            while block < 4 {
                let at = BLOCK * block + 4 * i;
                store(out, at, if XOR { v128_xor(y[block], load(out, at)) } else { y[block] });
                block += 1;
            }
            i += 4;
        }
    }
}

/// Two consecutive blocks of keystream to `out`. Meanwhile `pairs` times 32 bytes of `message` go into the MAC.
#[inline(never)]
unsafe fn two_blocks(out: *mut u8, input: *const Rows, mac: &mut Poly1305, message: *const u8, pairs: usize) {
    unsafe {
        let input = *input;
        let next = Rows { c: i32x4_add(input.c, i32x4(1, 0, 0, 0)), ..input };
        let (mut x, mut y) = (input, next);
        let mut h = *mac;
        let mut m = message;
        let mut i = 0;
        while i < pairs {
            x.double_round();
            h.block(m);
            y.double_round();
            h.block(m.add(16));
            m = m.add(32);
            i += 1;
        }
        *mac = h;
        while i < PAIRS {
            x.double_round();
            y.double_round();
            i += 1;
        }
        for (block, words) in [x.output(&input), y.output(&next)].into_iter().enumerate() {
            for (i, word) in words.into_iter().enumerate() {
                store(out, BLOCK * block + 16 * i, word);
            }
        }
    }
}

/// 0, 1 … 15, plus `offset`: what `i8x16_swizzle` wants to move bytes by so many places and fill with zeros.
#[inline(always)]
fn places(offset: usize) -> v128 {
    i8x16_add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16_splat(offset as i8))
}

/// Adds `len` bytes of keystream to the message. The last few bytes are done as 16 that end with the message: the tag stands
/// before it, and what is not of those few is written back as it was.
#[inline(always)]
unsafe fn add(data: *mut u8, stream: *const u8, len: usize) {
    unsafe {
        let mut at = 0;
        while at + 16 <= len {
            store(data, at, v128_xor(load(data, at), load(stream, at)));
            at += 16;
        }
        let rest = len - at;
        if rest != 0 {
            let last = data.add(len).sub(16);
            // Places below 0 are zeros too: as unsigned bytes they are above 15.
            store(
                last,
                0,
                v128_xor(load(last, 0), i8x16_swizzle(load(stream, at), places(rest.wrapping_sub(16)))),
            );
        }
    }
}

/// The tag, when all of the message before `at` went into the MAC.
#[inline(always)]
unsafe fn finish(scratch: *mut Scratch, data: *const u8, at: usize, len: usize) -> v128 {
    unsafe {
        let mut mac = (*scratch).mac;
        let mut at = at;
        while at + 16 <= len {
            mac.block(data.add(at));
            at += 16;
        }
        let rest = len - at;
        if rest != 0 {
            // The bytes before the message are the tag's, so that 16 can be read.
            mac.last(i8x16_swizzle(load(data.add(len).sub(16), 0), places(16 - rest)), rest);
        }
        mac.finish(Scratch::stream(scratch).add(16))
    }
}

/// Keystream for a message of `len` bytes (to be opened: at most `ONE_PASS`) and its tag. When sealing, the message is
/// encrypted on the way.
#[inline(always)]
unsafe fn run<const SEAL: bool>(
    scratch: *mut Scratch,
    key: Subkey,
    nonce: *const u8,
    data: *mut u8,
    len: usize,
) -> v128 {
    unsafe {
        let input = v128_load64_zero(nonce.add(16).cast());
        let rows = &raw mut (*scratch).rows;
        *rows = Rows::new(key.low, key.high, input);
        let stream = Scratch::stream(scratch);
        let text = stream.add(MAC_KEY);
        let mac = &mut (*scratch).mac;
        if len <= PAIR - MAC_KEY {
            two_blocks(stream, rows, mac, data, 0);
            if SEAL {
                add(data, text, len);
            }
            *mac = Poly1305::new(stream);
            return finish(scratch, data, 0, len);
        }
        let four = Scratch::four(scratch);
        (*scratch).four = spread(key.low, key.high, input);
        *four.add(8) = i32x4(0, 1, 2, 3);
        four_blocks::<false>(stream, four, mac, data, 0);
        *mac = Poly1305::new(stream);
        if SEAL {
            add(data, text, if len < FIRST { len } else { FIRST });
        }
        let mut done = FIRST;
        let mut authenticated = 0;
        let mut counter = 4;
        while done < len {
            let left = len - done;
            let ready = ((if SEAL { done } else { len }) - authenticated) / 32;
            let pairs = if ready < PAIRS { ready } else { PAIRS };
            let message = data.add(authenticated);
            let target = if SEAL { text } else { text.add(done) };
            if left <= PAIR {
                (*rows).c = i32x4_replace_lane::<0>((*rows).c, counter);
                two_blocks(target, rows, mac, message, pairs);
            } else {
                *four.add(8) = i32x4_add(i32x4_splat(counter), i32x4(0, 1, 2, 3));
                if SEAL && left >= GROUP {
                    four_blocks::<true>(data.add(done), four, mac, message, pairs);
                } else {
                    four_blocks::<false>(target, four, mac, message, pairs);
                }
            }
            if SEAL && left < GROUP {
                add(data.add(done), target, left);
            }
            authenticated += 32 * pairs;
            done += GROUP;
            counter += 4;
        }
        finish(scratch, data, authenticated, len)
    }
}

/// Seals `len` bytes after the tag's room, in place.
///
/// # Safety
/// 32 bytes at `key` and 24 at `nonce` are readable, `TAG + len` at `buffer` are writable.
#[inline(never)]
pub unsafe fn seal(key: *const u8, nonce: *const u8, buffer: *mut u8, len: usize) {
    unsafe { seal_with(Subkey::new(key, load(nonce, 0)), nonce, buffer, len) }
}

/// As `seal`, with the key that belongs to the nonce's first 16 bytes.
#[inline(always)]
pub unsafe fn seal_with(key: Subkey, nonce: *const u8, buffer: *mut u8, len: usize) {
    // As vectors, the key is not handed over in memory, where nobody would wipe it.
    #[inline(never)]
    unsafe fn under(low: v128, high: v128, nonce: *const u8, buffer: *mut u8, len: usize) {
        unsafe {
            let mut scratch = MaybeUninit::<Scratch>::uninit();
            let scratch = scratch.as_mut_ptr();
            let tag = run::<true>(scratch, Subkey { low, high }, nonce, buffer.add(TAG), len);
            store(buffer, 0, tag);
            Scratch::wipe(scratch, made::<true>(len));
        }
    }
    unsafe { under(key.low, key.high, nonce, buffer, len) }
}

/// Opens `len` bytes after the tag, in place. False, and nothing written, if they are not authentic.
///
/// # Safety
/// As `seal`.
#[inline(never)]
pub unsafe fn open(key: *const u8, nonce: *const u8, buffer: *mut u8, len: usize) -> bool {
    unsafe { open_with(Subkey::new(key, load(nonce, 0)), nonce, buffer, len) }
}

/// As `open`, with the key that belongs to the nonce's first 16 bytes.
#[inline(always)]
pub unsafe fn open_with(key: Subkey, nonce: *const u8, buffer: *mut u8, len: usize) -> bool {
    #[inline(never)]
    unsafe fn under(low: v128, high: v128, nonce: *const u8, buffer: *mut u8, len: usize) -> bool {
        unsafe {
            let mut scratch = MaybeUninit::<Scratch>::uninit();
            let scratch = scratch.as_mut_ptr();
            if len > ONE_PASS {
                let is_authentic = open_long(scratch, low, high, nonce, buffer, len);
                Scratch::wipe(scratch, GROUP);
                return is_authentic;
            }
            let data = buffer.add(TAG);
            let tag = run::<false>(scratch, Subkey { low, high }, nonce, data, len);
            let is_authentic = !v128_any_true(v128_xor(tag, load(buffer, 0)));
            if is_authentic {
                add(data, Scratch::stream(scratch).add(MAC_KEY), len);
            }
            Scratch::wipe(scratch, made::<false>(len));
            is_authentic
        }
    }
    unsafe { under(key.low, key.high, nonce, buffer, len) }
}

/// First authenticates, then makes the keystream, for which there is no room.
#[inline(never)]
unsafe fn open_long(
    scratch: *mut Scratch,
    low: v128,
    high: v128,
    nonce: *const u8,
    buffer: *mut u8,
    len: usize,
) -> bool {
    unsafe {
        let stream = Scratch::stream(scratch);
        let mac = &mut (*scratch).mac;
        let four = Scratch::four(scratch);
        (*scratch).four = spread(low, high, v128_load64_zero(nonce.add(16).cast()));
        *four.add(8) = i32x4(0, 1, 2, 3);
        let mut data = buffer.add(TAG);
        four_blocks::<false>(stream, four, mac, data, 0);
        *mac = Poly1305::new(stream);
        let tag = finish(scratch, data, 0, len);
        if v128_any_true(v128_xor(tag, load(buffer, 0))) {
            return false;
        }
        add(data, stream.add(MAC_KEY), FIRST);
        data = data.add(FIRST);
        let mut left = len - FIRST;
        loop {
            *four.add(8) = i32x4_add(*four.add(8), i32x4_splat(4));
            if left < GROUP {
                break;
            }
            four_blocks::<true>(data, four, mac, data, 0);
            data = data.add(GROUP);
            left -= GROUP;
        }
        four_blocks::<false>(stream, four, mac, data, 0);
        add(data, stream, left);
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
