//! Products in the field on doubles (field_f64.rs), laid out for what V8 makes of them on 15 vector registers.
//!
//! Six limbs of one factor are held in registers, and the limbs of the other are loaded anew for every two columns: all of them
//! would be spilled and reloaded more often than that. All loads and stores are volatile, because the compiler would otherwise
//! merge them into as many locals as there are limbs. Columns are summed first and carried afterwards, in several chains at once: a
//! carry from column to column takes nine cycles, and one that is kept over the sums of the next column is spilled.
//!
//! Out and in must not overlap. All input loose, all output tight, except where it says something else.
use super::{FOLD, Fe2, LIMBS, WEIGHT, rounder};
use core::arch::wasm32::*;
use core::ptr::{read_volatile, write_volatile};

/// `rounder` of each limb's upper end.
pub static ROUNDERS: [v128; LIMBS] = {
    let mut table = [f64x2(0.0, 0.0); LIMBS];
    let mut i = 0;
    while i < LIMBS {
        table[i] = f64x2(rounder(WEIGHT[i + 1]), rounder(WEIGHT[i + 1]));
        i += 1;
    }
    table
};
/// 19·2⁻²⁵⁵
pub static FOLDS: v128 = f64x2(FOLD, FOLD);

/// Limb i, loaded here and now.
#[inline(always)]
pub unsafe fn fresh(x: *const Fe2, i: usize) -> v128 {
    unsafe { read_volatile(x.cast::<v128>().add(i)) }
}

/// Sets limb i, here and now.
#[inline(always)]
pub unsafe fn store(x: *mut Fe2, i: usize, limb: v128) {
    unsafe { write_volatile(x.cast::<v128>().add(i), limb) }
}

/// V8 builds constants from two words, in four instructions; a load is one.
#[inline(always)]
pub unsafe fn constant(x: &'static v128) -> v128 {
    unsafe { read_volatile(x) }
}

/// The body once for each number, as a constant.
macro_rules! unroll {
    ($i:ident in $($n:literal)*: $body:block) => {
        $( { const $i: usize = $n; $body } )*
    };
}

pub(crate) use unroll;

/// What limbs A … A + 5 of a add to column K: `held` are these, `window` the limbs of b.
#[inline(always)]
unsafe fn part<const K: usize, const A: usize>(held: &[v128; 6], window: &[v128; LIMBS]) -> v128 {
    unsafe {
        let mut high = f64x2(0.0, 0.0);
        let mut low = f64x2(0.0, 0.0);
        unroll!(I in 5 4 3 2 1 0: {
            let product = f64x2_mul(held[I], window[(K + 12 - A - I) % 12]);
            if A + I > K {
                high = if I == 5 { product } else { f64x2_add(high, product) };
            } else {
                low = if I == 5 || A + I == K { product } else { f64x2_add(low, product) };
            }
        });
        if K < A {
            f64x2_mul(high, constant(&FOLDS))
        } else if K < A + 5 {
            f64x2_add(low, f64x2_mul(high, constant(&FOLDS)))
        } else {
            low
        }
    }
}

/// Columns K and K1 = K + 1, which need the same limbs of b but one.
#[inline(always)]
unsafe fn parts<const K: usize, const K1: usize, const A: usize>(
    held: &[v128; 6],
    b: *const Fe2,
) -> (v128, v128) {
    unsafe {
        let mut window = [f64x2(0.0, 0.0); LIMBS];
        unroll!(I in 6 5 4 3 2 1 0: {
            window[(K1 + 12 - A - I) % 12] = fresh(b, (K1 + 12 - A - I) % 12);
        });
        (part::<K, A>(held, &window), part::<K1, A>(held, &window))
    }
}

