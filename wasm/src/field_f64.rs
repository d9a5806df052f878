//! GF(2²⁵⁵−19), two elements at a time, one in each half of the vectors.
use core::arch::wasm32::*;

const LIMBS: usize = 12;

/// Position of each limb's unit: ⌈21¼ i⌉.
const WEIGHT: [u32; LIMBS + 1] = [0, 22, 43, 64, 85, 107, 128, 149, 170, 192, 213, 234, 255];

/// 2ⁿ.
const fn power(n: i32) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

/// Adding and subtracting this rounds to a multiple of 2ʷ.
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

    /// The digits, as integers, of the one representative below p.
    fn canonical(&self) -> [v128; LIMBS] {
        let mut digits = [u64x2(0, 0); LIMBS];
        for i in 0..LIMBS {
            let unit = rounder(WEIGHT[i]);
            digits[i] = u64x2_sub(f64x2_add(self.0[i], f64x2_splat(unit)), u64x2_splat(unit.to_bits()));
        }
        let times19 = |x: v128| u64x2_add(u64x2_add(x, u64x2_shl(x, 1)), u64x2_shl(x, 4));
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

    /// The low element in both halves.
    #[inline(always)]
    pub fn low_low(&self) -> Fe2 {
        self.map(|x| i64x2_shuffle::<0, 0>(x, x))
    }

    /// The high element in both halves.
    #[inline(always)]
    pub fn high_high(&self) -> Fe2 {
        self.map(|x| i64x2_shuffle::<1, 1>(x, x))
    }

    /// The low element of the first and the high element of the second.
    #[inline(always)]
    pub fn blend(low: &Fe2, high: &Fe2) -> Fe2 {
        low.zip(high, |l, h| i64x2_shuffle::<0, 3>(l, h))
    }

    #[inline(always)]
    pub fn add(&self, other: &Fe2) -> Fe2 {
        self.zip(other, |a, b| f64x2_add(a, b))
    }

    #[inline(always)]
    pub fn sub(&self, other: &Fe2) -> Fe2 {
        self.zip(other, |a, b| f64x2_sub(a, b))
    }

    #[inline(always)]
    pub fn neg(&self) -> Fe2 {
        self.map(|x| f64x2_neg(x))
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

    /// k < 2²⁰.
    #[inline(never)]
    pub fn mul_small(&self, k: u32) -> Fe2 {
        let k = f64x2_splat(k as f64);
        carry_all(self.map(|x| f64x2_mul(x, k)).0)
    }

    #[inline(never)]
    pub fn mul(&self, other: &Fe2) -> Fe2 {
        let (a, b) = (&self.0, &other.0);
        let mut r = [f64x2(0.0, 0.0); LIMBS];
        for k in 0..LIMBS {
            let mut low = f64x2_mul(a[0], b[k]);
            for i in 1..=k {
                low = f64x2_add(low, f64x2_mul(a[i], b[k - i]));
            }
            if k < LIMBS - 1 {
                let mut high = f64x2_mul(a[k + 1], b[LIMBS - 1]);
                for i in k + 2..LIMBS {
                    high = f64x2_add(high, f64x2_mul(a[i], b[LIMBS + k - i]));
                }
                low = f64x2_add(low, f64x2_mul(high, f64x2_splat(FOLD)));
            }
            r[k] = low;
        }
        carry_all(r)
    }

    #[inline(never)]
    pub fn square(&self) -> Fe2 {
        self.mul(self)
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

    /// x^(2²⁵⁰−1) and x¹¹, which both exponents are made of.
    fn power_ladder(&self) -> (Fe2, Fe2) {
        let x2 = self.square();
        let x9 = x2.square_n(2).mul(self);
        let x11 = x9.mul(&x2);
        let e5 = x11.square().mul(&x9);
        let e10 = e5.square_n(5).mul(&e5);
        let e20 = e10.square_n(10).mul(&e10);
        let e40 = e20.square_n(20).mul(&e20);
        let e50 = e40.square_n(10).mul(&e10);
        let e100 = e50.square_n(50).mul(&e50);
        let e200 = e100.square_n(100).mul(&e100);
        (e200.square_n(50).mul(&e50), x11)
    }

    /// x^(p−2): 1/x, and 0 of 0.
    #[inline(never)]
    pub fn invert(&self) -> Fe2 {
        let (e250, x11) = self.power_ladder();
        e250.square_n(5).mul(&x11)
    }

    /// x^((p−5)/8).
    #[inline(never)]
    pub fn pow_p58(&self) -> Fe2 {
        let (e250, _) = self.power_ladder();
        e250.square_n(2).mul(self)
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

    /// All bits set in the halves that are equal mod p.
    #[inline(always)]
    pub fn equals(&self, other: &Fe2) -> v128 {
        self.sub(other).is_zero()
    }

    #[inline(always)]
    fn map(&self, f: impl Fn(v128) -> v128) -> Fe2 {
        let mut out = self.0;
        for i in 0..LIMBS {
            out[i] = f(self.0[i]);
        }
        Fe2(out)
    }

    #[inline(always)]
    fn zip(&self, other: &Fe2, f: impl Fn(v128, v128) -> v128) -> Fe2 {
        let mut out = self.0;
        for i in 0..LIMBS {
            out[i] = f(self.0[i], other.0[i]);
        }
        Fe2(out)
    }
}

#[inline(always)]
fn round(x: v128, w: u32) -> v128 {
    let unit = f64x2_splat(rounder(w));
    f64x2_sub(f64x2_add(x, unit), unit)
}

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

fn words(bytes: *const u8) -> [u64; 4] {
    let mut words = [0; 4];
    for i in 0..4 {
        words[i] = unsafe { bytes.cast::<u64>().add(i).read_unaligned() };
    }
    words
}

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

#[inline(always)]
fn put_digit(words: &mut [u64; 4], i: usize, digit: u64) {
    let (word, shift) = ((WEIGHT[i] / 64) as usize, WEIGHT[i] % 64);
    words[word] |= digit << shift;
    if shift + WEIGHT[i + 1] - WEIGHT[i] > 64 {
        words[word + 1] |= digit >> (64 - shift);
    }
}
