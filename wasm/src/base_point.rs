//! Multiples of the base point B = (x, 4/5), x even. The tables are calculated when they are first needed: as data they would make
//! the module longer by 37 KB that nothing compresses.
//!
//! In constant time, for secrets: a scalar has 64 digits dᵢ in −8 … 8 (`scalar::radix_16`), and s·B = Σ d₂ᵢ·256ⁱ·B + 16·Σ d₂ᵢ₊₁·256ⁱ·B.
//! Both sums run side by side in the lanes of a `Pair`, because both read the same row of the table, (1 … 8)·256ⁱ·B: all eight entries,
//! through masks. Neither branches nor addresses depend on the scalar.

use crate::edwards::{Bytes, Cached, Pair, Point, constant, inverse_of_low};
use crate::field::Fe2;
use crate::scalar::{self, Words};
use crate::wipe::wipe;
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
const ENTRIES: usize = 8;

/// An affine point as (y − x)/2, (y + x)/2 and d·x·y, canonical.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
struct Entry {
    minus: Bytes,
    plus: Bytes,
    dxy: Bytes,
}

const EMPTY: Entry = Entry { minus: [0; 32], plus: [0; 32], dxy: [0; 32] };

/// Row i: (1 … 8)·256ⁱ·B.
static mut TABLE: [[Entry; ENTRIES]; ROWS] = [[EMPTY; ENTRIES]; ROWS];
static mut IS_READY: bool = false;

/// s·B for s < 2²⁵⁵, as (even digits, 16 times odd digits) added up.
pub fn multiply(s: &Words) -> Point {
    let table = table();
    let mut digits = scalar::radix_16(s);
    let mut sums = Pair::IDENTITY;
    let mut chosen = [EMPTY; 2];
    for (row, pair) in table.iter().zip(digits.chunks_exact(2)) {
        let signs = choose(&mut chosen, row, pair[0], pair[1]);
        let [low, high] = &chosen;
        let minus = Fe2::from_bytes(low.minus.as_ptr(), high.minus.as_ptr());
        let plus = Fe2::from_bytes(low.plus.as_ptr(), high.plus.as_ptr());
        let dxy = Fe2::from_bytes(low.dxy.as_ptr(), high.dxy.as_ptr());
        sums.add_affine(&minus, &plus, &Fe2::select(signs, &dxy.neg(), &dxy));
    }
    let even = sums.low().cached();
    let odd = sums.high().double().double().double().double();
    let result = odd.add(&even);
    wipe(digits.as_mut_ptr().cast(), size_of_val(&digits));
    wipe((&raw mut chosen).cast(), size_of_val(&chosen));
    wipe((&raw mut sums).cast(), size_of_val(&sums));
    result
}

/// |digit| times the row's point for both digits, with `minus` and `plus` exchanged for negative ones; returns the mask of those.
#[inline(always)]
fn choose(chosen: &mut [Entry; 2], row: &[Entry; ENTRIES], even: i8, odd: i8) -> v128 {
    let (even, odd) = (even as i32, odd as i32);
    let signs = [i32x4_splat(even >> 31), i32x4_splat(odd >> 31)];
    let sizes = [i32x4_abs(i32x4_splat(even)), i32x4_abs(i32x4_splat(odd))];
    const VECTORS: usize = size_of::<Entry>() / 16;
    let mut found = [[i32x4_splat(0); VECTORS]; 2];
    // 0·P = (0, 1): halves of 1 in `minus` and `plus`.
    let half = HALF.as_ptr().cast::<v128>();
    for i in 0..2 {
        let is_zero = i32x4_eq(sizes[i], i32x4_splat(0));
        for part in 0..4 {
            // Safety: two vectors are 32 bytes.
            found[i][part] = v128_and(is_zero, unsafe { v128_load(half.add(part % 2)) });
        }
    }
    for (entry, size) in row.iter().zip(1..) {
        let masks = sizes.map(|it| i32x4_eq(it, i32x4_splat(size)));
        for part in 0..VECTORS {
            // Safety: within the entry.
            let vector = unsafe { v128_load((entry as *const Entry).cast::<v128>().add(part)) };
            for i in 0..2 {
                found[i][part] = v128_or(found[i][part], v128_and(vector, masks[i]));
            }
        }
    }
    for i in 0..2 {
        for part in 0..2 {
            let difference = v128_and(v128_xor(found[i][part], found[i][part + 2]), signs[i]);
            found[i][part] = v128_xor(found[i][part], difference);
            found[i][part + 2] = v128_xor(found[i][part + 2], difference);
        }
        for part in 0..VECTORS {
            // Safety: within the entry.
            unsafe { v128_store((&raw mut chosen[i]).cast::<v128>().add(part), found[i][part]) };
        }
    }
    i64x2_shuffle::<0, 2>(signs[0], signs[1])
}