/// Column K, up to 10, of the square of six limbs: pairs twice, and the square in the middle.
#[inline(always)]
fn square_half<const K: usize>(held: &[v128; 6]) -> v128 {
    let mut sum = f64x2(0.0, 0.0);
    unroll!(I in 0 1 2 3 4: {
        if 2 * I < K && K < I + 6 {
            let product = f64x2_mul(held[I], held[(K + 12 - I) % 6]);
            sum = if I == 0 || K == I + 5 { product } else { f64x2_add(sum, product) };
        }
    });
    sum
}

/// What the limbs 6 … 11 add to the columns: i + j = k + 12.
macro_rules! square_high {
    ($out:ident $held:ident: $($k:literal)*) => { $(
        let pairs = square_half::<$k>(&$held);
        let twice = f64x2_add(pairs, pairs);
        let middle = f64x2_mul($held[$k / 2], $held[$k / 2]);
        let sum = if $k == 0 || $k == 10 { middle } else if $k % 2 == 0 { f64x2_add(twice, middle) } else { twice };
        store($out, $k, f64x2_mul(sum, constant(&FOLDS)));
    )* };
}

/// What the limbs 0 … 5 add to column K, with each other and with the limbs 6 … 11.
#[inline(always)]
unsafe fn square_low<const K: usize>(held: &[v128; 6], a: *const Fe2) -> v128 {
    unsafe {
        let mut cross = f64x2(0.0, 0.0);
        unroll!(I in 0 1 2 3 4 5: {
            if (K < 5 && I > K) || (K > 5 && I + 6 <= K) {
                let product = f64x2_mul(held[I], fresh(a, (K + 12 - I) % 12));
                cross = if I == 0 || I == K + 1 { product } else { f64x2_add(cross, product) };
            }
        });
        if K < 5 {
            cross = f64x2_mul(cross, constant(&FOLDS));
        }
        let pairs = square_half::<K>(held);
        let sum = if K == 0 || K > 9 {
            cross
        } else if K == 5 {
            pairs
        } else {
            f64x2_add(cross, pairs)
        };
        let twice = f64x2_add(sum, sum);
        if K % 2 == 0 { f64x2_add(twice, f64x2_mul(held[K / 2], held[K / 2])) } else { twice }
    }
}

/// And what the limbs 0 … 5 do.
macro_rules! square_low {
    ($out:ident $held:ident $a:ident: $($k:literal)*) => { $(
        let x = square_low::<$k>(&$held, $a);
        store($out, $k, if $k == 11 { x } else { f64x2_add(x, fresh($out, $k)) });
    )* };
}

/// Reduces limb k and returns the carry out of it.
#[inline(always)]
unsafe fn put<const K: usize>(out: *mut Fe2, sum: v128) -> v128 {
    unsafe {
        let unit = constant(&ROUNDERS[K]);
        let top = f64x2_sub(f64x2_add(sum, unit), unit);
        store(out, K, f64x2_sub(sum, top));
        top
    }
}

/// What the limbs 0 … 5 of a add to the columns.
macro_rules! first_half {
    ($out:ident $held:ident $b:ident: $($k:literal $k1:literal)*) => { $(
        let (x, y) = parts::<$k, $k1, 0>(&$held, $b);
        store($out, $k, x);
        store($out, $k1, y);
    )* };
}
/// And what the limbs 6 … 11 do.
macro_rules! second_half {
    ($out:ident $held:ident $b:ident: $($k:literal $k1:literal)*) => { $(
        let (x, y) = parts::<$k, $k1, 6>(&$held, $b);
        store($out, $k, f64x2_add(x, fresh($out, $k)));
        store($out, $k1, f64x2_add(y, fresh($out, $k1)));
    )* };
}

/// out = a·b
#[inline(never)]
pub unsafe fn mul_to(out: *mut Fe2, a: *const Fe2, b: *const Fe2) {
    unsafe {
        let held = [fresh(a, 0), fresh(a, 1), fresh(a, 2), fresh(a, 3), fresh(a, 4), fresh(a, 5)];
        first_half!(out held b: 0 1  6 7  2 3  8 9  4 5  10 11);
        let held = [fresh(a, 6), fresh(a, 7), fresh(a, 8), fresh(a, 9), fresh(a, 10), fresh(a, 11)];
        second_half!(out held b: 0 1  6 7  2 3  8 9  4 5  10 11);
        reduce(out);
    }
}

