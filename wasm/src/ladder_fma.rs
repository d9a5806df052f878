//! X25519 (RFC 7748) on fused multiply-add: the Montgomery ladder, one or two at a time. The elements of the ladder stay in memory
//! and every step reads and writes them there limb by limb, because the engine's copies of whole elements are slow.
//!
//! A step for a bit b, with s = b ⊕ the bit before: A = x₂ + z₂, B = x₂ − z₂, C = x₃ + z₃, D = x₃ − z₃. The swap of the two points
//! that s asks for exchanges (A, B) with (C, D). The sum's x₃' = (DA + CB)², z₃' = x₁(DA − CB)² are the same either way, so
//! only the operands of the squarings AA, BB of the doubling are selected: two elements instead of four.
use crate::field::{Fe2, fma, keep, limbs, limbs_mut, load, multiply, scale_add, square};
use crate::invert::invert;
use crate::wipe::wipe;
use core::arch::wasm32::*;

/// (A − 2) / 4 of Curve25519.
const A24: f64 = 121665.0;
static A24_BOTH: v128 = f64x2(A24, A24);
/// For one ladder in both lanes: the high lane is subtracted, or multiplied, alone.
static SIGNS: v128 = f64x2(1.0, -1.0);
static HIGH_NEGATIVE: v128 = f64x2(0.0, -1.0);
static A24_HIGH: v128 = f64x2(0.0, A24);

struct State {
    scalars: [[u64; 4]; 2],
    x1: Fe2,
    p: Fe2,
    q: Fe2,
    a: Fe2,
    b: Fe2,
    c: Fe2,
    d: Fe2,
    e: Fe2,
    f: Fe2,
    bytes: [u8; 64],
    inverse: [u8; 32],
}

impl State {
    fn new() -> State {
        State {
            scalars: [[0; 4]; 2],
            x1: Fe2::ZERO,
            p: Fe2::ZERO,
            q: Fe2::ZERO,
            a: Fe2::ZERO,
            b: Fe2::ZERO,
            c: Fe2::ZERO,
            d: Fe2::ZERO,
            e: Fe2::ZERO,
            f: Fe2::ZERO,
            bytes: [0; 64],
            inverse: [0; 32],
        }
    }
}

fn clamp(words: &mut [u64; 4], scalar: *const u8) {
    for i in 0..4 {
        words[i] = unsafe { scalar.cast::<u64>().add(i).read_unaligned() };
    }
    words[0] &= !7;
    words[3] = words[3] & (u64::MAX >> 1) | 1 << 62;
}

/// Wipes what the functions that were called have left on the stack.
#[inline(never)]
fn wipe_stack() {
    let mut below = core::mem::MaybeUninit::<[u8; 4096]>::uninit();
    wipe(below.as_mut_ptr().cast(), 4096);
}

/// `out` = clamped `scalar` × `point`, 32 bytes each. False if that is all zeros: a point of small order.
pub fn scalar_mult(out: *mut u8, scalar: *const u8, point: *const u8) -> bool {
    let result = ladder_one(out, scalar, point);
    wipe_stack();
    result
}

#[inline(never)]
fn ladder_one(out: *mut u8, scalar: *const u8, point: *const u8) -> bool {
    let mut state = State::new();
    let s = &mut state;
    clamp(&mut s.scalars[0], scalar);
    // Low lanes x, high lanes z.
    s.x1 = Fe2::blend(&Fe2::ONE, &Fe2::from_bytes(point, point));
    s.p = Fe2::blend(&Fe2::ONE, &Fe2::ZERO);
    s.q = s.x1.swap_lanes();
    let mut last = 0;
    let mut position = 255;
    while position > 0 {
        position -= 1;
        let bit = s.scalars[0][position / 64] >> (position % 64) & 1;
        step_one(s, i64x2_splat(-((bit ^ last) as i64)));
        last = bit;
    }
    // The last bit of a clamped scalar is 0: nothing to swap back.
    let z = s.p.high_high();
    z.to_bytes(s.bytes.as_mut_ptr(), unsafe { s.bytes.as_mut_ptr().add(32) });
    let first = s.bytes.first_chunk::<32>().unwrap_or(&[0; 32]);
    s.inverse = invert(first);
    let inverse = Fe2::from_bytes(s.inverse.as_ptr(), s.inverse.as_ptr());
    let x = s.p.mul(&inverse);
    x.to_bytes(out, unsafe { s.bytes.as_mut_ptr().add(32) });
    i64x2_extract_lane::<0>(x.is_zero()) == 0
}

#[inline(always)]
fn step_one(s: &mut State, swap: v128) {
    let signs = load(&raw const SIGNS, 0);
    for k in 0..6 {
        // A | B and D | C.
        let p = load(limbs(&raw const s.p), k);
        let ab = fma(p, signs, i64x2_shuffle::<1, 0>(p, p));
        let q = load(limbs(&raw const s.q), k);
        let cd = fma(q, signs, i64x2_shuffle::<1, 0>(q, q));
        keep(limbs_mut(&raw mut s.a), k, ab);
        keep(limbs_mut(&raw mut s.b), k, i64x2_shuffle::<1, 0>(cd, cd));
        keep(limbs_mut(&raw mut s.c), k, v128_bitselect(cd, ab, swap));
    }
    multiply(&raw mut s.d, &raw const s.a, &raw const s.b); // DA | CB
    square(&raw mut s.e, &raw const s.c); // AA | BB
    let signs = load(&raw const SIGNS, 0);
    for k in 0..6 {
        let d = load(limbs(&raw const s.d), k);
        keep(limbs_mut(&raw mut s.d), k, fma(d, signs, i64x2_shuffle::<1, 0>(d, d)));
    }
    square(&raw mut s.f, &raw const s.d);
    // AA | E and BB | AA + a24 E.
    let negative = load(&raw const HIGH_NEGATIVE, 0);
    for k in 0..6 {
        let e = load(limbs(&raw const s.e), k);
        keep(limbs_mut(&raw mut s.a), k, fma(e, negative, i64x2_shuffle::<0, 0>(e, e)));
    }
    multiply_small(&raw mut s.b, &raw const s.a, load(&raw const A24_HIGH, 0), &raw const s.e);
    multiply(&raw mut s.p, &raw const s.a, &raw const s.b);
    multiply(&raw mut s.q, &raw const s.f, &raw const s.x1);
}

