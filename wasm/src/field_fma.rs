//! GF(2²⁵⁵ − 19) on doubles with fused multiply-add: two elements at once, one in each lane of f64x2.
//!
//! **Representation.** x = x₀ + … + x₅ in radix 2^42.5. A limb is a double that carries its weight: xₖ is a multiple of
//! 2^eₖ with eₖ = ⌈42.5 k⌉ = 0, 43, 85, 128, 170, 213 (and e₆ = 255), so carries and products need no scaling. The unit of
//! limb k is Uₖ = 2^(eₖ₊₁ − 1). "n units": |xₖ| ≤ n (1 + 2⁻³⁰) Uₖ for all k; tight: one unit. `add` and `sub` add the units of
//! their operands. `mul` takes operands of m and n units with m · n ≤ 12, `square` of 3 units; results are tight.
//!
//! **Exact products.** Let M = 1.5 · 2^(52 + g). Doubles in [2^(52 + g), 2^(53 + g)), that is within ±2^(51 + g) of M, are
//! exactly the multiples of 2^g. While H stays there, H' = fma(a, b, H) adds ab rounded to a multiple of 2^g; H − H' is exact; and
//! fma(a, b, H − H') is what was rounded off: at most 2^(g − 1), a multiple of ab's unit, so exact. A column is one chain
//! of H that starts at M, and the sum L of what was rounded off. (N. Emmart's technique, "Faster modular exponentiation using
//! double precision floating point arithmetic on the GPU", ARITH 2018; weighted limbs: D. J. Bernstein, "Curve25519", PKC 2006.)
//!
//! **Bounds.** Column k has the products aᵢbⱼ with i + j = k, and 19 · 2⁻²⁵⁵ aᵢbⱼ with i + j = k + 6. All are multiples of 2^eₖ, since
//! ⌈x⌉ + ⌈y⌉ ≥ ⌈x + y⌉, and 19 bⱼ has at most 51 bits. With g = eₖ₊₁ the sum of the products' magnitudes, in units of
//! 2^(51 + g) / (m · n), is at most 1/15.1, 1/13.1, 1/25, 1/24, 1/75, 1/170 for k = 0 … 5: within ±2^(51 + g) for m · n ≤ 12,
//! roundings included. |Lₖ| ≤ 6 Uₖ. Limb k of the result is vₖ = Lₖ + (Hₖ₋₁ − Mₖ₋₁), v₀ = L₀ + 19 · 2⁻²⁵⁵ (H₅ − M₅):
//! a multiple of 2^eₖ below 2^(51.5 + eₖ), exact. Then one carry from every limb: what goes up is below 2^(51.5 + eₖ₋₁), or for
//! limb 0 below 2¹¹, in both cases less than 2⁻³⁰ Uₖ, and what stays is at most Uₖ: tight.
//!
//! **Constant time.** No branch and no address depends on a limb. Every value is 0 or between 2⁻²¹² and 2³⁰⁸: no denormals, which
//! would be slow, no infinities.

use core::arch::wasm32::*;
use core::mem::MaybeUninit;

#[path = "multiply_fma.rs"]
mod kernel;
pub use kernel::{fma, keep, limbs, limbs_mut, load, multiply, scale_add, square};
use kernel::{reload, square_times};

/// In memory: six vectors, which the ladder reads and writes one by one.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct Fe2 {
    limbs: [v128; 6],
}

/// eₖ.
const WEIGHT: [u32; 7] = [0, 43, 85, 128, 170, 213, 255];

const fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// M of column k, for g = eₖ₊₁.
const MAGIC: [f64; 6] = {
    let mut magic = [0.0; 6];
    let mut k = 0;
    while k < 6 {
        magic[k] = 1.5 * power_of_two(52 + WEIGHT[k + 1] as i32);
        k += 1;
    }
    magic
};

/// 2²⁵⁵ = 19: takes what overflows at the top back to the bottom.
const WRAP: f64 = 19.0 * power_of_two(-255);

const fn splat(x: f64) -> v128 {
    f64x2(x, x)
}

/// One carry from every limb to the next.
#[inline(always)]
fn carry(v: [v128; 6]) -> Fe2 {
    let mut rest = v;
    let mut up = v;
    for k in 0..6 {
        let magic = splat(MAGIC[k]);
        up[k] = f64x2_sub(f64x2_add(v[k], magic), magic);
        rest[k] = f64x2_sub(v[k], up[k]);
    }
    let mut limbs = rest;
    limbs[0] = fma(up[5], splat(WRAP), rest[0]);
    for k in 1..6 {
        limbs[k] = f64x2_add(rest[k], up[k - 1]);
    }
    Fe2 { limbs }
}

