//! The Montgomery ladder (RFC 7748, 5; the names in it are those of its pseudocode) on vectors of doubles. Elements stay in memory:
//! V8 has registers for one limb of each at most, so what lies between two products is done limb by limb.
//!
//! Bounds (field_f64.rs): products are tight, A to D, E and DA ± CB sums or differences of two of them, and AA + a24·E see `pass_on`.
use crate::field::{
    FOLDS, Fe2, ROUNDERS, Spread, constant, fresh, mul_high_to, mul_to, spread_to, square_to, store, unroll,
};
use core::arch::wasm32::*;

/// (A − 2) / 4 of Curve25519.
const A24: f64 = 121665.0;
static A24_BOTH: v128 = f64x2(A24, A24);
static A24_HIGH: v128 = f64x2(0.0, A24);
static NEGATE_LOW: v128 = u64x2(1 << 63, 0);
static NEGATE_HIGH: v128 = u64x2(0, 1 << 63);

/// Everything the ladders keep, in one place so that it can be wiped.
#[repr(C)]
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
    e: Fe2,
    f: Fe2,
    spread: Spread,
}

/// Two ladders, one in each half: point × scalar = x2 / z2.
pub unsafe fn pair(w: *mut Ladder, scalars: &[[u64; 4]; 2], point0: *const u8, point1: *const u8) {
    unsafe {
        let (x2, z2, x3, z3) = (&raw mut (*w).x2, &raw mut (*w).z2, &raw mut (*w).x3, &raw mut (*w).z3);
        let (a, b, c, d) = (&raw mut (*w).a, &raw mut (*w).b, &raw mut (*w).c, &raw mut (*w).d);
        let (e, f, x1) = (&raw mut (*w).e, &raw mut (*w).f, &raw mut (*w).x1);
        x1.write(Fe2::from_bytes(point0, point1));
        x2.write(Fe2::ONE);
        z2.write(Fe2::ZERO);
        x3.write(Fe2::from_bytes(point0, point1));
        z3.write(Fe2::ONE);
        let mut last = u64x2(0, 0);
        let mut position = 255;
        while position > 0 {
            position -= 1;
            let bit = bits(&scalars[0], &scalars[1], position);
            let swap = v128_xor(bit, last);
            last = bit;
            unroll!(I in 0 1 2 3 4 5 6 7 8 9 10 11: {
                let (p, q) = exchange(swap, fresh(x2, I), fresh(x3, I));
                let (r, s) = exchange(swap, fresh(z2, I), fresh(z3, I));
                store(a, I, f64x2_add(p, r));
                store(b, I, f64x2_sub(p, r));
                store(c, I, f64x2_add(q, s));
                store(d, I, f64x2_sub(q, s));
            });
            mul_to(x2, d, a);
            mul_to(z2, c, b);
            square_to(x3, a);
            square_to(z3, b);
            unroll!(I in 0 1 2 3 4 5 6 7 8 9 10 11: {
                let (da, cb) = (fresh(x2, I), fresh(z2, I));
                store(a, I, f64x2_add(da, cb));
                store(b, I, f64x2_sub(da, cb));
            });
            let mut top = f64x2(0.0, 0.0);
            unroll!(I in 0 1 2 3 4 5 6 7 8 9 10 11: {
                let (aa, bb) = (fresh(x3, I), fresh(z3, I));
                let difference = f64x2_sub(aa, bb);
                store(e, I, difference);
                let x = f64x2_add(aa, f64x2_mul(difference, constant(&A24_BOTH)));
                top = pass_on(f, I, x, top);
            });
            store(f, 0, f64x2_add(fresh(f, 0), f64x2_mul(top, constant(&FOLDS))));
            square_to(d, b);
            mul_to(x2, x3, z3);
            mul_to(z2, e, f);
            square_to(x3, a);
            mul_to(z3, d, x1);
        }
        x2.write(Fe2::select(last, &*x3, &*x2));
        z2.write(Fe2::select(last, &*z3, &*z2));
    }
}

