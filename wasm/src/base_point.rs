//! Multiples of the base point B = (x, 4/5), x even. The tables are calculated when they are first needed, from public values: that
//! takes a third of a millisecond in optimized code, a few in code that just was loaded. As data they would lengthen each module by
//! some 20 KB that nothing compresses.
//!
//! In constant time, for secrets: a scalar has 64 digits dᵢ in −8 … 8 (`scalar::radix_16`), and s·B = Σ d₂ᵢ·256ⁱ·B + 16·Σ d₂ᵢ₊₁·256ⁱ·B.
//! Both sums run side by side in the lanes of a `Pair`, because both read the same row of the table, (1 … 8)·256ⁱ·B: all eight entries,
//! through masks. Neither branches nor addresses depend on the scalar.

use crate::edwards::{
    Bytes, Cached, D, Pair, Point, blend, constant, difference, highs, inverse_of_low, lows, select, sum,
};
use crate::field::Fe2;
use crate::scalar::{self, Words};
use core::arch::wasm32::*;
use core::ptr::addr_of_mut;

const X: Bytes = [
    0x1a, 0xd5, 0x25, 0x8f, 0x60, 0x2d, 0x56, 0xc9, 0xb2, 0xa7, 0x25, 0x95, 0x60, 0xc7, 0x2c, 0x69, 0x5c,
    0xdc, 0xd6, 0xfd, 0x31, 0xe2, 0xa4, 0xc0, 0xfe, 0x53, 0x6e, 0xcd, 0xd3, 0x36, 0x69, 0x21,
];
const Y: Bytes = {
    let mut y = [0x66; 32];
    y[0] = 0x58;
    y
};
/// 1/2 modulo p: (p + 1)/2 = 2²⁵⁴ − 9.
const HALF: Bytes = {
    let mut half = [0xff; 32];
    half[0] = 0xf7;
    half[31] = 0x3f;
    half
};

const ROWS: usize = 32;
/// Vectors of which an `Fe2` is made.
const PARTS: usize = size_of::<Fe2>() / 16;

/// Four affine points in the low lanes and four in the high ones, as (y − x)/2, (y + x)/2 and d·x·y: all tight.
type Eight = [[Fe2; 3]; 4];

/// Row i: (1 … 4)·256ⁱ·B in the low lanes, (5 … 8)·256ⁱ·B in the high ones.
static mut TABLE: [Eight; ROWS] = [[[Fe2::ZERO; 3]; 4]; ROWS];
static mut IS_READY: bool = false;

/// s·B for s < 2²⁵⁵. Leaves its digits on the stack: the exports that handle secrets wipe it.
#[inline(never)]
pub fn multiply(s: &Words) -> Point {
    let table = table();
    let half = constant(&HALF);
    let digits = scalar::radix_16(s);
    let mut sums = Pair::IDENTITY;
    for (row, pair) in table.iter().zip(digits.chunks_exact(2)) {
        let (even, odd) = (pair[0] as i64, pair[1] as i64);
        let signs = i64x2(even >> 63, odd >> 63);
        let [minus, plus, dxy] = choose(row, &half, even, odd);
        sums.add_affine(
            &select(signs, &plus, &minus),
            &select(signs, &minus, &plus),
            &select(signs, &difference(&Fe2::ZERO, &dxy), &dxy),
        );
    }
    let even = sums.low().cached();
    let odd = sums.high().double().double().double().double();
    odd.add(&even, false)
}

/// |even| times the row's point in the low lanes and |odd| times in the high ones.
#[inline(always)]
fn choose(row: &Eight, half: &Fe2, even: i64, odd: i64) -> [Fe2; 3] {
    let even = i64x2_splat((even ^ (even >> 63)) - (even >> 63));
    let odd = i64x2_splat((odd ^ (odd >> 63)) - (odd >> 63));
    let numbers = [i64x2(1, 5), i64x2(2, 6), i64x2(3, 7), i64x2(4, 8)];
    let even_masks = numbers.map(|it| i64x2_eq(even, it));
    let odd_masks = numbers.map(|it| i64x2_eq(odd, it));
    let mut chosen = [Fe2::ZERO; 3];
    for (i, element) in chosen.iter_mut().enumerate() {
        // Black box: unrolled, this would be a quarter of the file's code.
        for part in 0..core::hint::black_box(PARTS) {
            let mut from_even = i64x2_splat(0);
            let mut from_odd = i64x2_splat(0);
            for k in 0..4 {
                // Safety: within the element.
                let vector = unsafe { v128_load((&raw const row[k][i]).cast::<v128>().add(part)) };
                from_even = v128_or(from_even, v128_and(vector, even_masks[k]));
                from_odd = v128_or(from_odd, v128_and(vector, odd_masks[k]));
            }
            let low = i64x2_shuffle::<0, 2>(from_even, from_odd);
            let high = i64x2_shuffle::<1, 3>(from_even, from_odd);
            // Safety: as above.
            unsafe { v128_store((element as *mut Fe2).cast::<v128>().add(part), v128_or(low, high)) };
        }
    }
    // Nothing was chosen for 0: that is (0, 1).
    let zeros = i64x2_eq(i64x2_shuffle::<0, 2>(even, odd), i64x2_splat(0));
    let [minus, plus, dxy] = chosen;
    [select(zeros, half, &minus), select(zeros, half, &plus), dxy]
}

