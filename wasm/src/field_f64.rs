//! GF(2²⁵⁵−19), two elements at a time, one in each half of the vectors.
use core::arch::wasm32::*;
use core::mem::MaybeUninit;
use core::ptr::{read_volatile, write_volatile};

pub const LIMBS: usize = 12;

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

    #[inline(always)]
    pub fn mul(&self, other: &Fe2) -> Fe2 {
        let mut out = MaybeUninit::<Fe2>::uninit();
        unsafe {
            mul_to(out.as_mut_ptr(), self, other);
            out.assume_init()
        }
    }

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

static ROUNDERS: [v128; LIMBS] = {
    let mut table = [f64x2(0.0, 0.0); LIMBS];
    let mut i = 0;
    while i < LIMBS {
        table[i] = f64x2(rounder(WEIGHT[i + 1]), rounder(WEIGHT[i + 1]));
        i += 1;
    }
    table
};
static FOLDS: v128 = f64x2(FOLD, FOLD);

/// A load that the compiler neither moves nor merges: it would hold all limbs in locals, and V8 spill most of them.
#[inline(always)]
pub unsafe fn fresh(x: *const Fe2, i: usize) -> v128 {
    unsafe { read_volatile(x.cast::<v128>().add(i)) }
}

#[inline(always)]
pub unsafe fn store(x: *mut Fe2, i: usize, limb: v128) {
    unsafe { write_volatile(x.cast::<v128>().add(i), limb) }
}

#[inline(always)]
unsafe fn constant(x: &'static v128) -> v128 {
    unsafe { read_volatile(x) }
}

/// The body once for each number, as a constant.
macro_rules! unroll {
    ($i:ident in $($n:literal)*: $body:block) => {
        $( { const $i: usize = $n; $body } )*
    };
}

/// What limbs A … A + 5 of a add to column K: `held` are these, `window` the limbs of b.
#[inline(always)]
unsafe fn part<const K: usize, const A: usize>(held: &[v128; 6], window: &[v128; LIMBS]) -> v128 {
    unsafe {
        let mut high = f64x2(0.0, 0.0);
        let mut low = f64x2(0.0, 0.0);
        unroll!(I in 5 4 3 2 1 0: {
            let product = f64x2_mul(held[I], window[(K + 12 - A - I) % 12]);
            if A + I > K {
                high = if I == 5 { product } else { f64x2_add(high, product) };
            } else {
                low = if I == 5 || A + I == K { product } else { f64x2_add(low, product) };
            }
        });
        if K < A {
            f64x2_mul(high, constant(&FOLDS))
        } else if K < A + 5 {
            f64x2_add(low, f64x2_mul(high, constant(&FOLDS)))
        } else {
            low
        }
    }
}

#[inline(always)]
unsafe fn parts<const K: usize, const K1: usize, const A: usize>(
    held: &[v128; 6],
    b: *const Fe2,
) -> (v128, v128) {
    unsafe {
        let mut window = [f64x2(0.0, 0.0); LIMBS];
        unroll!(I in 6 5 4 3 2 1 0: {
            window[(K1 + 12 - A - I) % 12] = fresh(b, (K1 + 12 - A - I) % 12);
        });
        (part::<K, A>(held, &window), part::<K1, A>(held, &window))
    }
}

/// Column K, up to 10, of the square of six limbs: pairs twice, and the square in the middle.
#[inline(always)]
fn square_half<const K: usize>(held: &[v128; 6]) -> v128 {
    let mut sum = f64x2(0.0, 0.0);
    unroll!(I in 0 1 2 3 4: {
        if 2 * I < K && K < I + 6 {
            let product = f64x2_mul(held[I], held[(K + 12 - I) % 6]);
            sum = if I == 0 || K == I + 5 { product } else { f64x2_add(sum, product) };
        }
    });
    sum
}

macro_rules! square_high {
    ($out:ident $held:ident: $($k:literal)*) => { $(
        let pairs = square_half::<$k>(&$held);
        let twice = f64x2_add(pairs, pairs);
        let middle = f64x2_mul($held[$k / 2], $held[$k / 2]);
        let sum = if $k == 0 || $k == 10 { middle } else if $k % 2 == 0 { f64x2_add(twice, middle) } else { twice };
        store($out, $k, f64x2_mul(sum, constant(&FOLDS)));
    )* };
}

/// What the limbs 0 … 5 add to column K, with each other and with the limbs 6 … 11.
#[inline(always)]
unsafe fn square_low<const K: usize>(held: &[v128; 6], a: *const Fe2) -> v128 {
    unsafe {
        let mut cross = f64x2(0.0, 0.0);
        unroll!(I in 0 1 2 3 4 5: {
            if (K < 5 && I > K) || (K > 5 && I + 6 <= K) {
                let product = f64x2_mul(held[I], fresh(a, (K + 12 - I) % 12));
                cross = if I == 0 || I == K + 1 { product } else { f64x2_add(cross, product) };
            }
        });
        if K < 5 {
            cross = f64x2_mul(cross, constant(&FOLDS));
        }
        let pairs = square_half::<K>(held);
        let sum = if K == 0 || K > 9 {
            cross
        } else if K == 5 {
            pairs
        } else {
            f64x2_add(cross, pairs)
        };
        let twice = f64x2_add(sum, sum);
        if K % 2 == 0 { f64x2_add(twice, f64x2_mul(held[K / 2], held[K / 2])) } else { twice }
    }
}

