//! Onion packets (spec, "Onion"). A layer: public key (32), tag (16), and sealed: the padded address of the next node (19) and
//! the next layer or the data. All layers of a packet share its nonce.
use core::ptr::{copy, copy_nonoverlapping};

use crate::cache::Secret;
use crate::keys::box_open;
use crate::secretbox::{self, TAG};

const ONION_SEND_INITIAL: u8 = 0x80;
const ONION_SEND_2: u8 = 0x82;
const ONION_MAX_PACKET_SIZE: usize = 1400;

const KIND: usize = 1;
const NONCE: usize = 24;
const PUBLIC_KEY: usize = 32;
const ADDRESS: usize = 19;
const LAYER: usize = PUBLIC_KEY + TAG + ADDRESS;
const LAYERS: usize = 3;
/// What a node adds for the way back: a nonce, a tag and where the packet came from.
const RETURN: usize = NONCE + TAG + ADDRESS;

/// Seals the three layers of a packet of `len` bytes, which is there in the clear, from the innermost outwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onion_wrap(
    first: *const u8,
    second: *const u8,
    third: *const u8,
    packet: *mut u8,
    len: usize,
) {
    unsafe {
        for (i, key) in [first, second, third].into_iter().enumerate().rev() {
            let start = KIND + NONCE + LAYER * i + PUBLIC_KEY;
            secretbox::seal(key, packet.add(KIND), packet.add(start), len - start - TAG);
        }
    }
}

/// Takes a layer off a packet of `len` bytes in place and adds the way back under `return_key`: `from` is a nonce and the
/// padded address that the packet came from. The address behind the layer goes to `address`. Returns how long the packet
/// is that goes there; 0 if this one is too short or too long, or not authentic. It begins where the layer's content did,
/// for kinds 0x80 and 0x81 with kind and nonce put in front.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onion_peel(
    secret: *mut Secret,
    return_key: *const u8,
    packet: *mut u8,
    len: usize,
    from: *const u8,
    address: *mut u8,
) -> usize {
    unsafe {
        let kind = *packet;
        let hop = kind.wrapping_sub(ONION_SEND_INITIAL) as usize;
        // Here `hop` layers are gone, and as many ways back were added.
        if hop >= LAYERS || len > ONION_MAX_PACKET_SIZE {
            return 0;
        }
        let returns = hop * RETURN;
        if len <= KIND + NONCE + (LAYERS - hop) * LAYER + returns {
            return 0;
        }
        let nonce = packet.add(KIND);
        let public = nonce.add(NONCE);
        let sealed = public.add(PUBLIC_KEY);
        let content = sealed.add(TAG + ADDRESS);
        let content_len = len - returns - (KIND + NONCE + LAYER);
        if box_open(secret, public, nonce, sealed, ADDRESS + content_len) == 0 {
            return 0;
        }
        copy_nonoverlapping(sealed.add(TAG), address, ADDRESS);

        let way_back = content.add(content_len);
        copy(way_back, way_back.add(RETURN), returns);
        copy_nonoverlapping(from, way_back, NONCE);
        copy_nonoverlapping(from.add(NONCE), way_back.add(NONCE + TAG), ADDRESS);
        secretbox::seal(return_key, way_back, way_back.add(NONCE), ADDRESS + returns);

        let behind = content_len + RETURN + returns;
        if kind == ONION_SEND_2 {
            return behind;
        }
        let head = content.sub(KIND + NONCE);
        copy(nonce, head.add(KIND), NONCE);
        *head = kind + 1;
        KIND + NONCE + behind
    }
}
