//! Ed25519 (RFC 8032, pure): key pairs, signatures, and their verification with libsodium's decisions (1.0.18 and later): S below the
//! group order, R and the key not of small order, the key's encoding canonical; then S·B − h·A = R as points without a cofactor, and R
//! encoded canonically.
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
pub fn key_pair(public: *mut u8, secret: *mut u8, seed: *const u8) {
    let expanded = expand(seed);
    let a = clamped(expanded.as_ptr());
    // Safety: sizes as said; `secret` may begin with the seed.
    unsafe {
        core::ptr::copy(seed, secret, 32);
        base_point::multiply(&a).encode(secret.add(32));
        core::ptr::copy(secret.add(32), public, 32);
    }
}

/// A signature in the making. The message is hashed twice, so who has it in pieces brings it twice: `start`, pieces into `hash`, `commit`,
/// pieces into `hash`, `finish`.
#[repr(C)]
pub struct Signing {
    pub hash: Sha512,
    a: Words,
    r: Words,
    encoded_r: Bytes,
}

impl Signing {
    /// In place, so that no copy stays behind. `secret`: 64 bytes, as `key_pair` made them.
    #[inline(never)]
    pub fn start(this: *mut Signing, secret: *const u8) {
        let expanded = expand(secret);
        let mut hash = Sha512::new();
        update(&mut hash, expanded[32..].as_ptr(), 32);
        // Safety: room for it.
        unsafe { this.write(Signing { hash, a: clamped(expanded.as_ptr()), r: [0; 8], encoded_r: [0; 32] }) };
    }

    /// After the message: fixes the nonce. The message comes once more.
    #[inline(never)]
    pub fn commit(&mut self, secret: *const u8) {
        self.r = finish_scalar(&mut self.hash);
        base_point::multiply(&self.r).encode(self.encoded_r.as_mut_ptr());
        self.hash = Sha512::new();
        update(&mut self.hash, self.encoded_r.as_ptr(), 32);
        // Safety: the public key is the second half.
        update(&mut self.hash, unsafe { secret.add(32) }, 32);
    }

    /// Writes 64 bytes, and wipes this.
    #[inline(never)]
    pub fn finish(&mut self, signature: *mut u8) {
        let h = finish_scalar(&mut self.hash);
        let s = scalar::multiply_add(&h, &self.a, &self.r);
        // Safety: as said.
        unsafe {
            signature.cast::<Bytes>().write_unaligned(self.encoded_r);
            scalar::store(signature.add(32), &s);
        }
        wipe((self as *mut Signing).cast(), size_of::<Signing>());
    }
}

#[inline(never)]
pub fn sign(signature: *mut u8, secret: *const u8, message: *const u8, len: usize) {
    let mut room = MaybeUninit::uninit();
    Signing::start(room.as_mut_ptr(), secret);
    // Safety: that was its initialization.
    let signing = unsafe { room.assume_init_mut() };
    update(&mut signing.hash, message, len);
    signing.commit(secret);
    update(&mut signing.hash, message, len);
    signing.finish(signature);
}

pub fn verify(public: *const u8, message: *const u8, len: usize, signature: *const u8) -> bool {
    let mut hash = start_verify(public, signature);
    update(&mut hash, message, len);
    finish_verify(&mut hash, public, signature)
}

/// A hash for the pieces of the message.
pub fn start_verify(public: *const u8, signature: *const u8) -> Sha512 {
    let mut hash = Sha512::new();
    update(&mut hash, signature, 32);
    update(&mut hash, public, 32);
    hash
}

pub fn finish_verify(hash: &mut Sha512, public: *const u8, signature: *const u8) -> bool {
    // Safety: 32 and 64 bytes.
    let (key, r, s) =
        unsafe { (*public.cast::<Bytes>(), *signature.cast::<Bytes>(), scalar::load(signature.add(32))) };
    // Of an R that is not canonical libsodium finds out by comparing its bytes with those of the point calculated.
    if !scalar::is_canonical(&s) || !is_acceptable(&r) || !is_acceptable(&key) {
        return false;
    }
    let Some((a, r)) = decode(&key, &r) else { return false };
    let h = finish_scalar(hash);
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

// Called rather than inlined.

#[inline(never)]
fn finish(hash: &mut Sha512) -> [u8; 64] {
    let mut bytes = [0; 64];
    hash.finish(bytes.as_mut_ptr());
    bytes
}

#[inline(never)]
fn update(hash: &mut Sha512, data: *const u8, len: usize) {
    hash.update(data, len);
}

/// SHA-512 of the seed: the scalar before it is clamped, and what nonces are derived from.
#[inline(never)]
fn expand(seed: *const u8) -> [u8; 64] {
    let mut hash = Sha512::new();
    update(&mut hash, seed, 32);
    finish(&mut hash)
}

/// The hash as a number modulo the group order.
#[inline(never)]
fn finish_scalar(hash: &mut Sha512) -> Words {
    let bytes = finish(hash);
    scalar::reduce(&scalar::load(bytes.as_ptr()))
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

// For messages that do not fit into the memory at once. `state` has 296 bytes, aligned to 8, and begins with a `Sha512`, so
// `sha512_update(state, piece, len)` brings the pieces. To sign: ed25519_sign_start, all pieces, ed25519_sign_commit, all pieces once
// more, ed25519_sign_finish, which wipes the state. To verify: ed25519_verify_start, all pieces, ed25519_verify_finish.

#[unsafe(no_mangle)]
pub extern "C" fn ed25519_sign_start(state: *mut Signing, secret: *const u8) {
    Signing::start(state, secret);
    wipe_scratch();
}

#[unsafe(no_mangle)]
pub extern "C" fn ed25519_sign_commit(state: *mut Signing, secret: *const u8) {
    // Safety: the caller's memory, as said above; so with the others.
    unsafe { (*state).commit(secret) };
    wipe_scratch();
}

#[unsafe(no_mangle)]
pub extern "C" fn ed25519_sign_finish(state: *mut Signing, signature: *mut u8) {
    unsafe { (*state).finish(signature) };
    wipe_scratch();
}

#[unsafe(no_mangle)]
pub extern "C" fn ed25519_verify_start(state: *mut Sha512, public: *const u8, signature: *const u8) {
    unsafe { state.write(start_verify(public, signature)) };
}

#[unsafe(no_mangle)]
pub extern "C" fn ed25519_verify_finish(state: *mut Sha512, public: *const u8, signature: *const u8) -> u32 {
    unsafe { finish_verify(&mut *state, public, signature) as u32 }
}
