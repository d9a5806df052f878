//! Poly1305 (D. J. Bernstein, "The Poly1305-AES message-authentication code").
use core::ptr::read_unaligned;

/// Four limbs of 32 bits, the uppermost of 34.
#[derive(Clone, Copy)]
pub struct Poly1305 {
    r: [u64; 4],
    /// 5/4 of r1, r2, r3.
    s: [u64; 3],
    h: [u64; 4],
}

const MASK32: u64 = 0xffff_ffff;
const MASK34: u64 = 0x3_ffff_ffff;

#[inline(always)]
unsafe fn load32(pointer: *const u8) -> u64 {
    unsafe { u32::from_le(read_unaligned(pointer as *const u32)) as u64 }
}

impl Poly1305 {
    #[inline(always)]
    pub unsafe fn new(key: *const u8) -> Self {
        unsafe {
            let r = [
                load32(key) & 0x0fff_ffff,
                load32(key.add(4)) & 0x0fff_fffc,
                load32(key.add(8)) & 0x0fff_fffc,
                load32(key.add(12)) & 0x0fff_fffc,
            ];
            let s = [r[1] + (r[1] >> 2), r[2] + (r[2] >> 2), r[3] + (r[3] >> 2)];
            Self { r, s, h: [0; 4] }
        }
    }

    #[inline(always)]
    pub unsafe fn block(&mut self, m: *const u8, high: u64) {
        unsafe {
            let [r0, r1, r2, r3] = self.r;
            let [s1, s2, s3] = self.s;
            let h0 = self.h[0] + load32(m);
            let h1 = self.h[1] + load32(m.add(4));
            let h2 = self.h[2] + load32(m.add(8));
            let h3 = self.h[3] + (load32(m.add(12)) + high);
            let x2 = (h3 * s3 + h2 * r0) + h0 * r2 + h1 * r1;
            let x3 = (h3 * r0 + h2 * r1) + h0 * r3 + h1 * r2;
            let x0 = (h3 * s1 + h2 * s2) + h0 * r0 + h1 * s3;
            let x1 = (h3 * s2 + h2 * s3) + h0 * r1 + h1 * r0;
            let x3 = x3 + (x2 >> 32);
            let x1 = x1 + (x0 >> 32);
            let h0 = (x0 & MASK32) + (x3 >> 34) * 5;
            self.h = [h0 & MASK32, (x1 & MASK32) + (h0 >> 32), (x2 & MASK32) + (x1 >> 32), x3 & MASK34];
        }
    }

    #[inline(always)]
    pub unsafe fn update(&mut self, message: *const u8, len: usize) {
        unsafe {
            let mut at = 0;
            while at + 16 <= len {
                self.block(message.add(at), 1 << 32);
                at += 16;
            }
            if at < len {
                let mut last = [0u8; 16];
                let mut i = 0;
                while at + i < len {
                    *last.as_mut_ptr().add(i) = *message.add(at + i);
                    i += 1;
                }
                *last.as_mut_ptr().add(i) = 1;
                self.block(last.as_ptr(), 0);
            }
        }
    }

    #[inline(always)]
    pub unsafe fn finish(&self, s: *const u8) -> [u64; 2] {
        unsafe {
            let [h0, h1, h2, h3] = self.h;
            let h1 = h1 + (h0 >> 32);
            let h2 = h2 + (h1 >> 32);
            let h3 = h3 + (h2 >> 32);
            let g0 = (h0 & MASK32) + (h3 >> 34) * 5;
            let g1 = (h1 & MASK32) + (g0 >> 32);
            let g2 = (h2 & MASK32) + (g1 >> 32);
            let g3 = (h3 & MASK34) + (g2 >> 32);
            // Now below 2^130 + a little; the carry of h + 5 beyond 2^130 tells whether h >= p.
            let h = [g0 & MASK32, g1 & MASK32, g2 & MASK32, g3];
            let c = (h[0] + 5) >> 32;
            let c = (h[1] + c) >> 32;
            let c = (h[2] + c) >> 32;
            let c = (h[3] + c) >> 34;
            let t = h[0] + c * 5 + load32(s);
            let u = h[1] + (t >> 32) + load32(s.add(4));
            let v = h[2] + (u >> 32) + load32(s.add(8));
            let w = h[3] + (v >> 32) + load32(s.add(12));
            [(t & MASK32) | (u << 32), (v & MASK32) | (w << 32)]
        }
    }
}
