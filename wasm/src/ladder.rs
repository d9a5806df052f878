//! The Montgomery ladder (RFC 7748, 5) for any field.
use crate::field::Fe2;
use core::arch::wasm32::*;

/// (A − 2) / 4 of Curve25519.
const A24: u32 = 121665;

/// What the ladders keep, in one place so that it can be wiped.
pub struct Ladder {
    pub x2: Fe2,
    pub z2: Fe2,
    x3: Fe2,
    z3: Fe2,
}

/// Two ladders, one in each half: point × scalar = x2 / z2.
pub unsafe fn pair(w: *mut Ladder, scalars: &[[u64; 4]; 2], point0: *const u8, point1: *const u8) {
    let w = unsafe { &mut *w };
    let x1 = Fe2::from_bytes(point0, point1);
    (w.x2, w.z2, w.x3, w.z3) = (Fe2::ONE, Fe2::ZERO, x1, Fe2::ONE);
    let mut last = u64x2(0, 0);
    for position in (0..255).rev() {
        let (word, shift) = (position / 64, position as u32 % 64);
        let bits = u64x2(scalars[0][word] >> shift, scalars[1][word] >> shift);
        let bit = i64x2_neg(v128_and(bits, u64x2(1, 1)));
        let swap = v128_xor(bit, last);
        last = bit;
        let (x2, x3) = (Fe2::select(swap, &w.x3, &w.x2), Fe2::select(swap, &w.x2, &w.x3));
        let (z2, z3) = (Fe2::select(swap, &w.z3, &w.z2), Fe2::select(swap, &w.z2, &w.z3));
        let (a, b) = (x2.add(&z2), x2.sub(&z2));
        let (c, d) = (x3.add(&z3), x3.sub(&z3));
        let (aa, bb) = (a.square(), b.square());
        let (da, cb) = (d.mul(&a), c.mul(&b));
        let e = aa.sub(&bb);
        w.x2 = aa.mul(&bb);
        w.z2 = e.mul(&aa.add(&e.mul_small(A24)));
        w.x3 = da.add(&cb).square();
        w.z3 = da.sub(&cb).square().mul(&x1);
    }
    w.x2 = Fe2::select(last, &w.x3, &w.x2);
    w.z2 = Fe2::select(last, &w.z3, &w.z2);
}

/// One ladder; the halves of x2 are x and z.
pub unsafe fn single(w: *mut Ladder, scalar: &[u64; 4], point: *const u8) {
    unsafe {
        pair(w, &[*scalar, *scalar], point, point);
        (*w).x2 = Fe2::blend(&(*w).x2, &(*w).z2);
    }
}
