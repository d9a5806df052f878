//! X25519 (RFC 7748): the Montgomery ladder, one or two at a time.
use crate::field::Fe2;
use crate::wipe::wipe;
use core::arch::wasm32::*;

/// (A − 2) / 4 of Curve25519.
const A24: u32 = 121665;

/// `out` = clamped `scalar` × `point`, 32 bytes each. False if that is all zeros: a point of small order.
pub fn scalar_mult(out: *mut u8, scalar: *const u8, point: *const u8) -> bool {
    let mut both = [0u8; 64];
    let result = scalar_mult_pair(both.as_mut_ptr(), scalar, point, scalar, point);
    unsafe { core::ptr::copy_nonoverlapping(both.as_ptr(), out, 32) };
    wipe(both.as_mut_ptr(), 64);
    result & 1 == 1
}

/// Two at once, into 64 bytes. Bit i is set if result i is not all zeros.
pub fn scalar_mult_pair(
    out: *mut u8,
    scalar0: *const u8,
    point0: *const u8,
    scalar1: *const u8,
    point1: *const u8,
) -> u32 {
    let mut scalars = [clamped(scalar0), clamped(scalar1)];
    let x1 = Fe2::from_bytes(point0, point1);
    let mut state = [Fe2::ONE, Fe2::ZERO, x1, Fe2::ONE];
    let mut last = u64x2(0, 0);
    for position in (0..255).rev() {
        let (word, shift) = (position / 64, position as u32 % 64);
        let bits = u64x2(scalars[0][word] >> shift, scalars[1][word] >> shift);
        let bit = i64x2_neg(v128_and(bits, u64x2(1, 1)));
        let swap = v128_xor(bit, last);
        last = bit;
        let [x2, z2, x3, z3] = &state;
        let (x2, x3) = (Fe2::select(swap, x3, x2), Fe2::select(swap, x2, x3));
        let (z2, z3) = (Fe2::select(swap, z3, z2), Fe2::select(swap, z2, z3));
        let (a, b) = (x2.add(&z2), x2.sub(&z2));
        let (c, d) = (x3.add(&z3), x3.sub(&z3));
        let (aa, bb) = (a.square(), b.square());
        let (da, cb) = (d.mul(&a), c.mul(&b));
        let e = aa.sub(&bb);
        state = [
            aa.mul(&bb),
            e.mul(&aa.add(&e.mul_small(A24))),
            da.add(&cb).square(),
            da.sub(&cb).square().mul(&x1),
        ];
    }
    let x = Fe2::select(last, &state[2], &state[0]);
    let z = Fe2::select(last, &state[3], &state[1]);
    let result = x.mul(&z.invert());
    unsafe { result.to_bytes(out, out.add(32)) };
    let zero = result.is_zero();
    wipe(scalars.as_mut_ptr().cast(), 64);
    wipe(state.as_mut_ptr().cast(), size_of_val(&state));
    (i64x2_extract_lane::<0>(zero) + 1) as u32 | ((i64x2_extract_lane::<1>(zero) + 1) as u32) << 1
}

fn clamped(scalar: *const u8) -> [u64; 4] {
    let mut words = [0u64; 4];
    for i in 0..4 {
        words[i] = unsafe { scalar.cast::<u64>().add(i).read_unaligned() };
    }
    words[0] &= !7;
    words[3] = words[3] & (u64::MAX >> 1) | 1 << 62;
    words
}

#[unsafe(no_mangle)]
pub extern "C" fn x25519(out: *mut u8, scalar: *const u8, point: *const u8) -> u32 {
    scalar_mult(out, scalar, point) as u32
}

#[unsafe(no_mangle)]
pub extern "C" fn x25519_pair(
    out: *mut u8,
    scalar0: *const u8,
    point0: *const u8,
    scalar1: *const u8,
    point1: *const u8,
) -> u32 {
    scalar_mult_pair(out, scalar0, point0, scalar1, point1)
}
