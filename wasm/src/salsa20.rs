//! Salsa20/20 (D. J. Bernstein, "The Salsa20 family of stream ciphers").
use core::arch::wasm32::*;

/// "expand 32-byte k"
pub const SIGMA: v128 = u32x4(0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574);

#[inline(always)]
fn rotl<const N: u32>(x: v128) -> v128 {
    v128_or(i32x4_shl(x, N), u32x4_shr(x, 32 - N))
}

/// A quarter round of the specification in every lane.
#[inline(always)]
fn quarter(a: &mut v128, b: &mut v128, c: &mut v128, d: &mut v128) {
    *b = v128_xor(*b, rotl::<7>(i32x4_add(*a, *d)));
    *c = v128_xor(*c, rotl::<9>(i32x4_add(*b, *a)));
    *d = v128_xor(*d, rotl::<13>(i32x4_add(*c, *b)));
    *a = v128_xor(*a, rotl::<18>(i32x4_add(*d, *c)));
}

/// One block, as the four diagonals of its matrix: the four quarter rounds of a round lie side by side.
#[derive(Clone, Copy)]
pub struct Rows {
    /// 0 5 10 15
    pub a: v128,
    /// 4 9 14 3
    pub b: v128,
    /// 8 13 2 7
    pub c: v128,
    /// 12 1 6 11
    pub d: v128,
}

impl Rows {
    /// From the halves of the key (words 1–4 and 11–14) and the 16 bytes of input (words 6–9).
    #[inline(always)]
    pub fn new(low: v128, high: v128, input: v128) -> Self {
        let b = i32x4_shuffle::<3, 7, 3, 2>(low, input);
        let c = i32x4_shuffle::<6, 6, 1, 5>(low, input);
        let d = i32x4_shuffle::<0, 0, 4, 4>(low, input);
        Self {
            a: SIGMA,
            b: i32x4_shuffle::<0, 1, 7, 3>(b, high),
            c: i32x4_shuffle::<0, 6, 2, 3>(c, high),
            d: i32x4_shuffle::<5, 1, 2, 4>(d, high),
        }
    }

    #[inline(always)]
    pub fn double_round(&mut self) {
        quarter(&mut self.a, &mut self.b, &mut self.c, &mut self.d);
        let b = i32x4_shuffle::<1, 2, 3, 0>(self.d, self.d);
        self.d = i32x4_shuffle::<3, 0, 1, 2>(self.b, self.b);
        self.b = b;
        self.c = i32x4_shuffle::<2, 3, 0, 1>(self.c, self.c);
        quarter(&mut self.a, &mut self.b, &mut self.c, &mut self.d);
        let b = i32x4_shuffle::<1, 2, 3, 0>(self.d, self.d);
        self.d = i32x4_shuffle::<3, 0, 1, 2>(self.b, self.b);
        self.b = b;
        self.c = i32x4_shuffle::<2, 3, 0, 1>(self.c, self.c);
    }

    /// The 64 bytes of the sum of this and `input`, in order.
    #[inline(always)]
    pub fn output(&self, input: &Rows) -> [v128; 4] {
        let a = i32x4_add(self.a, input.a);
        let b = i32x4_add(self.b, input.b);
        let c = i32x4_add(self.c, input.c);
        let d = i32x4_add(self.d, input.d);
        let ad = i32x4_shuffle::<0, 5, 2, 7>(a, d); // 0 1 10 11
        let da = i32x4_shuffle::<0, 5, 2, 7>(d, a); // 12 5 6 15
        let cb = i32x4_shuffle::<0, 5, 2, 7>(c, b); // 8 9 2 3
        let bc = i32x4_shuffle::<0, 5, 2, 7>(b, c); // 4 13 14 7
        [
            i32x4_shuffle::<0, 1, 6, 7>(ad, cb),
            i32x4_shuffle::<0, 5, 6, 3>(bc, da),
            i32x4_shuffle::<0, 1, 6, 7>(cb, ad),
            i32x4_shuffle::<0, 5, 6, 3>(da, bc),
        ]
    }
}

/// Four consecutive blocks: word i of each in the lanes of vector i.
pub type Four = [v128; 16];

/// `out` with the words of a block in every lane, for `four`.
#[inline(always)]
pub fn spread(low: v128, high: v128, input: v128) -> Four {
    macro_rules! splat {
        ($v:expr, $lane:literal) => {
            i32x4_shuffle::<$lane, $lane, $lane, $lane>($v, $v)
        };
    }
    [
        splat!(SIGMA, 0),
        splat!(low, 0),
        splat!(low, 1),
        splat!(low, 2),
        splat!(low, 3),
        splat!(SIGMA, 1),
        splat!(input, 0),
        splat!(input, 1),
        splat!(input, 2),
        splat!(input, 3),
        splat!(SIGMA, 2),
        splat!(high, 0),
        splat!(high, 1),
        splat!(high, 2),
        splat!(high, 3),
        splat!(SIGMA, 3),
    ]
}

/// `b ^= (a + d) <<< N` for the four quarter rounds of a round. Step by step across them, so that no step waits for the
/// one before.
macro_rules! step {
    ($x:ident, $n:literal, $($b:literal $a:literal $d:literal),*) => {
        $( $x[$b] = v128_xor($x[$b], rotl::<$n>(i32x4_add($x[$a], $x[$d]))); )*
    };
}

#[inline(always)]
pub fn column_round(x: &mut Four) {
    step!(x, 7, 4 0 12, 9 5 1, 14 10 6, 3 15 11);
    step!(x, 9, 8 4 0, 13 9 5, 2 14 10, 7 3 15);
    step!(x, 13, 12 8 4, 1 13 9, 6 2 14, 11 7 3);
    step!(x, 18, 0 12 8, 5 1 13, 10 6 2, 15 11 7);
}

#[inline(always)]
pub fn row_round(x: &mut Four) {
    step!(x, 7, 1 0 3, 6 5 4, 11 10 9, 12 15 14);
    step!(x, 9, 2 1 0, 7 6 5, 8 11 10, 13 12 15);
    step!(x, 13, 3 2 1, 4 7 6, 9 8 11, 14 13 12);
    step!(x, 18, 0 3 2, 5 4 7, 10 9 8, 15 14 13);
}

/// Four vectors of the same word position in four blocks into four vectors of a block each.
#[inline(always)]
pub fn transpose(a: v128, b: v128, c: v128, d: v128) -> [v128; 4] {
    let ab0 = i32x4_shuffle::<0, 4, 1, 5>(a, b);
    let ab1 = i32x4_shuffle::<2, 6, 3, 7>(a, b);
    let cd0 = i32x4_shuffle::<0, 4, 1, 5>(c, d);
    let cd1 = i32x4_shuffle::<2, 6, 3, 7>(c, d);
    [
        i64x2_shuffle::<0, 2>(ab0, cd0),
        i64x2_shuffle::<1, 3>(ab0, cd0),
        i64x2_shuffle::<0, 2>(ab1, cd1),
        i64x2_shuffle::<1, 3>(ab1, cd1),
    ]
}
