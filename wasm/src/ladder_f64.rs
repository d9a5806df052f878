//! The Montgomery ladder (RFC 7748, 5) on vectors of doubles: steps that do as much as they can with each limb in registers.
use crate::field::{Fe2, LIMBS, carry_limbs, fresh, mul_to, negate_high, negate_low, square_to, store};
use core::arch::wasm32::*;

/// (A − 2) / 4 of Curve25519.
const A24: f64 = 121665.0;

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
}

/// Two ladders, one in each lane: x1 × scalar = x2 / z2 in both.
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
            let mut i = 0;
            while i < LIMBS {
                let (p, q) = exchange(swap, fresh(x2, i), fresh(x3, i));
                let (r, s) = exchange(swap, fresh(z2, i), fresh(z3, i));
                store(a, i, f64x2_add(p, r));
                store(b, i, f64x2_sub(p, r));
                store(c, i, f64x2_add(q, s));
                store(d, i, f64x2_sub(q, s));
                i += 1;
            }
            mul_to(x2, d, a);
            mul_to(z2, c, b);
            square_to(x3, a);
            square_to(z3, b);
            i = 0;
            while i < LIMBS {
                let (da, cb) = (fresh(x2, i), fresh(z2, i));
                store(a, i, f64x2_add(da, cb));
                store(b, i, f64x2_sub(da, cb));
                i += 1;
            }
            carry_limbs(f, |i| {
                let (aa, bb) = (fresh(x3, i), fresh(z3, i));
                let difference = f64x2_sub(aa, bb);
                store(e, i, difference);
                f64x2_add(aa, f64x2_mul(difference, f64x2_splat(A24)))
            });
            square_to(d, b);
            mul_to(x2, x3, z3);
            mul_to(z2, e, f);
            square_to(x3, a);
            mul_to(z3, d, x1);
        }
        let mut i = 0;
        while i < LIMBS {
            store(x2, i, exchange(last, fresh(x2, i), fresh(x3, i)).0);
            store(z2, i, exchange(last, fresh(z2, i), fresh(z3, i)).0);
            i += 1;
        }
    }
}

/// One ladder: x2's lanes are its x and z.
pub unsafe fn single(w: *mut Ladder, scalar: &[u64; 4], point: *const u8) {
    unsafe {
        let (x2z2, x3z3, one_x1) = (&raw mut (*w).x2, &raw mut (*w).x3, &raw mut (*w).x1);
        let (ab, dc, dacb) = (&raw mut (*w).a, &raw mut (*w).b, &raw mut (*w).c);
        let (aabb, left, right) = (&raw mut (*w).d, &raw mut (*w).e, &raw mut (*w).f);
        one_x1.write(Fe2::blend(&Fe2::ONE, &Fe2::from_bytes(point, point)));
        x2z2.write(Fe2::blend(&Fe2::ONE, &Fe2::ZERO));
        x3z3.write(Fe2::blend(&Fe2::from_bytes(point, point), &Fe2::ONE));
        let mut last = u64x2(0, 0);
        let mut position = 255;
        while position > 0 {
            position -= 1;
            let bit = bits(scalar, scalar, position);
            let swap = v128_xor(bit, last);
            last = bit;
            let mut i = 0;
            while i < LIMBS {
                let (p, q) = exchange(swap, fresh(x2z2, i), fresh(x3z3, i));
                store(ab, i, f64x2_add(negate_high(p), i64x2_shuffle::<1, 0>(p, p)));
                store(dc, i, f64x2_add(q, negate_low(i64x2_shuffle::<1, 0>(q, q))));
                i += 1;
            }
            mul_to(dacb, dc, ab);
            square_to(aabb, ab);
            i = 0;
            while i < LIMBS {
                let p = fresh(dacb, i);
                store(ab, i, f64x2_add(negate_high(p), i64x2_shuffle::<1, 0>(p, p)));
                i += 1;
            }
            carry_limbs(right, |i| {
                let p = fresh(aabb, i);
                let swapped = i64x2_shuffle::<1, 0>(p, p);
                let e = i64x2_shuffle::<0, 3>(p, f64x2_sub(swapped, p));
                store(left, i, e);
                f64x2_add(swapped, f64x2_mul(e, f64x2(0.0, A24)))
            });
            square_to(dc, ab);
            mul_to(x2z2, left, right);
            mul_to(x3z3, dc, one_x1);
        }
        let mut i = 0;
        while i < LIMBS {
            store(x2z2, i, exchange(last, fresh(x2z2, i), fresh(x3z3, i)).0);
            i += 1;
        }
    }
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
