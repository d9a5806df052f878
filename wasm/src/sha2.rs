//! SHA-256, SHA-512 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104).
//!
//! Both hashes are one shape in two word sizes: a block of 16 words is expanded to 64 (80) words and mixed into eight
//! chaining words. The expansion runs through a window of 16 words, sixteen rounds at a time, so that window and
//! chaining words are locals with fixed places: after sixteen rounds each variable is back in its place.
//!
//! Nothing depends on the data but the data: no tables indexed by it, no branches on it. The states hold secrets when a
//! key is hashed, so finishing wipes them.

use crate::wipe::wipe;
use core::arch::wasm32::{i8x16_shuffle, u32x4_extract_lane, u64x2_extract_lane, v128, v128_load};
use core::ptr::copy_nonoverlapping;

/// Square roots of the first 8 primes, 32 bits of their fractions.
const INITIAL_256: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The same, 64 bits.
const INITIAL_512: [u64; 8] = [
    0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
];

/// Cube roots of the first 64 primes, 32 bits of their fractions.
static ROUND_256: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// Cube roots of the first 80 primes, 64 bits of their fractions.
static ROUND_512: [u64; 80] = [
    0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd, 0xb5c0_fbcf_ec4d_3b2f, 0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538, 0x59f1_11f1_b605_d019, 0x923f_82a4_af19_4f9b, 0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242, 0x1283_5b01_4570_6fbe, 0x2431_85be_4ee4_b28c, 0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f, 0x80de_b1fe_3b16_96b1, 0x9bdc_06a7_25c7_1235, 0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2, 0xefbe_4786_384f_25e3, 0x0fc1_9dc6_8b8c_d5b5, 0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275, 0x4a74_84aa_6ea6_e483, 0x5cb0_a9dc_bd41_fbd4, 0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab, 0xa831_c66d_2db4_3210, 0xb003_27c8_98fb_213f, 0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2, 0xd5a7_9147_930a_a725, 0x06ca_6351_e003_826f, 0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc, 0x2e1b_2138_5c26_c926, 0x4d2c_6dfc_5ac4_2aed, 0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de, 0x766a_0abb_3c77_b2a8, 0x81c2_c92e_47ed_aee6, 0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364, 0xa81a_664b_bc42_3001, 0xc24b_8b70_d0f8_9791, 0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218, 0xd699_0624_5565_a910, 0xf40e_3585_5771_202a, 0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8, 0x1e37_6c08_5141_ab53, 0x2748_774c_df8e_eb99, 0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63, 0x4ed8_aa4a_e341_8acb, 0x5b9c_ca4f_7763_e373, 0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc, 0x78a5_636f_4317_2f60, 0x84c8_7814_a1f0_ab72, 0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28, 0xa450_6ceb_de82_bde9, 0xbef9_a3f7_b2c6_7915, 0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c, 0xd186_b8c7_21c0_c207, 0xeada_7dd6_cde0_eb1e, 0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba, 0x0a63_7dc5_a2c8_98a6, 0x113f_9804_bef9_0dae, 0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84, 0x32ca_ab7b_40c7_2493, 0x3c9e_be0a_15c9_bebc, 0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6, 0x597f_299c_fc65_7e2a, 0x5fcb_6fab_3ad6_faec, 0x6c44_198c_4a47_5817,
];

/// One round. What the specification shifts along, the caller renames.
macro_rules! round {
    ($big0:ident, $big1:ident, $k:ident, $w:ident, $i:literal,
     $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
        let t = $h
            .wrapping_add($big1($e))
            .wrapping_add($g ^ ($e & ($f ^ $g)))
            .wrapping_add(*$k.add($i))
            .wrapping_add($w[$i]);
        $d = $d.wrapping_add(t);
        $h = t.wrapping_add($big0($a)).wrapping_add(($a & $b) | ($c & ($a | $b)));
    };
}

