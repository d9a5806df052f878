//! GF(p), p = 2²⁵⁵ − 19, on vectors of two doubles: two elements at a time, one in each half. The idea is of D. J. Bernstein,
//! "Curve25519: new Diffie-Hellman speed records" (PKC 2006), 4, with another number of limbs. Doubles, and not integers, because a
//! product is one instruction then; of 32-bit integers it takes two shuffles more. Nothing here needs a fused multiply-add.
//!
//! An element is the sum of twelve limbs x₀ … x₁₁. Limb i is an integer multiple of its unit uᵢ = 2^⌈21¼·i⌉, with the sign it
//! happens to have. So no limb is ever shifted: xᵢ·yⱼ is a multiple of uᵢ·uⱼ, and thereby of u₍ᵢ₊ⱼ₎, or for i + j ≥ 12 of
//! 2²⁵⁵·u₍ᵢ₊ⱼ₋₁₂₎, and that comes back by 2²⁵⁵ ≡ 19 with a multiplication by 19·2⁻²⁵⁵.
//!
//! Bounds. An element is *tight* if |xᵢ| ≤ (1 + 2⁻⁸)·uᵢ₊₁/2 for all i (u₁₂ = 2²⁵⁵), that is 2²¹ units for limbs 0, 4 and 8 and 2²⁰ for
//! the others. It is *loose* if it is up to four times that: a sum or difference of four tight elements. All products take
//! loose elements and return tight ones.
//!
//! A double has 53 bits, so a sum of multiples of u is exact if the absolute values add up to at most 2⁵³·u. For the products that
//! meet in one column, those that come round counted 19 times, this is at most, with both factors loose, in units of the column:
//! 2^52.97 in column 0 (16·(1 + 2⁻⁸)²·(2⁴² + 19·(2·2⁴² + 9·2⁴¹))), less in all others, 2^48.6 in column 11. It bounds every
//! partial sum, in whatever order, and what a carry of at most 2³² units adds still fits.
//!
//! Carrying: x + 1.5·2⁵²·u − 1.5·2⁵²·u is x rounded to a multiple of u for |x| < 2⁵¹·u. What is left is at most u/2.
//!
//! Constant time: additions, multiplications and masks only. Doubles take the same time for all values that occur, zeros and
//! integer multiples of powers of two between 2⁻¹⁰ and 2⁶⁰⁰: no subnormal, infinity or NaN.
use core::arch::wasm32::*;
use core::mem::MaybeUninit;

#[path = "multiply_f64.rs"]
mod multiply;
pub use multiply::*;

const LIMBS: usize = 12;

/// log₂ uᵢ = ⌈21¼·i⌉.
const WEIGHT: [u32; LIMBS + 1] = [0, 22, 43, 64, 85, 107, 128, 149, 170, 192, 213, 234, 255];

/// 2ⁿ.
const fn power(n: i32) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

/// Adding and subtracting this rounds to a multiple of 2ʷ. It is also a number whose bits count in units of 2ʷ.
const fn rounder(w: u32) -> f64 {
    1.5 * power(52 + w as i32)
}

/// 19·2⁻²⁵⁵: what multiples of 2²⁵⁵ are multiplied by to come back.
const FOLD: f64 = 19.0 * power(-255);

#[derive(Clone, Copy)]
pub struct Fe2([v128; LIMBS]);

impl Fe2 {
    pub const ZERO: Fe2 = Fe2([f64x2(0.0, 0.0); LIMBS]);
    pub const ONE: Fe2 = {
        let mut one = Fe2::ZERO;
        one.0[0] = f64x2(1.0, 1.0);
        one
    };

    /// Reads 32 bytes each, little-endian; bit 255 is ignored. Tight.
    #[inline(never)]
    pub fn from_bytes(lo: *const u8, hi: *const u8) -> Fe2 {
        let mut limbs = [f64x2(0.0, 0.0); LIMBS];
        let lo = words(lo);
        let hi = words(hi);
        for i in 0..LIMBS {
            // The digit becomes the lowest bits of 2⁵²·uᵢ.
            let unit = power(52 + WEIGHT[i] as i32);
            let exponent = u64x2_splat(unit.to_bits());
            let digits = u64x2(digit(&lo, i), digit(&hi, i));
            limbs[i] = f64x2_sub(v128_or(exponent, digits), f64x2_splat(unit));
        }
        Fe2(limbs).carry()
    }