/// X25519's public key: the Montgomery u = (1 + y)/(1 − y) of the clamped scalar times B. y = 1 does not occur: no multiple of 8 between
/// 2²⁵⁴ and 2²⁵⁵ is one of B's odd order.
pub fn base_montgomery(out: *mut u8, secret: *const u8) {
    let mut s = clamped(secret);
    let mut point = multiply(&s);
    let z = point.zt.low_low();
    let sums = z.add(&point.xy); // (·, Z + Y)
    let inverse = inverse_of_low(&z.sub(&point.xy).swap_lanes());
    let mut u = sums.mul(&inverse);
    let mut unused = [0; 32];
    u.to_bytes(unused.as_mut_ptr(), out);
    wipe((&raw mut s).cast(), size_of_val(&s));
    wipe((&raw mut point).cast(), size_of_val(&point));
    wipe((&raw mut u).cast(), size_of_val(&u));
    wipe(unused.as_mut_ptr(), 32);
}

/// A secret scalar as RFC 7748 and RFC 8032 use it: a multiple of 8, bit 254 is the highest.
#[inline(always)]
pub fn clamped(bytes: *const u8) -> Words {
    let mut s: Words = scalar::load(bytes);
    s[0] &= !7;
    s[7] = s[7] & 0x7fff_ffff | 0x4000_0000;
    s
}

fn table() -> &'static [[Entry; ENTRIES]; ROWS] {
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
fn fill(table: &mut [[Entry; ENTRIES]; ROWS]) {
    let mut point = base();
    for row in table.iter_mut() {
        let two = point.double();
        let four = two.double();
        let eight = four.double();
        let cached = point.cached();
        let three = two.add(&cached);
        let row_points =
            [point, two, three, four, four.add(&cached), three.double(), eight.sub(&cached), eight];
        let affine = normalise(&row_points);
        for (entry, xy) in row.iter_mut().zip(affine) {
            let (yx, dxy) = affine_parts(&xy);
            let mut unused = [0; 32];
            yx.to_bytes(entry.minus.as_mut_ptr(), entry.plus.as_mut_ptr());
            dxy.to_bytes(unused.as_mut_ptr(), entry.dxy.as_mut_ptr());
        }
        point = eight.double().double().double().double().double();
    }
}

pub fn base() -> Point {
    Point::from_affine(&Fe2::from_bytes(X.as_ptr(), Y.as_ptr()))
}

/// ((y − x)/2, (y + x)/2) and (1, d·x·y): half of what `Cached` has, which is the same point.
#[inline(always)]
fn affine_parts(xy: &Fe2) -> (Fe2, Fe2) {
    let point = Point::from_affine(xy);
    let cached = point.cached();
    let half = constant(&HALF);
    (cached.yx.mul(&half), cached.zt.mul(&half))
}

/// (x, y) of several points with one inversion (P. Montgomery, "Speeding the Pollard and elliptic curve methods", 10.3.1).
fn normalise<const N: usize>(points: &[Point; N]) -> [Fe2; N] {
    let mut result = [Fe2::ONE; N];
    let mut product = Fe2::ONE;
    for (before, point) in result.iter_mut().zip(points) {
        *before = product;
        product = product.mul(&point.zt);
    }
    let mut inverse = inverse_of_low(&product);
    for (before, point) in result.iter_mut().zip(points).rev() {
        let z = inverse.mul(before).low_low();
        inverse = inverse.mul(&point.zt);
        *before = point.xy.mul(&z);
    }
    result
}

const ODD: usize = 32;
/// (1, 3, … 63)·B and (1, 3, … 63)·2¹²⁷·B, for `scalar::sliding_digits` of width 7.
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
        for group in half.chunks_exact_mut(ENTRIES) {
            let mut points = [next; ENTRIES];
            for it in points.iter_mut() {
                *it = next;
                next = next.add(&two);
            }
            for (cached, xy) in group.iter_mut().zip(normalise(&points)) {
                let (yx, zt) = affine_parts(&xy);
                *cached = Cached { yx, zt };
            }
        }
        for _ in 0..127 {
            point = point.double();
        }
    }
}