/// Sixteen rounds.
macro_rules! rounds {
    ($big0:ident, $big1:ident, $k:ident, $w:ident,
     $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
        round!($big0, $big1, $k, $w, 0, $a $b $c $d $e $f $g $h);
        round!($big0, $big1, $k, $w, 1, $h $a $b $c $d $e $f $g);
        round!($big0, $big1, $k, $w, 2, $g $h $a $b $c $d $e $f);
        round!($big0, $big1, $k, $w, 3, $f $g $h $a $b $c $d $e);
        round!($big0, $big1, $k, $w, 4, $e $f $g $h $a $b $c $d);
        round!($big0, $big1, $k, $w, 5, $d $e $f $g $h $a $b $c);
        round!($big0, $big1, $k, $w, 6, $c $d $e $f $g $h $a $b);
        round!($big0, $big1, $k, $w, 7, $b $c $d $e $f $g $h $a);
        round!($big0, $big1, $k, $w, 8, $a $b $c $d $e $f $g $h);
        round!($big0, $big1, $k, $w, 9, $h $a $b $c $d $e $f $g);
        round!($big0, $big1, $k, $w, 10, $g $h $a $b $c $d $e $f);
        round!($big0, $big1, $k, $w, 11, $f $g $h $a $b $c $d $e);
        round!($big0, $big1, $k, $w, 12, $e $f $g $h $a $b $c $d);
        round!($big0, $big1, $k, $w, 13, $d $e $f $g $h $a $b $c);
        round!($big0, $big1, $k, $w, 14, $c $d $e $f $g $h $a $b);
        round!($big0, $big1, $k, $w, 15, $b $c $d $e $f $g $h $a);
    };
}

/// The next sixteen words, each over the one that nothing needs any more.
macro_rules! expand {
    ($small0:ident, $small1:ident, $w:ident, $($i:literal)*) => {
        $(
            $w[$i] = $w[$i]
                .wrapping_add($small0($w[($i + 1) % 16]))
                .wrapping_add($w[($i + 9) % 16])
                .wrapping_add($small1($w[($i + 14) % 16]));
        )*
    };
}

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident, $word:ty, $block:literal, $initial:ident, $constants:ident, $rounds:literal,
     $big0:ident $big1:ident $small0:ident $small1:ident, $load:ident) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            chain: [$word; 8],
            /// Bytes hashed so far; what of them fills no block yet is in `rest`.
            length: u64,
            rest: [u8; $block],
        }

        impl $name {
            #[inline]
            pub fn new() -> Self {
                Self { chain: $initial, length: 0, rest: [0; $block] }
            }

            /// `data`: readable for `len` bytes.
            pub fn update(&mut self, mut data: *const u8, mut len: usize) {
                let filled = self.length as usize % $block;
                self.length += len as u64;
                // Safety: `filled` < block size, and each copy is cut to what is left of the block and of the data.
                unsafe {
                    if filled > 0 {
                        let part = if len < $block - filled { len } else { $block - filled };
                        copy_nonoverlapping(data, self.rest.as_mut_ptr().add(filled), part);
                        if filled + part < $block {
                            return;
                        }
                        let block = self.rest.as_ptr();
                        self.compress(block, 1);
                        data = data.add(part);
                        len -= part;
                    }
                    self.compress(data, len / $block);
                    copy_nonoverlapping(data.add(len - len % $block), self.rest.as_mut_ptr(), len % $block);
                }
            }

            /// Writes the hash to `out`, and wipes the state.
            pub fn finish(&mut self, out: *mut u8) {
                const LENGTH_AT: usize = $block - 8;
                // The length field has two words; lengths of 2^61 bytes do not occur, so the upper bits are zeros.
                const PADDED: usize = $block - 2 * size_of::<$word>();
                let filled = self.length as usize % $block;
                let bits = self.length << 3;
                // Safety: `filled` < block size; `out` has room for the chaining words.
                unsafe {
                    let rest = self.rest.as_mut_ptr();
                    rest.add(filled).write(0x80);
                    rest.add(filled + 1).write_bytes(0, $block - 1 - filled);
                    if filled >= PADDED {
                        self.compress(rest, 1);
                        rest.write_bytes(0, $block);
                    }
                    rest.add(LENGTH_AT).cast::<[u8; 8]>().write(bits.to_be_bytes());
                    self.compress(rest, 1);
                    for (i, word) in self.chain.iter().enumerate() {
                        out.cast::<[u8; size_of::<$word>()]>().add(i).write(word.to_be_bytes());
                    }
                }
                wipe((self as *mut Self).cast(), size_of::<Self>());
            }

            /// Mixes `count` blocks in.
            #[inline(never)]
            unsafe fn compress(&mut self, data: *const u8, count: usize) {
                let chain = &mut self.chain;
                for block in 0..count {
                    // Safety: `data` is readable for `count` blocks; `k` walks through the constants.
                    unsafe {
                        let mut w = $load(data.add(block * $block));
                        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *chain;
                        let mut k = $constants.as_ptr();
                        let end = k.add($rounds - 16);
                        loop {
                            rounds!($big0, $big1, k, w, a b c d e f g h);
                            if k == end {
                                break;
                            }
                            k = k.add(16);
                            expand!($small0, $small1, w, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
                        }
                        for (word, value) in chain.iter_mut().zip([a, b, c, d, e, f, g, h]) {
                            *word = word.wrapping_add(value);
                        }
                    }
                }
            }
        }
    };
}

