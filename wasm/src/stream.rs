//! Frames of TCP relay connections (spec, "TCP server"): length of what follows (2, big-endian), tag (16), sealed payload. The
//! nonce of each direction is counted up with each frame.
use core::ptr::copy_nonoverlapping;

use crate::channel::{self, Channel};
use crate::secretbox::TAG;

const LENGTH: usize = 2;
/// c-toxcore's MAX_PACKET_SIZE, of tag and payload.
const MAX_BOX: usize = 2048;

/// Seals the `len` bytes behind the room for length and tag; counts our nonce up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stream_seal(stream: *mut Channel, frame: *mut u8, len: usize) {
    unsafe {
        frame.cast::<[u8; 2]>().write(((TAG + len) as u16).to_be_bytes());
        channel::seal(stream, frame.add(LENGTH), len);
    }
}

/// Opens the frame that begins at `bytes` into `out` (tag, then payload), where it stands aligned. Returns the size of the
/// payload; 0 if not all of it is there yet; −1 if the stream is broken, from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stream_open(
    stream: *mut Channel,
    bytes: *const u8,
    available: usize,
    out: *mut u8,
) -> i32 {
    unsafe {
        if (*stream).broken != 0 {
            return -1;
        }
        if available < LENGTH {
            return 0;
        }
        let size = u16::from_be_bytes(bytes.cast::<[u8; 2]>().read()) as usize;
        if size > TAG && size <= MAX_BOX {
            if available < LENGTH + size {
                return 0;
            }
            copy_nonoverlapping(bytes.add(LENGTH), out, size);
            if channel::open(stream, 0, out, size - TAG) {
                channel::advance(stream, 1);
                return (size - TAG) as i32;
            }
        }
        (*stream).broken = 1;
        -1
    }
}
