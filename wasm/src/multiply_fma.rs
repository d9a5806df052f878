//! Multiplication in GF(2²⁵⁵ − 19) on fused multiply-add: what is exact, and why, is told in `field_fma.rs`.
//!
//! **Loads and stores** in the multiplications are volatile: left alone, the compiler loads everything first and separates the
//! two parts of a product, and the engine, which has 15 registers, spills dozens. The loops stay loops for the same reason, with
//! six independent chains in 12 registers: the compiler does not see their number of steps, or it would unroll them.
use super::{Fe2, MAGIC, WRAP, splat};
use core::arch::wasm32::*;
use core::mem::MaybeUninit;

#[inline(always)]
pub fn fma(a: v128, b: v128, c: v128) -> v128 {
    f64x2_relaxed_madd(a, b, c)
}

/// Constants in memory, where the compiler does not see their value: made in the code, each takes three instructions.
static MAGICS: [v128; 6] =
    [splat(MAGIC[0]), splat(MAGIC[1]), splat(MAGIC[2]), splat(MAGIC[3]), splat(MAGIC[4]), splat(MAGIC[5])];
static WRAPS: v128 = splat(WRAP);
/// How far the pointers of each step after the first two are, in bytes. Read, not counted, so that the loads take offsets.
static MULTIPLY_STEPS: [usize; 5] = [32, 48, 64, 80, 0];
static SQUARE_STEPS: [usize; 2] = [32, 0];

#[inline(always)]
pub fn limbs(a: *const Fe2) -> *const v128 {
    a.cast()
}

#[inline(always)]
pub fn limbs_mut(a: *mut Fe2) -> *mut v128 {
    a.cast()
}

/// A load that stays where it is.
#[inline(always)]
pub fn load(p: *const v128, i: usize) -> v128 {
    unsafe { p.add(i).read_volatile() }
}

/// A store that stays where it is.
#[inline(always)]
pub fn keep(p: *mut v128, i: usize, x: v128) {
    unsafe { p.add(i).write_volatile(x) }
}

/// As vectors: the compiler copies elements by words, which the processor cannot forward from stores of vectors.
#[inline(always)]
pub fn reload(x: &MaybeUninit<Fe2>) -> Fe2 {
    let p = limbs(x.as_ptr());
    Fe2 { limbs: [load(p, 0), load(p, 1), load(p, 2), load(p, 3), load(p, 4), load(p, 5)] }
}

/// The first product of a column.
#[inline(always)]
fn begin(magic: v128, x: v128, y: v128) -> (v128, v128) {
    let high = fma(x, y, magic);
    (high, fma(x, y, f64x2_sub(magic, high)))
}

/// One more product of a column.
#[inline(always)]
fn accumulate(high: &mut v128, low: &mut v128, x: v128, y: v128) {
    let next = fma(x, y, *high);
    *low = f64x2_add(*low, fma(x, y, f64x2_sub(*high, next)));
    *high = next;
}

/// `out` = a b. It may be a or b.
/// Row i adds aᵢ · (b₋ᵢ … b₅₋ᵢ) to the columns 0 … 5, where b₋ⱼ is 19 · 2⁻²⁵⁵ b₆₋ⱼ. The first two rows take b as it is loaded, the
/// others from a window that moves over b₃ … b₋₅ in `scratch`.
#[inline(never)]
pub fn multiply(out: *mut Fe2, a: *const Fe2, b: *const Fe2) {
    let (out, a, b): (*mut v128, *const v128, *const v128) = (out.cast(), a.cast(), b.cast());
    let mut scratch = MaybeUninit::<[v128; 11]>::uninit();
    let e: *mut v128 = scratch.as_mut_ptr().cast();
    let magics = MAGICS.as_ptr();
    let wrap = load(&raw const WRAPS, 0);
    let a0 = load(a, 0);
    let mut high = [a0; 6];
    let mut low = [a0; 6];
    let a1 = load(a, 1);
    let b5 = load(b, 5);
    let mut before = f64x2_mul(b5, wrap);
    keep(e, 6, before);
    for k in 0..6 {
        let y = if k == 5 { b5 } else { load(b, k) };
        if k < 4 {
            keep(e, 5 - k, y);
        }
        if k != 0 && k != 5 {
            keep(e, 11 - k, f64x2_mul(y, wrap));
        }
        (high[k], low[k]) = begin(load(magics, k), a0, y);
        accumulate(&mut high[k], &mut low[k], a1, before);
        before = y;
    }
    let mut step = MULTIPLY_STEPS.as_ptr();
    let mut i = unsafe { step.read_volatile() };
    while i != 0 {
        let (p, q) = unsafe { (a.byte_add(i), e.byte_add(i)) };
        let x = load(p, 0);
        for k in 0..6 {
            accumulate(&mut high[k], &mut low[k], x, load(q, 5 - k));
        }
        step = unsafe { step.add(1) };
        i = unsafe { step.read_volatile() };
    }
    finish(out, high, low);
}

