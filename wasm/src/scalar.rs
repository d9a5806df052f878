//! Integers modulo L = 2²⁵² + 27742317777372353535851937790883648493, the order of Ed25519's base point, and the ways scalars
//! are cut into digits. Numbers are little-endian words of 32 bits; products and carries fit 64: (2³² − 1)² + 2·(2³² − 1) < 2⁶⁴.
//!
//! Reduction is P. Barrett's (Menezes, van Oorschot, Vanstone, "Handbook of Applied Cryptography", 14.42) and, as all but
//! `sliding_digits`, takes the same time for all inputs.

pub type Words = [u32; 8];

const L: Words = [0x5cf5_d3ed, 0x5812_631a, 0xa2f7_9cd6, 0x14de_f9de, 0, 0, 0, 0x1000_0000];
/// ⌊2⁵¹² / L⌋
const MU: [u32; 9] = [
    0x0a2c_131b, 0xed9c_e5a3, 0x0863_29a7, 0x2106_215d, 0xffff_ffeb, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff,
    0xf,
];

#[inline(never)]
pub fn load<const N: usize>(bytes: *const u8) -> [u32; N] {
    let mut words = [0; N];
    for (i, word) in words.iter_mut().enumerate() {
        // Safety: the caller's `bytes` has 4·N bytes; WebAssembly is little-endian.
        *word = unsafe { bytes.cast::<u32>().add(i).read_unaligned() };
    }
    words
}

#[inline(always)]
pub fn store(out: *mut u8, words: &Words) {
    for (i, word) in words.iter().enumerate() {
        // Safety: the caller's `out` has 32 bytes.
        unsafe { out.cast::<u32>().add(i).write_unaligned(*word) };
    }
}

/// x mod L of 512 bits: the unique value in [0, L).
#[inline(never)]
pub fn reduce(x: &[u32; 16]) -> Words {
    // q ≤ ⌊x / L⌋ ≤ q + 2 for q = ⌊⌊x / 2²²⁴⌋·MU / 2²⁸⁸⌋, as 2²²⁴ ≤ L < 2²⁵⁶ (14.42, base 2³², k = 8). So 0 ≤ x − q·L < 3·L < 2²⁸⁸, and
    // the nine lowest words tell all about it.
    let mut top = [0; 9];
    top.copy_from_slice(&x[7..]);
    let mut estimate: [u32; 18] = [0; 18];
    multiply(&top, &MU, &mut estimate);
    let mut q = [0; 9];
    q.copy_from_slice(&estimate[9..]);
    let mut product: [u32; 17] = [0; 17];
    multiply(&q, &L, &mut product);
    let mut rest = [0; 9];
    let mut borrow = 0;
    for i in 0..9 {
        let difference = x[i] as i64 - product[i] as i64 + borrow;
        rest[i] = difference as u32;
        borrow = difference >> 32;
    }
    subtract_if_not_below(&mut rest);
    subtract_if_not_below(&mut rest);
    let mut result = [0; 8];
    result.copy_from_slice(&rest[..8]);
    result
}

/// a·b + c mod L, for any 256-bit a, b, c: (2²⁵⁶ − 1)² + 2²⁵⁶ − 1 < 2⁵¹².
#[inline(never)]
pub fn multiply_add(a: &Words, b: &Words, c: &Words) -> Words {
    let mut sum = [0; 16];
    sum[..8].copy_from_slice(c);
    multiply(a, b, &mut sum);
    reduce(&sum)
}

/// Whether s < L.
#[inline(never)]
pub fn is_canonical(s: &Words) -> bool {
    let mut borrow = 0;
    for i in 0..8 {
        borrow = (s[i] as i64 - L[i] as i64 + borrow) >> 32;
    }
    borrow != 0
}

/// sum += a·b, where only the first B words of `sum` are not 0.
#[inline(always)]
fn multiply<const A: usize, const B: usize, const SUM: usize>(
    a: &[u32; A],
    b: &[u32; B],
    sum: &mut [u32; SUM],
) {
    const { assert!(A + B == SUM) }
    for i in 0..A {
        let mut carry = 0;
        for j in 0..B {
            carry += a[i] as u64 * b[j] as u64 + sum[i + j] as u64;
            sum[i + j] = carry as u32;
            carry >>= 32;
        }
        sum[i + B] = carry as u32; // earlier rows reached no further than word i + B − 1
    }
}

#[inline(always)]
fn subtract_if_not_below(x: &mut [u32; 9]) {
    let mut difference = [0; 9];
    let mut borrow = 0;
    for i in 0..9 {
        let word = if i < 8 { L[i] as i64 } else { 0 };
        let d = x[i] as i64 - word + borrow;
        difference[i] = d as u32;
        borrow = d >> 32;
    }
    let below = borrow as u32; // all ones if x < L
    for i in 0..9 {
        x[i] = (x[i] & below) | (difference[i] & !below);
    }
}

/// 64 digits d with s = Σ dᵢ·16ⁱ, −8 ≤ dᵢ < 8 except the top one, which is in [0, 8]; s < 2²⁵⁵.
#[inline(never)]
pub fn radix_16(s: &Words) -> [i8; 64] {
    let mut digits = [0; 64];
    let mut carry = 0;
    for (i, digit) in digits.iter_mut().enumerate() {
        // 0 ≤ nibble + carry ≤ 16; for the top one ≤ 8.
        let value = ((s[i / 8] >> (4 * (i % 8))) & 15) as i32 + carry;
        carry = if i < 63 { (value + 8) >> 4 } else { 0 };
        *digit = (value - (carry << 4)) as i8;
    }
    digits
}

/// Non-adjacent form of width `width` (2 – 8): s = Σ dᵢ·2ⁱ with dᵢ zero or odd, |dᵢ| < 2^(width − 1), and among `width` neighbours at
/// most one that is not zero. s < 2²⁵⁵, so the carry out of the last window leaves a digit 255 at most. Time and accesses depend
/// on s: for public values only.
#[inline(never)]
pub fn sliding_digits(s: &Words, width: u32) -> [i8; 256] {
    let mut digits = [0; 256];
    let mut carry = 0;
    let mut i = 0;
    while i < 256 {
        let (word, shift) = (i / 32, i % 32);
        let pair = s[word] as u64 | if word < 7 { (s[word + 1] as u64) << 32 } else { 0 };
        let window = ((pair >> shift) as u32 & ((1 << width) - 1)) + carry;
        if window & 1 == 0 {
            // The carry stays what it is: an even sum of 1 and an odd window is a window of ones at its low end.
            i += 1;
            continue;
        }
        let negative = window >> (width - 1) & 1;
        digits[i] = (window as i32 - ((negative << width) as i32)) as i8;
        carry = negative;
        i += width as usize;
    }
    digits
}
