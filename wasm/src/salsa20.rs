//! Salsa20/20 (D. J. Bernstein, "The Salsa20 family of stream ciphers").
use core::ptr::read_unaligned;

pub const SIGMA: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

#[inline(always)]
pub unsafe fn load(pointer: *const u8, word: usize) -> u32 {
    unsafe { u32::from_le(read_unaligned(pointer.add(4 * word) as *const u32)) }
}

macro_rules! quarter {
    ($a:expr, $b:expr, $c:expr, $d:expr) => {
        $b ^= $a.wrapping_add($d).rotate_left(7);
        $c ^= $b.wrapping_add($a).rotate_left(9);
        $d ^= $c.wrapping_add($b).rotate_left(13);
        $a ^= $d.wrapping_add($c).rotate_left(18);
    };
}

/// The state of `key` (32 bytes) and `input` (16 bytes).
#[inline(always)]
pub unsafe fn state(key: *const u8, input: *const u8) -> [u32; 16] {
    unsafe {
        [
            SIGMA[0],
            load(key, 0),
            load(key, 1),
            load(key, 2),
            load(key, 3),
            SIGMA[1],
            load(input, 0),
            load(input, 1),
            load(input, 2),
            load(input, 3),
            SIGMA[2],
            load(key, 4),
            load(key, 5),
            load(key, 6),
            load(key, 7),
            SIGMA[3],
        ]
    }
}

#[inline(always)]
pub fn rounds(mut x: [u32; 16]) -> [u32; 16] {
    for _ in 0..10 {
        quarter!(x[0], x[4], x[8], x[12]);
        quarter!(x[5], x[9], x[13], x[1]);
        quarter!(x[10], x[14], x[2], x[6]);
        quarter!(x[15], x[3], x[7], x[11]);
        quarter!(x[0], x[1], x[2], x[3]);
        quarter!(x[5], x[6], x[7], x[4]);
        quarter!(x[10], x[11], x[8], x[9]);
        quarter!(x[15], x[12], x[13], x[14]);
    }
    x
}

/// 64 bytes of keystream.
pub unsafe fn block(out: *mut u8, key: *const u8, nonce: *const u8, counter: u32) {
    unsafe {
        let input = [load(nonce, 0), load(nonce, 1), counter, 0];
        let input = state(key, input.as_ptr() as *const u8);
        let x = rounds(input);
        for i in 0..16 {
            (out.add(4 * i) as *mut u32).write_unaligned(x[i].wrapping_add(input[i]));
        }
    }
}