/// Column k has the doubled products of a_(k/2 − t) and a_(k/2 + t), with t in whole steps (k even) or in halves (k odd), indices
/// modulo 6, and for even k the squares of a_(k/2) and a_(k/2 + 3). Each step takes t one up for all columns: the left factors move
/// down, the right ones, doubled, move up. The third step is a loop of one, which keeps the compiler from mixing it with the others.
#[inline(always)]
fn square_into(out: *mut Fe2, a: *const Fe2) {
    let (out, a): (*mut v128, *const v128) = (out.cast(), a.cast());
    let mut scratch = MaybeUninit::<[v128; 12]>::uninit();
    let left: *mut v128 = scratch.as_mut_ptr().cast();
    let right = unsafe { left.add(5) };
    let magics = MAGICS.as_ptr();
    let wrap = load(&raw const WRAPS, 0);
    let double = |x| f64x2_add(x, x);
    let a0 = load(a, 0);
    let mut high = [a0; 6];
    let mut low = [a0; 6];
    keep(left, 2, a0);
    let a5 = load(a, 5);
    keep(right, 5, double(a5));
    let w5 = f64x2_mul(a5, wrap);
    keep(left, 3, w5);
    let a1 = load(a, 1);
    let d1 = double(a1);
    let a2 = load(a, 2);
    let d2 = double(a2);
    keep(right, 2, d2);
    let a3 = load(a, 3);
    let d3 = double(a3);
    keep(right, 3, d3);
    keep(right, 6, f64x2_mul(a3, wrap));
    let a4 = load(a, 4);
    let d4 = double(a4);
    keep(right, 4, d4);
    keep(left, 4, f64x2_mul(a4, wrap));
    (high[0], low[0]) = begin(load(magics, 0), a0, a0);
    accumulate(&mut high[0], &mut low[0], w5, d1);
    (high[1], low[1]) = begin(load(magics, 1), a0, d1);
    accumulate(&mut high[1], &mut low[1], w5, d2);
    (high[2], low[2]) = begin(load(magics, 2), a1, a1);
    accumulate(&mut high[2], &mut low[2], a0, d2);
    (high[3], low[3]) = begin(load(magics, 3), a1, d2);
    accumulate(&mut high[3], &mut low[3], a0, d3);
    (high[4], low[4]) = begin(load(magics, 4), a2, a2);
    accumulate(&mut high[4], &mut low[4], a1, d3);
    (high[5], low[5]) = begin(load(magics, 5), a2, d3);
    accumulate(&mut high[5], &mut low[5], a1, d4);
    let mut step = SQUARE_STEPS.as_ptr();
    let mut i = unsafe { step.read_volatile() };
    while i != 0 {
        let (p, q) = unsafe { (left.byte_add(i), right.byte_add(i)) };
        for c in 0..3 {
            let x = load(p, 2 - c);
            accumulate(&mut high[2 * c], &mut low[2 * c], x, load(q, c));
            accumulate(&mut high[2 * c + 1], &mut low[2 * c + 1], x, load(q, c + 1));
        }
        step = unsafe { step.add(1) };
        i = unsafe { step.read_volatile() };
    }
    accumulate(&mut high[0], &mut low[0], load(a, 3), load(right, 6));
    accumulate(&mut high[2], &mut low[2], load(a, 4), load(left, 4));
    accumulate(&mut high[4], &mut low[4], load(a, 5), load(left, 3));
    finish(out, high, low);
}

/// `out` = a^(2ⁿ), n > 0. In place if they are the same.
#[inline(never)]
pub fn square_times(out: *mut Fe2, a: *const Fe2, n: u32) {
    square_into(out, a);
    for _ in 1..n {
        square_into(out, out);
    }
}

/// Brings the columns' parts together and carries; see the bounds of the field.
#[inline(always)]
fn finish(out: *mut v128, high: [v128; 6], low: [v128; 6]) {
    let magics = MAGICS.as_ptr();
    let wrap = load(&raw const WRAPS, 0);
    let m5 = load(magics, 5);
    let m0 = load(magics, 0);
    let v = fma(f64x2_sub(high[5], m5), wrap, low[0]);
    let mut up = f64x2_sub(f64x2_add(v, m0), m0);
    let rest0 = f64x2_sub(v, up);
    let mut last = f64x2_sub(high[0], m0);
    for k in 1..6 {
        let m = load(magics, k);
        let v = f64x2_add(last, low[k]);
        let next = f64x2_sub(f64x2_add(v, m), m);
        keep(out, k, f64x2_add(f64x2_sub(v, next), up));
        last = f64x2_sub(high[k], m);
        up = next;
    }
    keep(out, 0, fma(up, wrap, rest0));
}

#[inline(always)]
pub fn square(out: *mut Fe2, a: *const Fe2) {
    square_times(out, a, 1);
}

/// `out` = `base` + `factor` · `a`, which must not be the same. Each limb is a column of one product, so what goes up is small: for a of
/// 8 units and a factor below 2²⁰ at most 2⁻¹⁸ of the next limb's unit, and 2⁻¹⁵ for limb 0.
#[inline(always)]
pub fn scale_add(out: *mut v128, a: *const v128, factor: v128, base: impl Fn(usize) -> v128) {
    let magics = MAGICS.as_ptr();
    let mut up = factor;
    let mut bottom = factor;
    for k in 0..6 {
        let (x, m) = (load(a, k), load(magics, k));
        let high = fma(x, factor, m);
        let minus = f64x2_sub(m, high);
        let low = f64x2_add(fma(x, factor, minus), base(k));
        if k == 0 {
            bottom = low;
        } else {
            keep(out, k, f64x2_sub(low, up));
        }
        up = minus;
    }
    let wrap = load(&raw const WRAPS, 0);
    keep(out, 0, f64x2_sub(bottom, f64x2_mul(up, wrap)));
}