/// X25519's public key: the Montgomery u = (1 + y)/(1 − y) of the clamped scalar times B. y = 1 does not occur: no multiple of 8 between
/// 2²⁵⁴ and 2²⁵⁵ is one of B's odd order.
#[inline(never)]
pub fn base_montgomery(out: *mut u8, secret: *const u8) {
    let point = multiply(&clamped(secret));
    let z = lows(&point.zt, &point.zt);
    let sums = sum(&z, &point.xy); // (·, Z + Y)
    let differences = difference(&z, &point.xy).carry();
    let inverse = inverse_of_low(&highs(&differences, &differences));
    let mut unused = [0; 32];
    sums.mul(&inverse).to_bytes(unused.as_mut_ptr(), out);
}

/// A secret scalar as RFC 7748 and RFC 8032 use it: a multiple of 8, bit 254 is the highest.
#[inline(always)]
pub fn clamped(bytes: *const u8) -> Words {
    let mut s: Words = scalar::load(bytes);
    s[0] &= !7;
    s[7] = s[7] & 0x7fff_ffff | 0x4000_0000;
    s
}

fn table() -> &'static [Eight; ROWS] {
    // Safety: one instance belongs to one thread, and nothing changes the table once it is ready.
    unsafe {
        if !IS_READY {
            fill(&mut *addr_of_mut!(TABLE));
            IS_READY = true;
        }
        &*addr_of_mut!(TABLE)
    }
}

#[inline(never)]
fn fill(table: &mut [Eight; ROWS]) {
    let mut point = base();
    for row in table.iter_mut() {
        let cached = point.cached();
        let two = point.double();
        let three = two.add(&cached, false);
        let four = two.double();
        let eight = four.double();
        let five = four.add(&cached, false);
        *row = normalise(&[point, two, three, four, five, three.double(), eight.add(&cached, true), eight]);
        point = eight.double().double().double().double().double();
    }
}

#[inline(never)]
pub fn base() -> Point {
    Point::from_affine(&Fe2::from_bytes(X.as_ptr(), Y.as_ptr()))
}

/// Eight points with one inversion (P. Montgomery, "Speeding the Pollard and elliptic curve methods of factorization", 10.3.1).
#[inline(never)]
fn normalise(points: &[Point; 8]) -> Eight {
    let mut result = [[Fe2::ONE; 3]; 4];
    let mut product = Fe2::ONE;
    for k in 0..4 {
        result[k] = [product, Fe2::ONE, lows(&points[k].zt, &points[k + 4].zt)];
        product = product.mul(&result[k][2]);
    }
    // Of both lanes: low/(low·high) and high/(low·high), exchanged.
    let swapped = lows(&highs(&product, &product), &product);
    let mut inverse = inverse_of_low(&product.mul(&swapped)).mul(&swapped).mul(&constant(&HALF));
    let two_d = sum(&constant(&D), &constant(&D));
    let four_d = sum(&two_d, &two_d).carry();
    for k in (0..4).rev() {
        let [before, _, z] = result[k];
        let half_z = inverse.mul(&before); // 1/(2·Z)
        inverse = inverse.mul(&z);
        let x = lows(&points[k].xy, &points[k + 4].xy).mul(&half_z);
        let y = highs(&points[k].xy, &points[k + 4].xy).mul(&half_z);
        result[k] = [difference(&y, &x).carry(), sum(&y, &x).carry(), x.mul(&y).mul(&four_d)];
    }
    result
}

const ODD: usize = 32;
/// (1, 3, … 63)·B and (1, 3, … 63)·2¹²⁷·B, for `scalar::sliding_digits` of width 7. Halved, which is the same points.
static mut ODD_MULTIPLES: [[Cached; ODD]; 2] = [[Cached { yx: Fe2::ZERO, zt: Fe2::ZERO }; ODD]; 2];
static mut ARE_ODD_READY: bool = false;

/// The table for public scalars.
pub fn odd_multiples() -> &'static [[Cached; ODD]; 2] {
    // Safety: as in `table`.
    unsafe {
        if !ARE_ODD_READY {
            fill_odd(&mut *addr_of_mut!(ODD_MULTIPLES));
            ARE_ODD_READY = true;
        }
        &*addr_of_mut!(ODD_MULTIPLES)
    }
}

#[inline(never)]
fn fill_odd(table: &mut [[Cached; ODD]; 2]) {
    let mut point = base();
    for half in table.iter_mut() {
        let two = point.double().cached();
        let mut next = point;
        for group in half.chunks_exact_mut(8) {
            let mut points = [next; 8];
            for it in points.iter_mut() {
                *it = next;
                next = next.add(&two, false);
            }
            for (k, [minus, plus, dxy]) in normalise(&points).iter().enumerate() {
                group[k] = Cached { yx: lows(minus, plus), zt: lows(&Fe2::ONE, dxy) };
                group[k + 4] = Cached { yx: highs(minus, plus), zt: blend(&Fe2::ONE, dxy) };
            }
        }
        for _ in 0..127 {
            point = point.double();
        }
    }
}
