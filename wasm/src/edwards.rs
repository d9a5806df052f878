//! The twisted Edwards curve −x² + y² = 1 + d·x²·y² over GF(p), d = −121665/121666, birationally equivalent to Curve25519.
//!
//! Formulas: H. Hisil, K. Wong, G. Carter, E. Dawson, "Twisted Edwards curves revisited" (ASIACRYPT 2008), extended coordinates
//! (X : Y : Z : T) with x = X/Z, y = Y/Z, x·y = T/Z. As −1 is a square and d is none, they are complete: they hold for all
//! points of the curve. `Fe2` computes on two elements at a time, so they come in two shapes:
//!
//! - `Point`: one point, its coordinates in the lanes: (X, Y) and (Z, T). Four products double it or add another.
//! - `Pair`: two points, one in each lane. Seven products add affine points to both.
//!
//! Bounds: what comes out of products and `from_bytes` is tight. What goes into products is tight, a sum or difference of two
//! tight elements, or ("3") such a one plus or minus a tight one.

use crate::field::Fe2;
use crate::invert;
use core::arch::wasm32::*;

pub type Bytes = [u8; 32];

pub const D: Bytes = [
    0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00, 0x98,
    0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
];

/// 2^((p − 1)/4): a square root of −1.
const ROOT_OF_MINUS_1: Bytes = [
    0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f, 0xad, 0x06, 0x18, 0x43, 0x2f, 0xa7,
    0xd7, 0xfb, 0x3d, 0x99, 0x00, 0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b,
];

// Called rather than inlined, where a few nanoseconds do not count: each takes a screenful of instructions.

/// The same element in both lanes.
#[inline(never)]
pub fn constant(bytes: &Bytes) -> Fe2 {
    Fe2::from_bytes(bytes.as_ptr(), bytes.as_ptr())
}

/// The low elements of both.
#[inline(never)]
pub fn lows(a: &Fe2, b: &Fe2) -> Fe2 {
    Fe2::blend(a, &b.swap_lanes())
}

/// The high elements of both.
#[inline(never)]
pub fn highs(a: &Fe2, b: &Fe2) -> Fe2 {
    Fe2::blend(&a.swap_lanes(), b)
}

/// The low element of the first, the high one of the second.
#[inline(never)]
pub fn blend(low: &Fe2, high: &Fe2) -> Fe2 {
    Fe2::blend(low, high)
}

#[inline(never)]
pub fn select(mask: v128, a: &Fe2, b: &Fe2) -> Fe2 {
    Fe2::select(mask, a, b)
}

#[inline(never)]
pub fn sum(a: &Fe2, b: &Fe2) -> Fe2 {
    a.add(b)
}

#[inline(never)]
pub fn difference(a: &Fe2, b: &Fe2) -> Fe2 {
    a.sub(b)
}

/// One point; all coordinates are tight.
#[derive(Clone, Copy)]
pub struct Point {
    pub xy: Fe2,
    pub zt: Fe2,
}

/// A point to be added: (Y − X, Y + X) and (2·Z, 2·d·T), sums and differences of two tight elements.
#[derive(Clone, Copy)]
pub struct Cached {
    pub yx: Fe2,
    pub zt: Fe2,
}

impl Point {
    #[inline(always)]
    pub fn identity() -> Point {
        Point { xy: blend(&Fe2::ZERO, &Fe2::ONE), zt: blend(&Fe2::ONE, &Fe2::ZERO) }
    }

    /// From x·y's factors, both tight.
    pub fn from_affine(xy: &Fe2) -> Point {
        let t = xy.mul(&highs(xy, xy));
        Point { xy: *xy, zt: lows(&Fe2::ONE, &t) }
    }

    /// A = X², B = Y², C = 2·Z², E = 2·X·Y, G = B − A; F = C − G and H = A + B are the paper's, negated: so are then X, Y, Z and T.
    #[inline(never)]
    pub fn double(&self) -> Point {
        let squares = self.xy.square(); // (A, B)
        let swapped = squares.swap_lanes();
        let xz = Fe2::blend(&self.xy, &self.zt.swap_lanes());
        let yz = Fe2::blend(&self.xy.swap_lanes(), &xz);
        let products = xz.mul(&yz.add(&yz)); // (E, C)
        let g = swapped.sub(&squares); // (G, −G)
        let f = products.add(&g); // 3: (·, F)
        let h = squares.add(&swapped); // (H, H)
        finish(&Fe2::blend(&products, &h), &Fe2::blend(&g, &f).swap_lanes())
    }

    #[inline(never)]
    pub fn cached(&self) -> Cached {
        let zt = self.zt.mul(&blend(&Fe2::ONE, &constant(&D)));
        Cached { yx: self.differences(), zt: sum(&zt, &zt) }
    }

    /// Adds `other`, or its negative: (Y + X, Y − X) and (2·Z, −2·d·T), so that F and G change places.
    #[inline(never)]
    pub fn add(&self, other: &Cached, is_negative: bool) -> Point {
        let yx = if is_negative { other.yx.swap_lanes() } else { other.yx };
        let ab = self.differences().mul(&yx);
        let dc = self.zt.mul(&other.zt);
        let swapped = dc.swap_lanes();
        let fg = Fe2::blend(&dc.sub(&swapped), &dc.add(&swapped));
        let swapped = ab.swap_lanes();
        let eh = Fe2::blend(&swapped.sub(&ab), &ab.add(&swapped));
        finish(&eh, &if is_negative { fg.swap_lanes() } else { fg })
    }

