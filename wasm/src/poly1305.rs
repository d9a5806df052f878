//! Poly1305 (D. J. Bernstein, "The Poly1305-AES message-authentication code"; RFC 8439, 2.5): the message's blocks are the
//! coefficients of a polynomial over GF(p), p = 2^130 − 5, evaluated at r; the sum with s, modulo 2^128, is the tag.
//!
//! Scalars of 64 bits: four limbs at the bits 0, 32, 64 and 96, because a product of two must fit into 64 bits. r is clamped:
//! r0 < 2^28, and r1, r2, r3 < 2^28 are multiples of 4, so that what passes 2^128 comes back times 5/4, without a fraction.
//!
//! Bounds, in units of 2^60 for products and of 2^32 for limbs (r is one unit of 2^28, s = 5/4 r). Between blocks
//! h0 < 1, h1 < 1 + ε, h2 < 2, h3 < 4 (the uppermost limb has 34 bits), where ε = 2^−30 is a carry of h0. With a block of the
//! message, and 2^128 above it: h0 < 2, h1 < 2 + ε, h2 < 3, h3 < 6. Then:
//!
//! - x0 = h0 r0 + h1 s3 + h2 s2 + h3 s1 < 2 + 5/4 (2 + ε + 3 + 6) < 15.76
//! - x1 = h0 r1 + h1 r0 + h2 s3 + h3 s2 < 2 + 2 + ε + 5/4 (3 + 6) < 15.26
//! - x2 = h0 r2 + h1 r1 + h2 r0 + h3 s3 < 2 + 2 + ε + 3 + 5/4 · 6 < 14.51
//! - x3 = h0 r3 + h1 r2 + h2 r1 + h3 r0 < 2 + 2 + ε + 3 + 6 < 13.01
//!
//! All are below 16 units = 2^64, also with a carry of less than 2^32 = 2^−28 units. x3's bits from 34 on stand at 2^130 and
//! come back times 5: less than 13.02 · 2^26 · 5 < 1.02 · 2^32, so h0 < 2.02 before its carry (0, 1 or 2) goes to h1, and
//! h2 = x2 mod 2^32 + x1 / 2^32 < 2.
use core::arch::wasm32::*;
use core::ptr::read_unaligned;

#[derive(Clone, Copy)]
pub struct Poly1305 {
    r: [u64; 4],
    /// 5/4 of r1, r2, r3.
    s: [u64; 3],
    h: [u64; 4],
}

const LOW_32: u64 = 0xffff_ffff;
const LOW_34: u64 = 0x3_ffff_ffff;
/// 2^128, in the uppermost limb.
const FULL: u64 = 1 << 32;

#[inline(always)]
unsafe fn load32(pointer: *const u8) -> u64 {
    unsafe { read_unaligned(pointer.cast::<u32>()) as u64 }
}

impl Poly1305 {
    /// From the first half of the key (16 bytes).
    #[inline(always)]
    pub unsafe fn new(key: *const u8) -> Self {
        unsafe {
            let r = [
                load32(key) & 0x0fff_ffff,
                load32(key.add(4)) & 0x0fff_fffc,
                load32(key.add(8)) & 0x0fff_fffc,
                load32(key.add(12)) & 0x0fff_fffc,
            ];
            Self { r, s: [r[1] / 4 * 5, r[2] / 4 * 5, r[3] / 4 * 5], h: [0; 4] }
        }
    }

    /// 16 bytes of the message.
    #[inline(always)]
    pub unsafe fn block(&mut self, m: *const u8) {
        unsafe { self.add([load32(m), load32(m.add(4)), load32(m.add(8)), load32(m.add(12)) + FULL]) }
    }

    /// The last 1–15 bytes of the message, followed by zeros.
    #[inline(always)]
    pub fn last(&mut self, m: v128, len: usize) {
        let low = u64x2_extract_lane::<0>(m);
        let high = u64x2_extract_lane::<1>(m);
        let end = 1u64 << (8 * (len & 7));
        let (low, high) = if len < 8 { (low | end, high) } else { (low, high | end) };
        self.add([low & LOW_32, low >> 32, high & LOW_32, high >> 32]);
    }

    #[inline(always)]
    fn add(&mut self, m: [u64; 4]) {
        let [r0, r1, r2, r3] = self.r;
        let [s1, s2, s3] = self.s;
        let h0 = self.h[0] + m[0];
        let h1 = self.h[1] + m[1];
        let h2 = self.h[2] + m[2];
        let h3 = self.h[3] + m[3];
        let x0 = h0 * r0 + h1 * s3 + h2 * s2 + h3 * s1;
        let x1 = h0 * r1 + h1 * r0 + h2 * s3 + h3 * s2;
        let x2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s3;
        let x3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0;
        let x3 = x3 + (x2 >> 32);
        let x1 = x1 + (x0 >> 32);
        let h0 = (x0 & LOW_32) + (x3 >> 34) * 5;
        self.h = [h0 & LOW_32, (x1 & LOW_32) + (h0 >> 32), (x2 & LOW_32) + (x1 >> 32), x3 & LOW_34];
    }

    /// The tag; `s`: the second half of the key (16 bytes).
    #[inline(always)]
    pub unsafe fn finish(&self, s: *const u8) -> v128 {
        let [h0, h1, h2, h3] = self.h;
        // Carried all the way. The second carry to h3 does not reach 2^34: if h3 was below it, h0 to h2 have none; else h3 is small now.
        let h2 = h2 + (h1 >> 32);
        let h3 = h3 + (h2 >> 32);
        let h0 = h0 + (h3 >> 34) * 5;
        let h1 = (h1 & LOW_32) + (h0 >> 32);
        let h2 = (h2 & LOW_32) + (h1 >> 32);
        let h3 = (h3 & LOW_34) + (h2 >> 32);
        let [h0, h1, h2] = [h0 & LOW_32, h1 & LOW_32, h2 & LOW_32];
        // h ≥ p exactly if h + 5 reaches 2^130; then h − p = h + 5 − 2^130, and modulo 2^128 what is above does not count.
        let carry = (h0 + 5) >> 32;
        let carry = (h1 + carry) >> 32;
        let carry = (h2 + carry) >> 32;
        let carry = (h3 + carry) >> 34;
        let [s0, s1, s2, s3] = unsafe { [load32(s), load32(s.add(4)), load32(s.add(8)), load32(s.add(12))] };
        let t0 = h0 + carry * 5 + s0;
        let t1 = h1 + s1 + (t0 >> 32);
        let t2 = h2 + s2 + (t1 >> 32);
        let t3 = h3 + s3 + (t2 >> 32);
        u64x2((t0 & LOW_32) | (t1 << 32), (t2 & LOW_32) | (t3 << 32))
    }
}
