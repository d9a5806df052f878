//! Inversion in GF(p), p = 2²⁵⁵ − 19, in constant time: "safegcd" of D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd
//! computation and modular inversion" (CHES 2019), with P. Wuille's half-integer δ. On whole words it takes a fifth of the time
//! of the power p − 2, which keeps only one lane of the vectors busy.
//!
//! A division step maps (δ, f, g), f odd, to (1 − δ, g, (g − f)/2) if δ > 0 and g is odd, else to (1 + δ, f, (g + (g mod 2)·f)/2).
//! From δ = 1/2, f = p, 0 ≤ g < p, at most 590 steps reach g = 0 (Wuille, "Bounds on divsteps iterations in safegcd", for every odd
//! modulus of up to 256 bits); then f = ±gcd. More steps change nothing. We make 20 batches of 30: a batch looks at the low bits of
//! f and g only and yields a matrix (u v; q r) with 2³⁰·(f', g') = (u·f + v·g, q·f + r·g), |u| + |v| ≤ 2³⁰, |q| + |r| ≤ 2³⁰.
//! The same matrix, divided by 2³⁰ modulo p, is applied to (d, e), which start as (0, 1): d·z ≡ f and e·z ≡ g (mod p) throughout.
//!
//! Numbers are 9 signed limbs of 30 bits; all but the top one are in [0, 2³⁰).

const BITS: u32 = 30;
const MASK: i64 = (1 << BITS) - 1;
const BATCHES: usize = 20;
/// −p⁻¹ = 19⁻¹ modulo 2³⁰.
const INVERSE_19: i64 = 678152731;

type Wide = [i64; 9];

/// The inverse of `z` (32 bytes, below p) modulo p, below p; 0 for 0.
pub fn invert(z: &[u8; 32]) -> [u8; 32] {
    // p = −19 + 2¹⁵·2²⁴⁰, so limb 0 would be negative: borrow through all limbs.
    let mut f: Wide = [MASK; 9];
    f[0] = MASK - 18;
    f[8] = (1 << 15) - 1;
    let mut g = load(z);
    let mut d: Wide = [0; 9];
    let mut e: Wide = [0; 9];
    e[0] = 1;
    let mut zeta = -1; // −(δ + 1/2)
    let mut batch = 0;
    while batch < BATCHES {
        let matrix = divide_steps(&mut zeta, f[0], g[0]);
        apply_exact(&mut f, &mut g, &matrix);
        apply_modulo(&mut d, &mut e, &matrix);
        batch += 1;
    }
    // f = ±1 (or p if z = 0, and then d = 0), so the inverse is ±d, −2p < d < p.
    let mut sum = d;
    add_p(&mut sum, d[8] >> 63); // −p < sum < p
    let sign = f[8] >> 63;
    let mut carry = 0;
    for limb in sum.iter_mut() {
        carry += (*limb ^ sign) - sign;
        *limb = carry & MASK;
        carry >>= BITS;
    }
    sum[8] |= carry << BITS; // the top limb keeps its sign
    let negative = sum[8] >> 63;
    add_p(&mut sum, negative);
    let result = store(&sum);
    crate::wipe::wipe((&raw mut g).cast(), size_of::<Wide>());
    crate::wipe::wipe((&raw mut d).cast(), size_of::<Wide>());
    crate::wipe::wipe((&raw mut e).cast(), size_of::<Wide>());
    crate::wipe::wipe((&raw mut sum).cast(), size_of::<Wide>());
    result
}

struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// 30 division steps on the low bits of f and g. Each row of the matrix is one word, u + 2³²·v and q + 2³²·r: additions,
/// negations and doublings act on both halves at once as long as both stay within ±2³⁰.
#[inline(always)]
fn divide_steps(zeta: &mut i64, f0: i64, g0: i64) -> Matrix {
    let (mut f, mut g, mut state) = (f0, g0, *zeta);
    let mut row_f: i64 = 1;
    let mut row_g: i64 = 1 << 32;
    let mut step = 0;
    while step < BITS {
        let positive = state >> 63; // δ > 0: all ones
        let odd = -(g & 1);
        g += ((f ^ positive) - positive) & odd;
        row_g += ((row_f ^ positive) - positive) & odd;
        let swap = positive & odd;
        state = (state ^ swap) - 1;
        f += g & swap;
        row_f += row_g & swap;
        g >>= 1;
        row_f <<= 1;
        step += 1;
    }
    *zeta = state;
    let (u, q) = (row_f as i32 as i64, row_g as i32 as i64);
    Matrix { u, v: (row_f - u) >> 32, q, r: (row_g - q) >> 32 }
}