impl Fe2 {
    pub const ZERO: Fe2 = Fe2 { limbs: [splat(0.0); 6] };
    pub const ONE: Fe2 =
        Fe2 { limbs: [splat(1.0), splat(0.0), splat(0.0), splat(0.0), splat(0.0), splat(0.0)] };

    /// Two elements of 32 bytes, little endian; bit 255 is ignored. Tight.
    #[inline(never)]
    pub fn from_bytes(low: *const u8, high: *const u8) -> Fe2 {
        let (a, b) = (words(low), words(high));
        let mut limbs = Self::ZERO.limbs;
        for k in 0..6 {
            // A field of at most 43 bits becomes the low bits of a double's mantissa: 2⁵² + field.
            let fields = u64x2(field(&a, k), field(&b, k));
            let base = splat(power_of_two(52));
            let value = f64x2_sub(v128_or(fields, base), base);
            limbs[k] = f64x2_mul(value, splat(power_of_two(WEIGHT[k] as i32)));
        }
        carry(limbs)
    }

    /// The canonical bytes of both. Takes up to 128 units.
    #[inline(never)]
    pub fn to_bytes(&self, low: *mut u8, high: *mut u8) {
        // Twice, for limbs that begin with many units.
        let tight = carry(carry(self.limbs).limbs);
        let mut first = [0i64; 6];
        let mut second = [0i64; 6];
        for k in 0..6 {
            // Adding 1.5 · 2⁵² leaves the limb as an integer, |limb| < 2⁵¹, in the mantissa.
            let base = splat(1.5 * power_of_two(52));
            let scaled = f64x2_mul(tight.limbs[k], splat(power_of_two(-(WEIGHT[k] as i32))));
            let integers = i64x2_sub(f64x2_add(scaled, base), base);
            first[k] = i64x2_extract_lane::<0>(integers);
            second[k] = i64x2_extract_lane::<1>(integers);
        }
        store_canonical(first, low);
        store_canonical(second, high);
    }

    #[inline(always)]
    fn map(&self, f: impl Fn(v128) -> v128) -> Fe2 {
        let l = self.limbs;
        Fe2 { limbs: [f(l[0]), f(l[1]), f(l[2]), f(l[3]), f(l[4]), f(l[5])] }
    }

    #[inline(always)]
    fn zip(&self, other: &Fe2, f: impl Fn(v128, v128) -> v128) -> Fe2 {
        let (l, m) = (self.limbs, other.limbs);
        Fe2 {
            limbs: [f(l[0], m[0]), f(l[1], m[1]), f(l[2], m[2]), f(l[3], m[3]), f(l[4], m[4]), f(l[5], m[5])],
        }
    }

    #[inline(always)]
    pub fn swap_lanes(&self) -> Fe2 {
        self.map(|l| i64x2_shuffle::<1, 0>(l, l))
    }

    /// The low lane of `low`, the high lane of `high`.
    #[inline(always)]
    pub fn blend(low: &Fe2, high: &Fe2) -> Fe2 {
        low.zip(high, |l, h| i64x2_shuffle::<0, 3>(l, h))
    }

    /// `a` where the lane's mask is all ones, `b` where it is zero.
    #[inline(always)]
    pub fn select(mask: v128, a: &Fe2, b: &Fe2) -> Fe2 {
        a.zip(b, |x, y| v128_bitselect(x, y, mask))
    }

    #[inline(always)]
    pub fn add(&self, other: &Fe2) -> Fe2 {
        self.zip(other, |a, b| f64x2_add(a, b))
    }

    #[inline(always)]
    pub fn sub(&self, other: &Fe2) -> Fe2 {
        self.zip(other, |a, b| f64x2_sub(a, b))
    }

    /// Tight again. Takes up to 128 units.
    #[inline(always)]
    pub fn carry(&self) -> Fe2 {
        carry(self.limbs)
    }

    #[inline(always)]
    pub fn mul(&self, other: &Fe2) -> Fe2 {
        let mut out = MaybeUninit::<Fe2>::uninit();
        multiply(out.as_mut_ptr(), self, other);
        reload(&out)
    }

    #[inline(always)]
    pub fn square(&self) -> Fe2 {
        self.square_n(1)
    }

    /// self^(2ⁿ), n > 0.
    #[inline(always)]
    pub fn square_n(&self, n: u32) -> Fe2 {
        let mut out = MaybeUninit::<Fe2>::uninit();
        square_times(out.as_mut_ptr(), self, n);
        reload(&out)
    }