/// One ladder, of which the halves are two products of a step at a time; the halves of x2 are its x and z.
pub unsafe fn single(w: *mut Ladder, scalar: &[u64; 4], point: *const u8) {
    unsafe {
        let (x2z2, x3z3, x1) = (&raw mut (*w).x2, &raw mut (*w).x3, &raw mut (*w).spread);
        let (ab, dc, dacb) = (&raw mut (*w).a, &raw mut (*w).b, &raw mut (*w).c);
        let (aabb, left, right) = (&raw mut (*w).d, &raw mut (*w).e, &raw mut (*w).f);
        left.write(Fe2::from_bytes(point, point));
        spread_to(x1, left);
        x2z2.write(Fe2::blend(&Fe2::ONE, &Fe2::ZERO));
        x3z3.write(Fe2::blend(&Fe2::from_bytes(point, point), &Fe2::ONE));
        let mut last = u64x2(0, 0);
        let mut position = 255;
        while position > 0 {
            position -= 1;
            let bit = bits(scalar, scalar, position);
            let swap = v128_xor(bit, last);
            last = bit;
            unroll!(I in 0 1 2 3 4 5 6 7 8 9 10 11: {
                let (p, q) = exchange(swap, fresh(x2z2, I), fresh(x3z3, I));
                store(ab, I, sum_difference(p));
                store(dc, I, f64x2_add(q, v128_xor(i64x2_shuffle::<1, 0>(q, q), constant(&NEGATE_LOW))));
            });
            mul_to(dacb, dc, ab);
            square_to(aabb, ab);
            unroll!(I in 0 1 2 3 4 5 6 7 8 9 10 11: {
                store(ab, I, sum_difference(fresh(dacb, I)));
            });
            let mut top = f64x2(0.0, 0.0);
            unroll!(I in 0 1 2 3 4 5 6 7 8 9 10 11: {
                let p = fresh(aabb, I);
                let swapped = i64x2_shuffle::<1, 0>(p, p);
                let factor = i64x2_shuffle::<0, 3>(p, f64x2_sub(swapped, p));
                store(left, I, factor);
                top = pass_on(right, I, f64x2_add(swapped, f64x2_mul(factor, constant(&A24_HIGH))), top);
            });
            store(right, 0, f64x2_add(fresh(right, 0), f64x2_mul(top, constant(&FOLDS))));
            square_to(dc, ab);
            mul_to(x2z2, left, right);
            mul_high_to(x3z3, dc, x1);
        }
        x2z2.write(Fe2::select(last, &*x3z3, &*x2z2));
    }
}

/// Stores a limb of AA + a24·E without what it has too much, and with what the one below had. Before, a limb is at most
/// 1 + 2·121665 < 2¹⁸ times the tight bound; so at most 2¹⁷·(1 + 2⁻⁸) units come from the one below, and after it a limb is at most
/// 1.2 times the tight bound. Limb 0, where 19 times as many come round, is at most 2.3 times: loose.
#[inline(always)]
unsafe fn pass_on(out: *mut Fe2, i: usize, x: v128, from_below: v128) -> v128 {
    unsafe {
        let unit = constant(&ROUNDERS[i]);
        let top = f64x2_sub(f64x2_add(x, unit), unit);
        store(out, i, f64x2_add(f64x2_sub(x, top), from_below));
        top
    }
}

/// The sum and the difference of the two halves.
#[inline(always)]
unsafe fn sum_difference(x: v128) -> v128 {
    unsafe { f64x2_add(v128_xor(x, constant(&NEGATE_HIGH)), i64x2_shuffle::<1, 0>(x, x)) }
}

/// All bits of each half set or clear, as the bit of its scalar is.
#[inline(always)]
fn bits(low: &[u64; 4], high: &[u64; 4], position: usize) -> v128 {
    let at = |scalar: &[u64; 4]| unsafe { *scalar.get_unchecked(position / 64) } >> (position % 64);
    i64x2_neg(v128_and(u64x2(at(low), at(high)), u64x2(1, 1)))
}

/// Exchanged where the mask is set.
#[inline(always)]
fn exchange(mask: v128, a: v128, b: v128) -> (v128, v128) {
    let difference = v128_and(v128_xor(a, b), mask);
    (v128_xor(a, difference), v128_xor(b, difference))
}