hash!(
    /// SHA-256 of data that comes in pieces.
    Sha256, u32, 64, INITIAL_256, ROUND_256, 64,
    big0_256 big1_256 small0_256 small1_256, load_256
);
hash!(
    /// SHA-512 of data that comes in pieces.
    Sha512, u64, 128, INITIAL_512, ROUND_512, 80,
    big0_512 big1_512 small0_512 small1_512, load_512
);

// The specification's Σ0, Σ1, σ0 and σ1.

#[inline(always)]
fn big0_256(x: u32) -> u32 {
    x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22)
}

#[inline(always)]
fn big1_256(x: u32) -> u32 {
    x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25)
}

#[inline(always)]
fn small0_256(x: u32) -> u32 {
    x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3)
}

#[inline(always)]
fn small1_256(x: u32) -> u32 {
    x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10)
}

#[inline(always)]
fn big0_512(x: u64) -> u64 {
    x.rotate_right(28) ^ x.rotate_right(34) ^ x.rotate_right(39)
}

#[inline(always)]
fn big1_512(x: u64) -> u64 {
    x.rotate_right(14) ^ x.rotate_right(18) ^ x.rotate_right(41)
}

#[inline(always)]
fn small0_512(x: u64) -> u64 {
    x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7)
}

#[inline(always)]
fn small1_512(x: u64) -> u64 {
    x.rotate_right(19) ^ x.rotate_right(61) ^ (x >> 6)
}

/// A block's sixteen words, which are big-endian in it: WebAssembly swaps bytes only in vectors.
#[inline(always)]
unsafe fn load_256(block: *const u8) -> [u32; 16] {
    let mut w = [0; 16];
    let mut i = 0;
    while i < 16 {
        // Safety: the block has 64 bytes.
        let x = unsafe { v128_load(block.add(4 * i).cast::<v128>()) };
        let x = i8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(x, x);
        w[i] = u32x4_extract_lane::<0>(x);
        w[i + 1] = u32x4_extract_lane::<1>(x);
        w[i + 2] = u32x4_extract_lane::<2>(x);
        w[i + 3] = u32x4_extract_lane::<3>(x);
        i += 4;
    }
    w
}

#[inline(always)]
unsafe fn load_512(block: *const u8) -> [u64; 16] {
    let mut w = [0; 16];
    let mut i = 0;
    while i < 16 {
        // Safety: the block has 128 bytes.
        let x = unsafe { v128_load(block.add(8 * i).cast::<v128>()) };
        let x = i8x16_shuffle::<7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8>(x, x);
        w[i] = u64x2_extract_lane::<0>(x);
        w[i + 1] = u64x2_extract_lane::<1>(x);
        i += 2;
    }
    w
}

/// HMAC-SHA-256 of `len` bytes at `data` under a key of any length; `out` has 32 bytes.
pub fn hmac(out: *mut u8, key: *const u8, key_len: usize, data: *const u8, len: usize) {
    const BLOCK: usize = 64;
    const HASH: usize = 32;
    const INNER: u8 = 0x36;
    const OUTER: u8 = 0x5c;
    let mut pad = [0u8; BLOCK];
    let mut hash = [0u8; HASH];
    let mut state = Sha256::new();
    if key_len > BLOCK {
        state.update(key, key_len);
        state.finish(pad.as_mut_ptr());
        state = Sha256::new();
    } else {
        // Safety: the key fits into the pad.
        unsafe { copy_nonoverlapping(key, pad.as_mut_ptr(), key_len) };
    }
    for byte in &mut pad {
        *byte ^= INNER;
    }
    state.update(pad.as_ptr(), BLOCK);
    state.update(data, len);
    state.finish(hash.as_mut_ptr());
    for byte in &mut pad {
        *byte ^= INNER ^ OUTER;
    }
    state = Sha256::new();
    state.update(pad.as_ptr(), BLOCK);
    state.update(hash.as_ptr(), HASH);
    state.finish(out);
    wipe(pad.as_mut_ptr(), BLOCK);
    wipe(hash.as_mut_ptr(), HASH);
}

#[unsafe(no_mangle)]
pub extern "C" fn sha256(out: *mut u8, data: *const u8, len: usize) {
    let mut state = Sha256::new();
    state.update(data, len);
    state.finish(out);
}

#[unsafe(no_mangle)]
pub extern "C" fn sha512(out: *mut u8, data: *const u8, len: usize) {
    let mut state = Sha512::new();
    state.update(data, len);
    state.finish(out);
}

#[unsafe(no_mangle)]
pub extern "C" fn hmac_sha256(out: *mut u8, key: *const u8, key_len: usize, data: *const u8, len: usize) {
    hmac(out, key, key_len, data, len);
}
