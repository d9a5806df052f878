//! The Montgomery ladder (RFC 7748, 5) on fused multiply-add. Its elements stay in memory, and every step reads and writes them there
//! limb by limb: the compiler copies whole elements by words, and then the processor cannot forward them to loads of vectors.
//!
//! A step for a bit b, with s = b ⊕ the bit before: A = x₂ + z₂, B = x₂ − z₂, C = x₃ + z₃, D = x₃ − z₃. The swap of the two points
//! that s asks for exchanges (A, B) with (C, D). The sum's x₃' = (DA + CB)², z₃' = x₁(DA − CB)² are the same either way, so
//! only the operands of the squarings AA, BB of the doubling are selected: two elements instead of four. The last bit of a clamped
//! scalar is 0: nothing is left to swap back.
//!
//! Units (see the field): A to D, DA ± CB and E = AA − BB have 2, AA + a₂₄E has 2: all products are of at most 4.
use crate::field::{Fe2, fma, keep, limbs, limbs_mut, load, multiply, scale_add, square};
use core::arch::wasm32::*;

/// (A − 2) / 4 of Curve25519.
const A24: f64 = 121665.0;
static A24_BOTH: v128 = f64x2(A24, A24);
/// For one ladder in both lanes: the high lane is subtracted, or multiplied, alone.
static SIGNS: v128 = f64x2(1.0, -1.0);
static HIGH_NEGATIVE: v128 = f64x2(0.0, -1.0);
static A24_HIGH: v128 = f64x2(0.0, A24);

/// What the ladders keep, in one place so that it can be wiped.
pub struct Ladder {
    pub x2: Fe2,
    pub z2: Fe2,
    x3: Fe2,
    z3: Fe2,
    x1: Fe2,
    a: Fe2,
    b: Fe2,
    c: Fe2,
    d: Fe2,
}

/// Two ladders, one in each lane: point × scalar = x2 / z2.
pub unsafe fn pair(w: *mut Ladder, scalars: &[[u64; 4]; 2], point0: *const u8, point1: *const u8) {
    let s = unsafe { &mut *w };
    s.x1 = Fe2::from_bytes(point0, point1);
    (s.x2, s.z2, s.x3, s.z3) = (Fe2::ONE, Fe2::ZERO, s.x1, Fe2::ONE);
    let mut last = u64x2(0, 0);
    let mut position = 255;
    while position > 0 {
        position -= 1;
        let (word, shift) = (position / 64, position as u32 % 64);
        let bits = u64x2(scalars[0][word] >> shift, scalars[1][word] >> shift);
        let bit = i64x2_neg(v128_and(bits, u64x2(1, 1)));
        step_pair(s, v128_xor(bit, last));
        last = bit;
    }
}

#[inline(always)]
fn step_pair(s: &mut Ladder, swap: v128) {
    for k in 0..6 {
        let (x2, z2) = (load(limbs(&raw const s.x2), k), load(limbs(&raw const s.z2), k));
        let (x3, z3) = (load(limbs(&raw const s.x3), k), load(limbs(&raw const s.z3), k));
        let (a, b) = (f64x2_add(x2, z2), f64x2_sub(x2, z2));
        let (c, d) = (f64x2_add(x3, z3), f64x2_sub(x3, z3));
        keep(limbs_mut(&raw mut s.a), k, a);
        keep(limbs_mut(&raw mut s.b), k, b);
        keep(limbs_mut(&raw mut s.c), k, c);
        keep(limbs_mut(&raw mut s.d), k, d);
        keep(limbs_mut(&raw mut s.x2), k, v128_bitselect(c, a, swap));
        keep(limbs_mut(&raw mut s.z2), k, v128_bitselect(d, b, swap));
    }
    multiply(&raw mut s.a, &raw const s.d, &raw const s.a);
    multiply(&raw mut s.b, &raw const s.c, &raw const s.b);
    square(&raw mut s.x2, &raw const s.x2); // AA
    square(&raw mut s.z2, &raw const s.z2); // BB
    for k in 0..6 {
        let (da, cb) = (load(limbs(&raw const s.a), k), load(limbs(&raw const s.b), k));
        keep(limbs_mut(&raw mut s.a), k, f64x2_add(da, cb));
        keep(limbs_mut(&raw mut s.b), k, f64x2_sub(da, cb));
        let (aa, bb) = (load(limbs(&raw const s.x2), k), load(limbs(&raw const s.z2), k));
        keep(limbs_mut(&raw mut s.c), k, f64x2_sub(aa, bb));
    }
    square(&raw mut s.x3, &raw const s.a);
    square(&raw mut s.z3, &raw const s.b);
    let aa = limbs(&raw const s.x2);
    scale_add(limbs_mut(&raw mut s.d), limbs(&raw const s.c), load(&raw const A24_BOTH, 0), |k| load(aa, k));
    multiply(&raw mut s.x2, &raw const s.x2, &raw const s.z2);
    multiply(&raw mut s.z2, &raw const s.c, &raw const s.d);
    multiply(&raw mut s.z3, &raw const s.z3, &raw const s.x1);
}