    /// (Y − X, Y + X)
    #[inline(never)]
    fn differences(&self) -> Fe2 {
        let swapped = self.xy.swap_lanes();
        Fe2::blend(&swapped.sub(&self.xy), &swapped.add(&self.xy))
    }

    /// (x, y): tight.
    pub fn affine(&self) -> Fe2 {
        self.xy.mul(&inverse_of_low(&self.zt))
    }

    /// y with the lowest bit of x as bit 255.
    #[inline(never)]
    pub fn encode(&self, out: *mut u8) {
        let mut x = [0; 32];
        let mut y = [0; 32];
        self.affine().to_bytes(x.as_mut_ptr(), y.as_mut_ptr());
        y[31] |= x[0] << 7;
        // Safety: the caller's `out` has 32 bytes.
        unsafe { out.cast::<Bytes>().write_unaligned(y) };
    }

    /// Whether this is (0, 1). In variable time.
    pub fn is_identity(&self) -> bool {
        let y_z = difference(&self.xy, &lows(&self.zt, &self.zt)); // (·, Y − Z)
        i64x2_all_true(blend(&self.xy, &y_z).is_zero())
    }
}

/// X = E·F, Y = H·G, Z = F·G, T = E·H.
#[inline(always)]
fn finish(eh: &Fe2, fg: &Fe2) -> Point {
    let fe = Fe2::blend(fg, &eh.swap_lanes());
    let gh = Fe2::blend(&fg.swap_lanes(), eh);
    Point { xy: eh.mul(fg), zt: fe.mul(&gh) }
}

/// The inverse of the low element, in both lanes.
#[inline(never)]
pub fn inverse_of_low(z: &Fe2) -> Fe2 {
    let mut low = [0; 32];
    let mut high = [0; 32];
    z.to_bytes(low.as_mut_ptr(), high.as_mut_ptr());
    constant(&invert::invert(&low))
}

/// One point in each lane; all coordinates are tight.
pub struct Pair {
    pub x: Fe2,
    pub y: Fe2,
    pub z: Fe2,
    pub t: Fe2,
}

impl Pair {
    pub const IDENTITY: Pair = Pair { x: Fe2::ZERO, y: Fe2::ONE, z: Fe2::ONE, t: Fe2::ZERO };

    /// Adds affine points, given as (y − x)/2, (y + x)/2 and d·x·y, each tight or the negative of tight.
    #[inline(always)]
    pub fn add_affine(&mut self, minus: &Fe2, plus: &Fe2, dxy: &Fe2) {
        let a = difference(&self.y, &self.x).mul(minus);
        let b = sum(&self.y, &self.x).mul(plus);
        let c = self.t.mul(dxy);
        let (e, h) = (difference(&b, &a), sum(&b, &a));
        let (f, g) = (difference(&self.z, &c), sum(&self.z, &c));
        self.x = e.mul(&f);
        self.y = g.mul(&h);
        self.z = f.mul(&g);
        self.t = e.mul(&h);
    }

    #[inline(never)]
    pub fn low(&self) -> Point {
        Point { xy: lows(&self.x, &self.y), zt: lows(&self.z, &self.t) }
    }

    #[inline(never)]
    pub fn high(&self) -> Point {
        Point { xy: highs(&self.x, &self.y), zt: highs(&self.z, &self.t) }
    }
}

/// Both points, or nothing if one of the encodings is none (RFC 8032, 5.1.3). Takes y modulo p, and x = 0 with either sign: who
/// needs canonical encodings has looked before. In variable time.
#[inline(never)]
pub fn decode(low: &Bytes, high: &Bytes) -> Option<(Point, Point)> {
    let y = Fe2::from_bytes(low.as_ptr(), high.as_ptr());
    let yy = y.square();
    let u = difference(&yy, &Fe2::ONE);
    let v = sum(&yy.mul(&constant(&D)), &Fe2::ONE);
    // x = u·v³·(u·v⁷)^((p − 5)/8) is a root of u/v, or of −u/v, if there is one.
    let uv3 = v.square().mul(&v).mul(&u);
    let uv7 = v.square().square().mul(&uv3);
    let candidate = uv3.mul(&uv7.pow_p58());
    let vxx = candidate.square().mul(&v);
    let is_root = difference(&vxx, &u).is_zero();
    let is_other = sum(&vxx, &u).is_zero(); // u is a difference: 3
    if !i64x2_all_true(v128_or(is_root, is_other)) {
        return None;
    }
    let x = select(is_root, &candidate, &candidate.mul(&constant(&ROOT_OF_MINUS_1)));
    let (mut x_low, mut x_high) = ([0; 32], [0; 32]);
    x.to_bytes(x_low.as_mut_ptr(), x_high.as_mut_ptr());
    let wrong_low = ((x_low[0] & 1) ^ (low[31] >> 7)) as i64;
    let wrong_high = ((x_high[0] & 1) ^ (high[31] >> 7)) as i64;
    let x = select(i64x2(-wrong_low, -wrong_high), &difference(&Fe2::ZERO, &x).carry(), &x);
    let pair = Pair { t: x.mul(&y), x, y, z: Fe2::ONE };
    Some((pair.low(), pair.high()))
}
