//! X25519 (RFC 7748): the Montgomery ladder, one or two at a time.
use crate::field::Fe2;
use crate::invert::invert;
use crate::ladder::{self, Ladder};
use crate::wipe::wipe;
use core::mem::MaybeUninit;

/// `out` = clamped `scalar` × `point`, 32 bytes each. False if that is all zeros: a point of small order.
pub fn scalar_mult(out: *mut u8, scalar: *const u8, point: *const u8) -> bool {
    multiply(out, scalar, point);
    wipe_stack();
    !is_zero(out)
}

/// Two at once, into 64 bytes. Bit i is set if result i is not all zeros.
pub fn scalar_mult_pair(
    out: *mut u8,
    scalar0: *const u8,
    point0: *const u8,
    scalar1: *const u8,
    point1: *const u8,
) -> u32 {
    multiply_pair(out, scalar0, point0, scalar1, point1);
    wipe_stack();
    !is_zero(out) as u32 | (!is_zero(out.wrapping_add(32)) as u32) << 1
}

// Not inlined: what they leave, which includes what the compiler keeps for them, is all below their callers, who wipe it.

#[inline(never)]
fn multiply(out: *mut u8, scalar: *const u8, point: *const u8) {
    let scalar = clamped(scalar);
    let mut work = MaybeUninit::<Ladder>::uninit();
    let w = work.as_mut_ptr();
    let mut z = [[0u8; 32]; 2];
    unsafe {
        ladder::single(w, &scalar, point);
        (*w).x2.to_bytes(z[1].as_mut_ptr(), z[0].as_mut_ptr());
        z[0] = invert(&z[0]);
        let inverse = Fe2::from_bytes(z[0].as_ptr(), z[0].as_ptr());
        (*w).x2.mul(&inverse).to_bytes(out, z[1].as_mut_ptr());
    }
}

#[inline(never)]
fn multiply_pair(out: *mut u8, scalar0: *const u8, point0: *const u8, scalar1: *const u8, point1: *const u8) {
    let scalars = [clamped(scalar0), clamped(scalar1)];
    let mut work = MaybeUninit::<Ladder>::uninit();
    let w = work.as_mut_ptr();
    let mut z = [[0u8; 32]; 2];
    unsafe {
        ladder::pair(w, &scalars, point0, point1);
        // One inversion for both: 1/z of each is the other's z times 1/(z z). A z of zero must not spoil the other.
        let zero = (*w).z2.is_zero();
        (*w).z2 = Fe2::select(zero, &Fe2::ONE, &(*w).z2);
        let other = (*w).z2.swap_lanes();
        (*w).z2.mul(&other).to_bytes(z[0].as_mut_ptr(), z[1].as_mut_ptr());
        z[0] = invert(&z[0]);
        let inverse = Fe2::from_bytes(z[0].as_ptr(), z[0].as_ptr()).mul(&other);
        Fe2::select(zero, &Fe2::ZERO, &(*w).x2.mul(&inverse)).to_bytes(out, out.add(32));
    }
}

/// Wipes what the functions that the caller called before have left on the stack: less than this.
#[inline(never)]
fn wipe_stack() {
    const SIZE: usize = 5632;
    let mut below = MaybeUninit::<[u8; SIZE]>::uninit();
    wipe(below.as_mut_ptr().cast(), SIZE);
}

fn is_zero(bytes: *const u8) -> bool {
    let mut any = 0;
    for i in 0..4 {
        any |= unsafe { bytes.cast::<u64>().add(i).read_unaligned() };
    }
    any == 0
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