/// Carries in four chains at once, of three limbs each, and then once more out of the first limb of each. A column below 2⁵³ units
/// carries at most 2³² units of the next; the first limbs of the chains pass at most 2¹¹ of that on, to limbs of up to 2²⁰. Of column
/// 11, below 2⁴⁹ units, 19·2²⁸ units come round to limb 0, and 2¹¹ go on to limb 1.
#[inline(always)]
unsafe fn reduce(out: *mut Fe2) {
    unsafe {
        let (a, b, c, d) = (
            put::<0>(out, fresh(out, 0)),
            put::<3>(out, fresh(out, 3)),
            put::<6>(out, fresh(out, 6)),
            put::<9>(out, fresh(out, 9)),
        );
        let a = put::<1>(out, f64x2_add(fresh(out, 1), a));
        let b = put::<4>(out, f64x2_add(fresh(out, 4), b));
        let c = put::<7>(out, f64x2_add(fresh(out, 7), c));
        let d = put::<10>(out, f64x2_add(fresh(out, 10), d));
        let a = put::<2>(out, f64x2_add(fresh(out, 2), a));
        let b = put::<5>(out, f64x2_add(fresh(out, 5), b));
        let c = put::<8>(out, f64x2_add(fresh(out, 8), c));
        let d = put::<11>(out, f64x2_add(fresh(out, 11), d));
        let a = put::<3>(out, f64x2_add(fresh(out, 3), a));
        let b = put::<6>(out, f64x2_add(fresh(out, 6), b));
        let c = put::<9>(out, f64x2_add(fresh(out, 9), c));
        let d = put::<0>(out, f64x2_add(fresh(out, 0), f64x2_mul(d, constant(&FOLDS))));
        store(out, 4, f64x2_add(fresh(out, 4), a));
        store(out, 7, f64x2_add(fresh(out, 7), b));
        store(out, 10, f64x2_add(fresh(out, 10), c));
        store(out, 1, f64x2_add(fresh(out, 1), d));
    }
}

/// out = a²
#[inline(never)]
pub unsafe fn square_to(out: *mut Fe2, a: *const Fe2) {
    unsafe {
        let held = [fresh(a, 6), fresh(a, 7), fresh(a, 8), fresh(a, 9), fresh(a, 10), fresh(a, 11)];
        square_high!(out held: 0 6 1 7 2 8 3 9 4 10 5);
        let held = [fresh(a, 0), fresh(a, 1), fresh(a, 2), fresh(a, 3), fresh(a, 4), fresh(a, 5)];
        square_low!(out held a: 0 6 1 7 2 8 3 9 4 10 5 11);
        reduce(out);
    }
}

/// One element, tight, spread for `mul_high_to`: entry 11 + n has the limbs n and n + 6. A limb below 0 is the one 12 above it,
/// times 19·2⁻²⁵⁵: five bits more than the limb, so exact.
pub type Spread = [v128; 17];

/// From the low half of x.
#[inline(never)]
pub unsafe fn spread_to(out: *mut Spread, x: *const Fe2) {
    let limb = |n: isize| unsafe {
        let limb = *x.cast::<f64>().offset(2 * if n < 0 { n + 12 } else { n });
        if n < 0 { limb * FOLD } else { limb }
    };
    let mut n = -11;
    while n <= 5 {
        unsafe { out.cast::<v128>().offset(n + 11).write(f64x2(limb(n), limb(n + 6))) };
        n += 1;
    }
}