/// (f, g) ← (u·f + v·g, q·f + r·g) / 2³⁰, which is exact. |f|, |g| ≤ p stays so: each is a mean with |weights| of sum ≤ 1.
/// Sums: |u·fᵢ + v·gᵢ| ≤ 2³⁰·2³⁰ plus a carry of at most 2³¹: below 2⁶³.
#[inline(always)]
fn apply_exact(f: &mut Wide, g: &mut Wide, m: &Matrix) {
    let mut carry_f = (m.u * f[0] + m.v * g[0]) >> BITS;
    let mut carry_g = (m.q * f[0] + m.r * g[0]) >> BITS;
    for i in 1..9 {
        let (fi, gi) = (f[i], g[i]);
        carry_f += m.u * fi + m.v * gi;
        carry_g += m.q * fi + m.r * gi;
        f[i - 1] = carry_f & MASK;
        g[i - 1] = carry_g & MASK;
        carry_f >>= BITS;
        carry_g >>= BITS;
    }
    f[8] = carry_f;
    g[8] = carry_g;
}

/// (d, e) ← (u·d + v·e, q·d + r·e) / 2³⁰ modulo p, within (−2p, p) if they were: adding p to the negative ones brings both into
/// (−p, p), so the sum into (−2³⁰·p, 2³⁰·p); then k·p, 0 ≤ k < 2³⁰, is taken off so that the low 30 bits vanish.
#[inline(always)]
fn apply_modulo(d: &mut Wide, e: &mut Wide, m: &Matrix) {
    let (sign_d, sign_e) = (d[8] >> 63, e[8] >> 63);
    let mut add_d = (m.u & sign_d) + (m.v & sign_e);
    let mut add_e = (m.q & sign_d) + (m.r & sign_e);
    let mut carry_d = m.u * d[0] + m.v * e[0];
    let mut carry_e = m.q * d[0] + m.r * e[0];
    // sum + (add − k)·p ≡ 0: k ≡ sum·p⁻¹ + add, and p⁻¹ ≡ −19⁻¹. The product may wrap: only its low bits count.
    add_d -= (add_d - (carry_d & MASK) * INVERSE_19) & MASK;
    add_e -= (add_e - (carry_e & MASK) * INVERSE_19) & MASK;
    carry_d = (carry_d - 19 * add_d) >> BITS;
    carry_e = (carry_e - 19 * add_e) >> BITS;
    for i in 1..8 {
        let (di, ei) = (d[i], e[i]);
        carry_d += m.u * di + m.v * ei;
        carry_e += m.q * di + m.r * ei;
        d[i - 1] = carry_d & MASK;
        e[i - 1] = carry_e & MASK;
        carry_d >>= BITS;
        carry_e >>= BITS;
    }
    let (di, ei) = (d[8], e[8]);
    carry_d += m.u * di + m.v * ei + (add_d << 15);
    carry_e += m.q * di + m.r * ei + (add_e << 15);
    d[7] = carry_d & MASK;
    e[7] = carry_e & MASK;
    d[8] = carry_d >> BITS;
    e[8] = carry_e >> BITS;
}

/// Adds p where `mask` is all ones, and carries.
#[inline(always)]
fn add_p(x: &mut Wide, mask: i64) {
    let mut carry = -(19 & mask);
    for limb in x.iter_mut().take(8) {
        carry += *limb;
        *limb = carry & MASK;
        carry >>= BITS;
    }
    x[8] += carry + ((1 << 15) & mask);
}

#[inline(always)]
fn load(bytes: &[u8; 32]) -> Wide {
    let mut limbs: Wide = [0; 9];
    let (mut held, mut bits, mut next) = (0_i64, 0, 0);
    for &byte in bytes {
        held |= (byte as i64) << bits;
        bits += 8;
        if bits >= BITS {
            limbs[next] = held & MASK;
            held >>= BITS;
            bits -= BITS;
            next += 1;
        }
    }
    limbs[8] = held;
    limbs
}

#[inline(always)]
fn store(limbs: &Wide) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (mut held, mut bits, mut next) = (0_i64, 0, 0);
    for byte in bytes.iter_mut() {
        if bits < 8 {
            held |= limbs[next] << bits;
            bits += BITS;
            next += 1;
        }
        *byte = held as u8;
        held >>= 8;
        bits -= 8;
    }
    bytes
}
