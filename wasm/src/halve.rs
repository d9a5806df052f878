//! Verification with half as many doublings: A. Antipa et al., "Accelerated verification of ECDSA signatures" (SAC 2005), for Ed25519
//! as in T. Pornin, "Optimized lattice basis reduction in dimension 2, and fast Schnorr and EdDSA signature verification" (2020).
//!
//! For a challenge h, Euclid's algorithm on 8·L and h yields u ≡ ±v·h (mod 8·L) with u and v of about 128 bits. Modulo 8·L, not L,
//! because the key may have a part of small order, and v odd: then v is invertible modulo 8·L, the exponent of the whole group, and
//! S·B − h·A − R is 0 exactly if v times it is: v·S·B ∓ u·A − v·R. So this decides as the plain equation does, without the cofactor.
//!
//! Works on public values, in time that depends on them.

use crate::scalar::Words;

/// 8·L
const GROUP: Words = [0xe7ae_9f68, 0xc093_18d2, 0x17bc_e6b2, 0xa6f7_cef5, 0, 0, 0, 0x8000_0000];

const ONE: Words = [1, 0, 0, 0, 0, 0, 0, 0];

/// u ≡ v·h, or −v·h if `negative` (mod 8·L); v is odd.
pub struct Halves {
    pub u: Words,
    pub v: Words,
    pub negative: bool,
}

/// A row of Euclid's algorithm: r ≡ ±t·h (mod 8·L).
#[derive(Clone, Copy)]
struct Row {
    r: Words,
    t: Words,
}

/// For any h below L. Usually both results have 126 to 130 bits; where a quotient is so big that they do not get that short in good
/// time (one h in 2²⁵), this is (h, 1).
#[inline(never)]
pub fn halve(h: &Words) -> Halves {
    // Invariants: t has opposite signs in both rows; a.r·b.t + b.r·a.t = 8·L, so no t exceeds 8·L / (r of the other row), and the greatest
    // common divisor of both t is 1, so that at most one is even.
    let mut a = Row { r: GROUP, t: [0; 8] };
    let mut b = Row { r: *h, t: ONE };
    let mut negative = false; // the sign of b.t
    while bit_length(&b.r) > 127 {
        if !divide(&mut a, &b) {
            return Halves { u: *h, v: ONE, negative: false };
        }
        (a, b) = (b, a);
        negative = !negative;
    }
    if b.t[0] & 1 == 0 {
        // The t of the row before is odd, and so is the one of the next: whose numbers are shorter? There t is about 8·L / b.r.
        if bit_length(&a.r) + bit_length(&b.r) > 255 && !divide(&mut a, &b) {
            return Halves { u: *h, v: ONE, negative: false };
        }
        b = a;
        negative = !negative;
    }
    Halves { u: b.r, v: b.t, negative }
}

/// Subtracts b from a as often as it goes. False, and nothing done, if that is more than 2³² times.
#[inline(never)]
fn divide(a: &mut Row, b: &Row) -> bool {
    let size = bit_length(&b.r);
    loop {
        let bits = bit_length(&a.r);
        if bits < size {
            return true;
        }
        let shift = bits.saturating_sub(64);
        // The quotient of the topmost 64 bits, a little too small: 0 may still hide a 1, and does not hide more where b has 64 ones.
        let mut quotient = match window(&b.r, shift).checked_add(1) {
            Some(divisor) => window(&a.r, shift) / divisor,
            None => 0,
        };
        if quotient >> 32 != 0 {
            return false;
        }
        if quotient == 0 {
            if is_below(&a.r, &b.r) {
                return true;
            }
            quotient = 1;
        }
        let (mut borrow, mut carry) = (0_u64, 0_u64);
        for i in 0..8 {
            // borrow ≤ 2³²: quotient·word + borrow ≤ (2³² − 1)² + 2³² fits, and so with carry.
            let product = quotient * b.r[i] as u64 + borrow;
            let difference = (a.r[i] as u64).wrapping_sub(product & 0xffff_ffff);
            a.r[i] = difference as u32;
            borrow = (product >> 32) + (difference >> 63);
            carry += quotient * b.t[i] as u64 + a.t[i] as u64;
            a.t[i] = carry as u32;
            carry >>= 32;
        }
    }
}

/// The 64 bits of x from bit `shift` ≤ 192 on.
#[inline(always)]
fn window(x: &Words, shift: u32) -> u64 {
    let (word, bit) = ((shift / 32) as usize, shift % 32);
    let third = if word < 6 { x[word + 2] } else { 0 };
    let low = x[word] as u64 | (x[word + 1] as u64) << 32;
    if bit == 0 { low } else { low >> bit | (third as u64) << (64 - bit) }
}

#[inline(always)]
fn bit_length(x: &Words) -> u32 {
    let mut i = 7;
    while i > 0 && x[i] == 0 {
        i -= 1;
    }
    32 * i as u32 + 32 - x[i].leading_zeros()
}

#[inline(always)]
fn is_below(x: &Words, y: &Words) -> bool {
    let mut borrow = 0_i64;
    for i in 0..8 {
        borrow = (x[i] as i64 - y[i] as i64 + borrow) >> 32;
    }
    borrow != 0
}