/// For columns K and K + 6.
static HALF_ROUNDERS: [v128; 6] = {
    let mut table = [f64x2(0.0, 0.0); 6];
    let mut i = 0;
    while i < 6 {
        table[i] = f64x2(rounder(WEIGHT[i + 1]), rounder(WEIGHT[i + 7]));
        i += 1;
    }
    table
};
/// 19·2⁻²⁵⁵ for what goes round, 1 for what goes from column 5 to 6.
static FOLD_LOW: v128 = f64x2(FOLD, 1.0);

/// What limbs A … A + 5, each in both halves of `held`, add to the columns K and K + 6.
#[inline(always)]
fn half_part<const K: usize, const A: usize>(held: &[v128; 6], window: &Spread) -> v128 {
    let mut sum = f64x2(0.0, 0.0);
    unroll!(I in 5 4 3 2 1 0: {
        let product = f64x2_mul(held[I], window[11 + K - A - I]);
        sum = if I == 5 { product } else { f64x2_add(sum, product) };
    });
    sum
}

#[inline(always)]
unsafe fn half_parts<const K: usize, const K1: usize, const A: usize>(
    held: &[v128; 6],
    b: *const Spread,
) -> (v128, v128) {
    let mut window = [f64x2(0.0, 0.0); 17];
    unroll!(I in 6 5 4 3 2 1 0: {
        window[11 + K1 - A - I] = unsafe { read_volatile(b.cast::<v128>().add(11 + K1 - A - I)) };
    });
    (half_part::<K, A>(held, &window), half_part::<K1, A>(held, &window))
}

/// `out` = the low half of `a` as it is, and the high half times `b`: half the work of `mul_to`, because the halves of the
/// vectors take the columns 0 … 5 and 6 … 11 of the one product. The high half of `a` may be loose. The carries are two chains of six,
/// one in each half; limbs 1 and 7 get at most 2¹² units at the end.
#[inline(never)]
pub unsafe fn mul_high_to(out: *mut Fe2, a: *const Fe2, b: *const Spread) {
    unsafe {
        let spread = |i: usize| v128_load64_splat(a.cast::<u64>().add(2 * i + 1));
        let held = [spread(0), spread(1), spread(2), spread(3), spread(4), spread(5)];
        let (x0, x1) = half_parts::<0, 1, 0>(&held, b);
        store(out, 0, x0);
        store(out, 1, x1);
        let (x2, x3) = half_parts::<2, 3, 0>(&held, b);
        store(out, 2, x2);
        store(out, 3, x3);
        let (x4, x5) = half_parts::<4, 5, 0>(&held, b);
        store(out, 4, x4);
        store(out, 5, x5);
        let held = [spread(6), spread(7), spread(8), spread(9), spread(10), spread(11)];
        let mut top = f64x2(0.0, 0.0);
        let put = |k: usize, sum: v128| {
            let unit = constant(&HALF_ROUNDERS[k]);
            let top = f64x2_sub(f64x2_add(sum, unit), unit);
            store(out, k, f64x2_sub(sum, top));
            top
        };
        macro_rules! second_half {
            ($k:literal $k1:literal) => {
                let (x, y) = half_parts::<$k, $k1, 6>(&held, b);
                top = put($k, f64x2_add(f64x2_add(x, fresh(out, $k)), top));
                top = put($k1, f64x2_add(f64x2_add(y, fresh(out, $k1)), top));
            };
        }
        second_half!(0 1);
        second_half!(2 3);
        second_half!(4 5);
        top = f64x2_mul(i64x2_shuffle::<1, 0>(top, top), constant(&FOLD_LOW));
        top = put(0, f64x2_add(fresh(out, 0), top));
        store(out, 1, f64x2_add(fresh(out, 1), top));
        unroll!(I in 0 1 2 3 4 5: {
            let columns = fresh(out, I);
            store(out, I, i64x2_shuffle::<0, 2>(fresh(a, I), columns));
            store(out, I + 6, i64x2_shuffle::<0, 3>(fresh(a, I + 6), columns));
        });
    }
}