    /// self^((p − 5) / 8) = self^(2²⁵² − 3), for square roots.
    #[inline(never)]
    pub fn pow_p58(&self) -> Fe2 {
        let x2 = self.square();
        let x9 = x2.square_n(2).mul(self);
        let x11 = x9.mul(&x2);
        // yₙ = self^(2ⁿ − 1)
        let y5 = x11.square().mul(&x9);
        let y10 = y5.square_n(5).mul(&y5);
        let y20 = y10.square_n(10).mul(&y10);
        let y40 = y20.square_n(20).mul(&y20);
        let y50 = y40.square_n(10).mul(&y10);
        let y100 = y50.square_n(50).mul(&y50);
        let y200 = y100.square_n(100).mul(&y100);
        let y250 = y200.square_n(50).mul(&y50);
        y250.square_n(2).mul(self)
    }

    /// All ones in the lanes that are zero modulo p.
    #[inline(never)]
    pub fn is_zero(&self) -> v128 {
        let mut bytes = [0u64; 8];
        let low = bytes.as_mut_ptr() as *mut u8;
        self.to_bytes(low, unsafe { low.add(32) });
        let a = bytes[0] | bytes[1] | bytes[2] | bytes[3];
        let b = bytes[4] | bytes[5] | bytes[6] | bytes[7];
        i64x2_eq(u64x2(a, b), u64x2(0, 0))
    }
}

/// 32 bytes as little-endian words.
fn words(bytes: *const u8) -> [u64; 4] {
    let p = bytes as *const u64;
    unsafe {
        [p.read_unaligned(), p.add(1).read_unaligned(), p.add(2).read_unaligned(), p.add(3).read_unaligned()]
    }
}

/// Bits eₖ to eₖ₊₁.
#[inline(always)]
fn field(w: &[u64; 4], k: usize) -> u64 {
    let (start, end) = (WEIGHT[k], WEIGHT[k + 1]);
    let (word, shift) = ((start / 64) as usize, start % 64);
    let mut bits = w[word] >> shift;
    if word < 3 && shift != 0 {
        bits |= w[word + 1] << (64 - shift);
    }
    bits & ((1 << (end - start)) - 1)
}

/// Signed limbs, |limb| < 2⁵¹, become the 32 bytes of the value below p.
#[inline(never)]
fn store_canonical(mut limbs: [i64; 6], out: *mut u8) {
    // Tight limbs are worth less than 2^254.1 in magnitude. 2p makes that positive: 2²⁵⁵ … 2²⁵⁷. The first round of carries takes a
    // multiple of 2²⁵⁵ off and leaves every limb within its width, but for at most 19 · 4 too much in limb 0; if that carries
    // through to the top in the second round, limb 0 has become small and has room for the last 19.
    limbs[0] -= 38;
    limbs[5] += 1 << 43;
    for _ in 0..2 {
        for k in 0..5 {
            let width = WEIGHT[k + 1] - WEIGHT[k];
            limbs[k + 1] += limbs[k] >> width;
            limbs[k] &= (1 << width) - 1;
        }
        limbs[0] += 19 * (limbs[5] >> 42);
        limbs[5] &= (1 << 42) - 1;
    }
    // Now the value is below 2²⁵⁵. It is p or more exactly when adding 19 carries out of bit 255.
    let mut overflow = 19;
    for k in 0..6 {
        overflow = (limbs[k] + overflow) >> (WEIGHT[k + 1] - WEIGHT[k]);
    }
    limbs[0] += 19 * overflow;
    for k in 0..5 {
        let width = WEIGHT[k + 1] - WEIGHT[k];
        limbs[k + 1] += limbs[k] >> width;
        limbs[k] &= (1 << width) - 1;
    }
    limbs[5] &= (1 << 42) - 1;
    let l = limbs.map(|limb| limb as u64);
    let words = [l[0] | l[1] << 43, l[1] >> 21 | l[2] << 21, l[3] | l[4] << 42, l[4] >> 22 | l[5] << 21];
    let p = out as *mut u64;
    for (i, word) in words.into_iter().enumerate() {
        unsafe { p.add(i).write_unaligned(word) };
    }
}

/// 1 if `f64x2.relaxed_madd` rounds only once here: all of the above rests on it.
#[unsafe(no_mangle)]
pub extern "C" fn fma_is_fused() -> u32 {
    // Read through a volatile, so that the compiler cannot calculate the answer itself.
    let read = |x: f64| unsafe { (&raw const x).read_volatile() };
    let small = power_of_two(-30);
    let (a, b, c) = (read(1.0 + small), read(1.0 - small), read(-1.0));
    let products = fma(f64x2(a, b), f64x2(b, a), f64x2_splat(c));
    i64x2_all_true(f64x2_eq(products, f64x2_splat(-power_of_two(-60)))) as u32
}