/// One ladder; the lanes of x2 are x and z, as are those of x3.
pub unsafe fn single(w: *mut Ladder, scalar: &[u64; 4], point: *const u8) {
    let s = unsafe { &mut *w };
    // 1 | x₁: only z₃ is multiplied by x₁.
    s.x1 = Fe2::blend(&Fe2::ONE, &Fe2::from_bytes(point, point));
    s.x2 = Fe2::blend(&Fe2::ONE, &Fe2::ZERO);
    s.x3 = s.x1.swap_lanes();
    let mut last = 0;
    let mut position = 255;
    while position > 0 {
        position -= 1;
        let bit = scalar[position / 64] >> (position % 64) & 1;
        step_one(s, i64x2_splat(-((bit ^ last) as i64)));
        last = bit;
    }
}

#[inline(always)]
fn step_one(s: &mut Ladder, swap: v128) {
    let signs = load(&raw const SIGNS, 0);
    for k in 0..6 {
        // A | B and D | C.
        let p = load(limbs(&raw const s.x2), k);
        let ab = fma(p, signs, i64x2_shuffle::<1, 0>(p, p));
        let q = load(limbs(&raw const s.x3), k);
        let cd = fma(q, signs, i64x2_shuffle::<1, 0>(q, q));
        keep(limbs_mut(&raw mut s.a), k, ab);
        keep(limbs_mut(&raw mut s.b), k, i64x2_shuffle::<1, 0>(cd, cd));
        keep(limbs_mut(&raw mut s.c), k, v128_bitselect(cd, ab, swap));
    }
    multiply(&raw mut s.d, &raw const s.a, &raw const s.b); // DA | CB
    square(&raw mut s.z2, &raw const s.c); // AA | BB
    let signs = load(&raw const SIGNS, 0);
    for k in 0..6 {
        let d = load(limbs(&raw const s.d), k);
        keep(limbs_mut(&raw mut s.d), k, fma(d, signs, i64x2_shuffle::<1, 0>(d, d)));
    }
    square(&raw mut s.z3, &raw const s.d);
    // AA | E and BB | AA + a24 E.
    let negative = load(&raw const HIGH_NEGATIVE, 0);
    for k in 0..6 {
        let e = load(limbs(&raw const s.z2), k);
        keep(limbs_mut(&raw mut s.a), k, fma(e, negative, i64x2_shuffle::<0, 0>(e, e)));
    }
    multiply_small(&raw mut s.b, &raw const s.a, load(&raw const A24_HIGH, 0), &raw const s.z2);
    multiply(&raw mut s.x2, &raw const s.a, &raw const s.b);
    multiply(&raw mut s.x3, &raw const s.z3, &raw const s.x1);
}

/// `out` = swapped lanes of `base` + k a.
#[inline(always)]
fn multiply_small(out: *mut Fe2, a: *const Fe2, k: v128, base: *const Fe2) {
    scale_add(limbs_mut(out), limbs(a), k, |i| {
        let x = load(limbs(base), i);
        i64x2_shuffle::<1, 0>(x, x)
    });
}