    /// Writes 32 bytes each, little-endian, below p.
    #[inline(never)]
    pub fn to_bytes(&self, lo: *mut u8, hi: *mut u8) {
        let digits = self.canonical();
        let mut words_lo = [0u64; 4];
        let mut words_hi = [0u64; 4];
        for i in 0..LIMBS {
            put_digit(&mut words_lo, i, u64x2_extract_lane::<0>(digits[i]));
            put_digit(&mut words_hi, i, u64x2_extract_lane::<1>(digits[i]));
        }
        for i in 0..4 {
            unsafe {
                lo.cast::<u64>().add(i).write_unaligned(words_lo[i]);
                hi.cast::<u64>().add(i).write_unaligned(words_hi[i]);
            }
        }
    }

    /// The digits, as integers of ⌈21¼⌉ or ⌊21¼⌋ bits, of the one representative below p. Limbs may be up to 2⁵⁰ units.
    fn canonical(&self) -> [v128; LIMBS] {
        let mut digits = [u64x2(0, 0); LIMBS];
        for i in 0..LIMBS {
            let unit = rounder(WEIGHT[i]);
            digits[i] = u64x2_sub(f64x2_add(self.0[i], f64x2_splat(unit)), u64x2_splat(unit.to_bits()));
        }
        let times19 = |x: v128| u64x2_add(u64x2_add(x, u64x2_shl(x, 1)), u64x2_shl(x, 4));
        // The first round leaves 0 … 2²⁵⁵−1 and 19 times a small number; the second a carry of −1, 0 or 1. After −1 the digits
        // are just below 2²⁵⁵, after 1 just above 0: 19 less or more passes no digit's end.
        for _ in 0..2 {
            let top = propagate(&mut digits);
            digits[0] = u64x2_add(digits[0], times19(top));
        }
        // Now in 0 … 2²⁵⁵−1: at least p exactly if adding 19 carries out of bit 254.
        let mut carry = u64x2(19, 19);
        for i in 0..LIMBS {
            carry = u64x2_shr(u64x2_add(digits[i], carry), WEIGHT[i + 1] - WEIGHT[i]);
        }
        digits[0] = u64x2_add(digits[0], times19(carry));
        propagate(&mut digits);
        digits
    }

    /// Both halves exchanged.
    #[inline(always)]
    pub fn swap_lanes(&self) -> Fe2 {
        self.map(|x| i64x2_shuffle::<1, 0>(x, x))
    }

    /// The low element of the first and the high element of the second.
    #[inline(always)]
    pub fn blend(low: &Fe2, high: &Fe2) -> Fe2 {
        low.zip(high, |l, h| i64x2_shuffle::<0, 3>(l, h))
    }

    /// Of two tight elements loose, as is the sum or difference of two of those.
    #[inline(always)]
    pub fn add(&self, other: &Fe2) -> Fe2 {
        self.zip(other, |a, b| f64x2_add(a, b))
    }

    /// As `add`.
    #[inline(always)]
    pub fn sub(&self, other: &Fe2) -> Fe2 {
        self.zip(other, |a, b| f64x2_sub(a, b))
    }

    /// `a` where the mask is set, else `b`.
    #[inline(always)]
    pub fn select(mask: v128, a: &Fe2, b: &Fe2) -> Fe2 {
        a.zip(b, |a, b| v128_bitselect(a, b, mask))
    }

    /// Loose to tight.
    #[inline(never)]
    pub fn carry(&self) -> Fe2 {
        carry_all(self.0)
    }

    /// Loose to tight.
    #[inline(always)]
    pub fn mul(&self, other: &Fe2) -> Fe2 {
        let mut out = MaybeUninit::<Fe2>::uninit();
        unsafe {
            mul_to(out.as_mut_ptr(), self, other);
            out.assume_init()
        }
    }

    /// Loose to tight.
    #[inline(always)]
    pub fn square(&self) -> Fe2 {
        let mut out = MaybeUninit::<Fe2>::uninit();
        unsafe {
            square_to(out.as_mut_ptr(), self);
            out.assume_init()
        }
    }

    /// Squared n > 0 times.
    #[inline(never)]
    pub fn square_n(&self, n: u32) -> Fe2 {
        let mut x = self.square();
        for _ in 1..n {
            x = x.square();
        }
        x
    }

    /// x^((p−5)/8), where (p − 5)/8 = 2²⁵² − 3. `eN` is x^(2ᴺ−1).
    #[inline(never)]
    pub fn pow_p58(&self) -> Fe2 {
        let x2 = self.square();
        let x9 = x2.square_n(2).mul(self);
        let e5 = x9.mul(&x2).square().mul(&x9);
        let e10 = e5.square_n(5).mul(&e5);
        let e20 = e10.square_n(10).mul(&e10);
        let e40 = e20.square_n(20).mul(&e20);
        let e50 = e40.square_n(10).mul(&e10);
        let e100 = e50.square_n(50).mul(&e50);
        let e200 = e100.square_n(100).mul(&e100);
        e200.square_n(50).mul(&e50).square_n(2).mul(self)
    }