macro_rules! square_column {
    ($out:ident $held:ident $a:ident $k:literal $top:expr) => {{
        let x = square_low::<$k>(&$held, $a);
        let x = if $k == 11 { x } else { f64x2_add(x, fresh($out, $k)) };
        let x = if $k == 0 || $k == 6 { x } else { f64x2_add(x, $top) };
        put::<$k>($out, x)
    }};
}

/// Reduces limb k and returns the carry out of it.
#[inline(always)]
unsafe fn put<const K: usize>(out: *mut Fe2, sum: v128) -> v128 {
    unsafe {
        let unit = constant(&ROUNDERS[K]);
        let top = f64x2_sub(f64x2_add(sum, unit), unit);
        store(out, K, f64x2_sub(sum, top));
        top
    }
}

macro_rules! first_half {
    ($out:ident $held:ident $b:ident: $($k:literal $k1:literal)*) => { $(
        let (x, y) = parts::<$k, $k1, 0>(&$held, $b);
        store($out, $k, x);
        store($out, $k1, y);
    )* };
}
macro_rules! second_half {
    ($out:ident $held:ident $b:ident $k:literal $k1:literal $top:expr) => {{
        let (x, y) = parts::<$k, $k1, 6>(&$held, $b);
        let x = f64x2_add(x, fresh($out, $k));
        let x = if $k == 0 || $k == 6 { x } else { f64x2_add(x, $top) };
        let top = put::<$k>($out, x);
        let y = f64x2_add(y, fresh($out, $k1));
        put::<$k1>($out, f64x2_add(y, top))
    }};
}

#[inline(never)]
pub unsafe fn mul_to(out: *mut Fe2, a: *const Fe2, b: *const Fe2) {
    unsafe {
        let held = [fresh(a, 0), fresh(a, 1), fresh(a, 2), fresh(a, 3), fresh(a, 4), fresh(a, 5)];
        first_half!(out held b: 0 1  6 7  2 3  8 9  4 5  10 11);
        let held = [fresh(a, 6), fresh(a, 7), fresh(a, 8), fresh(a, 9), fresh(a, 10), fresh(a, 11)];
        let zero = f64x2(0.0, 0.0);
        let low = second_half!(out held b 0 1 zero);
        let high = second_half!(out held b 6 7 zero);
        let low = second_half!(out held b 2 3 low);
        let high = second_half!(out held b 8 9 high);
        let low = second_half!(out held b 4 5 low);
        let high = second_half!(out held b 10 11 high);
        fold_tops(out, low, high);
    }
}

#[inline(always)]
unsafe fn fold_tops(out: *mut Fe2, low: v128, high: v128) {
    unsafe {
        let low = put::<6>(out, f64x2_add(fresh(out, 6), low));
        let high = put::<0>(out, f64x2_add(fresh(out, 0), f64x2_mul(high, constant(&FOLDS))));
        store(out, 7, f64x2_add(fresh(out, 7), low));
        store(out, 1, f64x2_add(fresh(out, 1), high));
    }
}

#[inline(never)]
pub unsafe fn square_to(out: *mut Fe2, a: *const Fe2) {
    unsafe {
        let held = [fresh(a, 6), fresh(a, 7), fresh(a, 8), fresh(a, 9), fresh(a, 10), fresh(a, 11)];
        square_high!(out held: 0 6 1 7 2 8 3 9 4 10 5);
        let held = [fresh(a, 0), fresh(a, 1), fresh(a, 2), fresh(a, 3), fresh(a, 4), fresh(a, 5)];
        let zero = f64x2(0.0, 0.0);
        let low = square_column!(out held a 0 zero);
        let high = square_column!(out held a 6 zero);
        let low = square_column!(out held a 1 low);
        let high = square_column!(out held a 7 high);
        let low = square_column!(out held a 2 low);
        let high = square_column!(out held a 8 high);
        let low = square_column!(out held a 3 low);
        let high = square_column!(out held a 9 high);
        let low = square_column!(out held a 4 low);
        let high = square_column!(out held a 10 high);
        let low = square_column!(out held a 5 low);
        let high = square_column!(out held a 11 high);
        fold_tops(out, low, high);
    }
}

/// Negates the high half.
#[inline(always)]
pub fn negate_high(x: v128) -> v128 {
    v128_xor(x, u64x2(0, 1 << 63))
}

#[inline(always)]
pub fn negate_low(x: v128) -> v128 {
    v128_xor(x, u64x2(1 << 63, 0))
}

/// Carries from each limb to the next only, not on from there: for limbs below 2⁴⁰ units.
#[inline(always)]
pub unsafe fn carry_limbs(out: *mut Fe2, limb: impl Fn(usize) -> v128) {
    unsafe {
        let mut from_below = f64x2(0.0, 0.0);
        let mut i = 0;
        while i < LIMBS {
            let x = limb(i);
            let unit = constant(&ROUNDERS[i]);
            let top = f64x2_sub(f64x2_add(x, unit), unit);
            store(out, i, f64x2_add(f64x2_sub(x, top), from_below));
            from_below = top;
            i += 1;
        }
        store(out, 0, f64x2_add(fresh(out, 0), f64x2_mul(from_below, constant(&FOLDS))));
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
