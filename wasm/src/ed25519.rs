//! Ed25519 (RFC 8032, pure): key pairs, signatures, and their verification with the decisions of libsodium 1.0.18: S below the group
//! order, R and the key not of small order, the key's encoding canonical; then S·B − h·A = R as points without a cofactor, and R
//! encoded canonically. (Newer releases of libsodium multiply by the cofactor, and so accept more.)
//!
//! Signing takes the same time for all secrets; verification works on public values only. The exports that handle secrets wipe the
//! stack that was used.

use crate::base_point::{self, clamped, odd_multiples};
use crate::edwards::{Bytes, Cached, Point, decode};
use crate::halve::halve;
use crate::scalar::{self, Words};
use crate::sha2::Sha512;
use crate::wipe::wipe;
use core::mem::MaybeUninit;

/// Encodings of the points of small order, with bit 255 cleared (both signs of x), and the two of them that are not canonical.
const SMALL_ORDER: [Bytes; 7] = {
    let mut list = [[0; 32], [0; 32], EIGHTH, OTHER_EIGHTH, [0xff; 32], [0xff; 32], [0xff; 32]];
    list[1][0] = 1;
    let mut i = 4;
    while i < 7 {
        list[i][0] = 0xec + i as u8 - 4; // −1, then p and p + 1
        list[i][31] = 0x7f;
        i += 1;
    }
    list
};
const EIGHTH: Bytes = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
    0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];
const OTHER_EIGHTH: Bytes = [
    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
    0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
];

/// The key pair of a seed (32 bytes): public key (32) and secret key (64: seed, public key).
#[inline(never)]
fn key_pair(public: *mut u8, secret: *mut u8, seed: *const u8) {
    let expanded = expand(seed);
    let a = clamped(expanded.as_ptr());
    // Safety: sizes as said; `secret` may begin with the seed.
    unsafe {
        core::ptr::copy(seed, secret, 32);
        base_point::multiply(&a).encode(secret.add(32));
        core::ptr::copy(secret.add(32), public, 32);
    }
}

#[inline(never)]
fn sign(signature: *mut u8, secret: *const u8, message: *const u8, len: usize) {
    let expanded = expand(secret);
    let a = clamped(expanded.as_ptr());
    let r = hash_to_scalar(&[(expanded[32..].as_ptr(), 32), (message, len)]);
    let mut encoded_r: Bytes = [0; 32];
    base_point::multiply(&r).encode(encoded_r.as_mut_ptr());
    // Safety: 64 bytes each; the second half of `secret` is the public key.
    unsafe {
        let h = hash_to_scalar(&[(encoded_r.as_ptr(), 32), (secret.add(32), 32), (message, len)]);
        let s = scalar::multiply_add(&h, &a, &r);
        signature.cast::<Bytes>().write_unaligned(encoded_r);
        scalar::store(signature.add(32), &s);
    }
}

fn verify(public: *const u8, message: *const u8, len: usize, signature: *const u8) -> bool {
    // Safety: 32 and 64 bytes.
    let (key, r, s) =
        unsafe { (*public.cast::<Bytes>(), *signature.cast::<Bytes>(), scalar::load(signature.add(32))) };
    // Of an R that is not canonical libsodium finds out by comparing its bytes with those of the point calculated.
    if !scalar::is_canonical(&s) || !is_acceptable(&r) || !is_acceptable(&key) {
        return false;
    }
    let Some((a, r)) = decode(&key, &r) else { return false };
    let h = hash_to_scalar(&[(signature, 32), (public, 32), (message, len)]);
    is_equation_met(&a, &r, &h, &s)
}

/// Canonical and not of small order.
#[inline(never)]
fn is_acceptable(point: &Bytes) -> bool {
    let mut y = *point;
    y[31] &= 0x7f;
    if SMALL_ORDER.contains(&y) {
        return false;
    }
    // At least p = 2²⁵⁵ − 19: all bits from 8 on are set.
    !(y[0] >= 0xed && y[31] == 0x7f && y[1..31].iter().all(|&it| it == 0xff))
}