    /// All bits set in the halves that are 0 mod p.
    #[inline(never)]
    pub fn is_zero(&self) -> v128 {
        let mut any = u64x2(0, 0);
        for digit in self.canonical() {
            any = v128_or(any, digit);
        }
        u64x2_eq(any, u64x2(0, 0))
    }

    #[inline(always)]
    fn map(&self, f: impl Fn(v128) -> v128) -> Fe2 {
        let x = &self.0;
        Fe2([
            f(x[0]),
            f(x[1]),
            f(x[2]),
            f(x[3]),
            f(x[4]),
            f(x[5]),
            f(x[6]),
            f(x[7]),
            f(x[8]),
            f(x[9]),
            f(x[10]),
            f(x[11]),
        ])
    }

    #[inline(always)]
    fn zip(&self, other: &Fe2, f: impl Fn(v128, v128) -> v128) -> Fe2 {
        let (x, y) = (&self.0, &other.0);
        Fe2([
            f(x[0], y[0]),
            f(x[1], y[1]),
            f(x[2], y[2]),
            f(x[3], y[3]),
            f(x[4], y[4]),
            f(x[5], y[5]),
            f(x[6], y[6]),
            f(x[7], y[7]),
            f(x[8], y[8]),
            f(x[9], y[9]),
            f(x[10], y[10]),
            f(x[11], y[11]),
        ])
    }
}

/// To the nearest multiple of 2ʷ.
#[inline(always)]
fn round(x: v128, w: u32) -> v128 {
    let unit = f64x2_splat(rounder(w));
    f64x2_sub(f64x2_add(x, unit), unit)
}

/// One chain through all limbs, round to limb 0 and once more out of it: of loose limbs at most 2 come round, 38 units of limb 0.
#[inline(always)]
fn carry_all(mut r: [v128; LIMBS]) -> Fe2 {
    for k in 0..LIMBS - 1 {
        let top = round(r[k], WEIGHT[k + 1]);
        r[k] = f64x2_sub(r[k], top);
        r[k + 1] = f64x2_add(r[k + 1], top);
    }
    let top = round(r[LIMBS - 1], 255);
    r[LIMBS - 1] = f64x2_sub(r[LIMBS - 1], top);
    r[0] = f64x2_add(r[0], f64x2_mul(top, f64x2_splat(FOLD)));
    let top = round(r[0], WEIGHT[1]);
    r[0] = f64x2_sub(r[0], top);
    r[1] = f64x2_add(r[1], top);
    Fe2(r)
}

/// Brings integer digits into 0 … 2ˢ−1 and returns what is left over, in units of 2²⁵⁵.
fn propagate(digits: &mut [v128; LIMBS]) -> v128 {
    let mut carry = u64x2(0, 0);
    for i in 0..LIMBS {
        let size = WEIGHT[i + 1] - WEIGHT[i];
        let sum = u64x2_add(digits[i], carry);
        digits[i] = v128_and(sum, u64x2_splat((1 << size) - 1));
        carry = i64x2_shr(sum, size);
    }
    carry
}

/// 32 bytes.
fn words(bytes: *const u8) -> [u64; 4] {
    let mut words = [0; 4];
    for i in 0..4 {
        words[i] = unsafe { bytes.cast::<u64>().add(i).read_unaligned() };
    }
    words
}

/// The bits of digit i.
#[inline(always)]
fn digit(words: &[u64; 4], i: usize) -> u64 {
    let (word, shift) = ((WEIGHT[i] / 64) as usize, WEIGHT[i] % 64);
    let size = WEIGHT[i + 1] - WEIGHT[i];
    let mut digit = words[word] >> shift;
    if shift + size > 64 {
        digit |= words[word + 1] << (64 - shift);
    }
    digit & ((1 << size) - 1)
}

/// Puts digit i in its place.
#[inline(always)]
fn put_digit(words: &mut [u64; 4], i: usize, digit: u64) {
    let (word, shift) = ((WEIGHT[i] / 64) as usize, WEIGHT[i] % 64);
    words[word] |= digit << shift;
    if shift + WEIGHT[i + 1] - WEIGHT[i] > 64 {
        words[word + 1] |= digit >> (64 - shift);
    }
}