/// `out` = swapped lanes of `base` + k a.
#[inline(always)]
fn multiply_small(out: *mut Fe2, a: *const Fe2, k: v128, base: *const Fe2) {
    scale_add(limbs_mut(out), limbs(a), k, |i| {
        let x = load(limbs(base), i);
        i64x2_shuffle::<1, 0>(x, x)
    });
}

/// Two at once, into 64 bytes. Bit i is set if result i is not all zeros.
pub fn scalar_mult_pair(
    out: *mut u8,
    scalar0: *const u8,
    point0: *const u8,
    scalar1: *const u8,
    point1: *const u8,
) -> u32 {
    let result = ladder_pair(out, scalar0, point0, scalar1, point1);
    wipe_stack();
    result
}

#[inline(never)]
fn ladder_pair(
    out: *mut u8,
    scalar0: *const u8,
    point0: *const u8,
    scalar1: *const u8,
    point1: *const u8,
) -> u32 {
    let mut state = State::new();
    let s = &mut state;
    clamp(&mut s.scalars[0], scalar0);
    clamp(&mut s.scalars[1], scalar1);
    // p, e: x₂, z₂; q, f: x₃, z₃.
    s.x1 = Fe2::from_bytes(point0, point1);
    s.p = Fe2::ONE;
    s.q = s.x1;
    s.f = Fe2::ONE;
    let mut last = u64x2(0, 0);
    let mut position = 255;
    while position > 0 {
        position -= 1;
        let (word, shift) = (position / 64, position as u32 % 64);
        let bits = u64x2(s.scalars[0][word] >> shift, s.scalars[1][word] >> shift);
        let bit = i64x2_neg(v128_and(bits, u64x2(1, 1)));
        step_pair(s, v128_xor(bit, last));
        last = bit;
    }
    // One inversion for both: 1/z of each is the other's z / (z z). A z that is zero must not spoil the other.
    let zero = s.e.is_zero();
    let z = Fe2::select(zero, &Fe2::ONE, &s.e);
    let other = z.swap_lanes();
    let both = z.mul(&other);
    both.to_bytes(s.bytes.as_mut_ptr(), unsafe { s.bytes.as_mut_ptr().add(32) });
    let first = s.bytes.first_chunk::<32>().unwrap_or(&[0; 32]);
    s.inverse = invert(first);
    let inverse = Fe2::from_bytes(s.inverse.as_ptr(), s.inverse.as_ptr()).mul(&other);
    let x = Fe2::select(zero, &Fe2::ZERO, &s.p.mul(&inverse));
    unsafe { x.to_bytes(out, out.add(32)) };
    let nonzero = v128_not(x.is_zero());
    u64x2_bitmask(nonzero) as u32
}

#[inline(always)]
fn step_pair(s: &mut State, swap: v128) {
    for k in 0..6 {
        let (x2, z2) = (load(limbs(&raw const s.p), k), load(limbs(&raw const s.e), k));
        let (x3, z3) = (load(limbs(&raw const s.q), k), load(limbs(&raw const s.f), k));
        let (a, b) = (f64x2_add(x2, z2), f64x2_sub(x2, z2));
        let (c, d) = (f64x2_add(x3, z3), f64x2_sub(x3, z3));
        keep(limbs_mut(&raw mut s.a), k, a);
        keep(limbs_mut(&raw mut s.b), k, b);
        keep(limbs_mut(&raw mut s.c), k, c);
        keep(limbs_mut(&raw mut s.d), k, d);
        keep(limbs_mut(&raw mut s.p), k, v128_bitselect(c, a, swap));
        keep(limbs_mut(&raw mut s.e), k, v128_bitselect(d, b, swap));
    }
    multiply(&raw mut s.a, &raw const s.d, &raw const s.a);
    multiply(&raw mut s.b, &raw const s.c, &raw const s.b);
    square(&raw mut s.p, &raw const s.p); // AA
    square(&raw mut s.e, &raw const s.e); // BB
    for k in 0..6 {
        let (da, cb) = (load(limbs(&raw const s.a), k), load(limbs(&raw const s.b), k));
        keep(limbs_mut(&raw mut s.a), k, f64x2_add(da, cb));
        keep(limbs_mut(&raw mut s.b), k, f64x2_sub(da, cb));
        let (aa, bb) = (load(limbs(&raw const s.p), k), load(limbs(&raw const s.e), k));
        keep(limbs_mut(&raw mut s.c), k, f64x2_sub(aa, bb));
    }
    square(&raw mut s.q, &raw const s.a);
    square(&raw mut s.f, &raw const s.b);
    let aa = limbs(&raw const s.p);
    scale_add(limbs_mut(&raw mut s.d), limbs(&raw const s.c), load(&raw const A24_BOTH, 0), |k| load(aa, k));
    multiply(&raw mut s.p, &raw const s.p, &raw const s.e);
    multiply(&raw mut s.e, &raw const s.c, &raw const s.d);
    multiply(&raw mut s.f, &raw const s.f, &raw const s.x1);
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
