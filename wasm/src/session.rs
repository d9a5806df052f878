//! Net-crypto data packets (spec, "Encrypted packets"): nonce, box, numbers and padding in one call.
//!
//! A packet: kind (1), last 2 bytes of the nonce, tag (16), and sealed: two numbers (4 each, big-endian), zeros as padding,
//! payload. Its base nonces are counted as big-endian numbers.
use crate::channel::{self, Channel};
use crate::secretbox;

const NET_PACKET_CRYPTO_DATA: u8 = 0x1b;
/// A third of the numbers that two bytes can count: how far a base nonce moves at a time.
const DATA_NUM_THRESHOLD: u32 = 21_845;
const CRYPTO_MAX_PADDING: usize = 8;
const MAX_CRYPTO_DATA_SIZE: usize = 1373;
const MAX_CRYPTO_PACKET_SIZE: usize = 1400;

/// Kind and nonce bytes.
const CLEAR: usize = 1 + 2;
const PLAIN: usize = CLEAR + secretbox::TAG;
const NUMBERS: usize = 4 + 4;

/// Seals the packet around its payload, which stands at its end; counts our nonce up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_seal(
    session: *mut Channel,
    packet: *mut u8,
    buffer_start: u32,
    packet_number: u32,
    payload_len: usize,
) {
    unsafe {
        let send = (*session).send;
        *packet = NET_PACKET_CRYPTO_DATA;
        *packet.add(1) = send.bytes[22];
        *packet.add(2) = send.bytes[23];
        let plain = packet.add(PLAIN);
        plain.cast::<[u32; 2]>().write_unaligned([buffer_start.to_be(), packet_number.to_be()]);
        // As many zeros as are missing. The payload may be shorter than eight bytes: only they are written.
        let padding = MAX_CRYPTO_DATA_SIZE.wrapping_sub(payload_len) % CRYPTO_MAX_PADDING;
        for i in 0..padding {
            *plain.add(NUMBERS + i) = 0;
        }
        let len = NUMBERS + padding + payload_len;
        channel::seal(session, packet.add(CLEAR), len);
    }
}

/// Opens a packet of `len` bytes in place. Returns where its payload begins; 0 if it is too short or too long, not authentic or
/// without a payload.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_open(session: *mut Channel, packet: *mut u8, len: usize) -> usize {
    unsafe {
        if len <= PLAIN + NUMBERS || len > MAX_CRYPTO_PACKET_SIZE {
            return 0;
        }
        let base = (*session).receive;
        let known = u16::from_be_bytes([base.bytes[22], base.bytes[23]]);
        let named = u16::from_be_bytes([*packet.add(1), *packet.add(2)]);
        let ahead = named.wrapping_sub(known) as u32;
        if !channel::open(session, ahead, packet.add(CLEAR), len - PLAIN) {
            return 0;
        }
        // The base stays a third to two thirds of the range behind, so that late packets are understood, too.
        if ahead > 2 * DATA_NUM_THRESHOLD {
            channel::advance(session, DATA_NUM_THRESHOLD);
        }
        let mut start = PLAIN + NUMBERS;
        while start < len && *packet.add(start) == 0 {
            start += 1;
        }
        if start < len { start } else { 0 }
    }
}