/// S·B − h·A − R = 0, with half as many doublings (see `halve`): v·S·B ∓ u·A − v·R = 0.
fn is_equation_met(a: &Point, r: &Point, h: &Words, s: &Words) -> bool {
    const WIDTH: u32 = 5;
    const BASE_WIDTH: u32 = 7;
    let halves = halve(h);
    let digits_a = scalar::sliding_digits(&halves.u, WIDTH);
    let digits_r = scalar::sliding_digits(&halves.v, WIDTH);
    let digits_b = scalar::sliding_digits(&scalar::multiply_add(&halves.v, s, &[0; 8]), BASE_WIDTH);
    let multiples_a = odd_multiples_of(a);
    let multiples_r = odd_multiples_of(r);
    let [multiples_b, multiples_high] = odd_multiples();
    let mut sum = Point::identity();
    let mut is_started = false;
    for i in (0..256).rev() {
        if is_started {
            sum = sum.double();
        }
        let high = if i < 127 { digits_b[i + 127] } else { 0 };
        let low = if i < 127 { digits_b[i] } else { 0 };
        if (digits_a[i] | digits_r[i] | high | low) == 0 {
            continue;
        }
        is_started = true;
        add_digit(&mut sum, &multiples_a, if halves.negative { digits_a[i] } else { -digits_a[i] });
        add_digit(&mut sum, &multiples_r, -digits_r[i]);
        add_digit(&mut sum, multiples_b, low);
        add_digit(&mut sum, multiples_high, high);
    }
    sum.is_identity()
}

/// Adds `digit`, odd or 0, times the point whose odd multiples these are.
#[inline(never)]
fn add_digit(sum: &mut Point, multiples: &[Cached], digit: i8) {
    if digit != 0 {
        *sum = sum.add(&multiples[digit.unsigned_abs() as usize / 2], digit < 0);
    }
}

/// (1, 3, … 15) times the point.
#[inline(never)]
fn odd_multiples_of(point: &Point) -> [Cached; 8] {
    let two = point.double().cached();
    let mut next = *point;
    let mut multiples = [point.cached(); 8];
    for it in multiples[1..].iter_mut() {
        next = next.add(&two, false);
        *it = next.cached();
    }
    multiples
}

/// SHA-512 of the seed: the scalar before it is clamped, and what nonces are derived from.
#[inline(never)]
fn expand(seed: *const u8) -> [u8; 64] {
    hash(&[(seed, 32)])
}

/// SHA-512 of the parts, as a number modulo the group order.
#[inline(never)]
fn hash_to_scalar(parts: &[(*const u8, usize)]) -> Words {
    scalar::reduce(&scalar::load(hash(parts).as_ptr()))
}

// Called rather than inlined, as the others are that are not hot.
#[inline(never)]
fn hash(parts: &[(*const u8, usize)]) -> [u8; 64] {
    let mut state = Sha512::new();
    for &(data, len) in parts {
        state.update(data, len);
    }
    let mut bytes = [0; 64];
    state.finish(bytes.as_mut_ptr());
    bytes
}

/// Wipes what the functions that the caller has called left on the stack: points, digits, hashes. They take less than this.
#[inline(never)]
fn wipe_scratch() {
    const SIZE: usize = 8192;
    let mut below = MaybeUninit::<[u8; SIZE]>::uninit();
    wipe(below.as_mut_ptr().cast(), SIZE);
}

/// X25519's public key (32 bytes) of a secret key (32 bytes).
#[unsafe(no_mangle)]
pub extern "C" fn x25519_base(out: *mut u8, secret: *const u8) {
    base_point::base_montgomery(out, secret);
    wipe_scratch();
}

/// `public`: 32 bytes, `secret`: 64, `seed`: 32.
#[unsafe(no_mangle)]
pub extern "C" fn ed25519_key_pair(public: *mut u8, secret: *mut u8, seed: *const u8) {
    key_pair(public, secret, seed);
    wipe_scratch();
}

/// `signature`: 64 bytes, not within the message; `secret`: 64.
#[unsafe(no_mangle)]
pub extern "C" fn ed25519_sign(signature: *mut u8, secret: *const u8, message: *const u8, len: usize) {
    sign(signature, secret, message, len);
    wipe_scratch();
}

#[unsafe(no_mangle)]
pub extern "C" fn ed25519_verify(
    public: *const u8,
    message: *const u8,
    len: usize,
    signature: *const u8,
) -> u32 {
    verify(public, message, len, signature) as u32
}
