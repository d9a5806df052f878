//! The hot paths of ts-toxcore. Every export takes pointers into the module's memory and lengths in bytes; the memory's
//! layout is made by `packages/core/src/crypto/crypto-wasm.ts`. No export allocates.
#![no_std]

mod base_point;
mod cache;
mod channel;
mod ed25519;
mod edwards;
// Doubles make the faster field also without fused multiply-add: no shuffle for each product, as integers need them.
#[cfg_attr(not(feature = "relaxed"), path = "field_f64.rs")]
#[cfg_attr(feature = "relaxed", path = "field_fma.rs")]
mod field;
mod halve;
mod hsalsa20;
mod invert;
mod keys;
#[cfg_attr(not(feature = "relaxed"), path = "ladder_f64.rs")]
#[cfg_attr(feature = "relaxed", path = "ladder_fma.rs")]
mod ladder;
mod onion;
mod poly1305;
mod salsa20;
mod scalar;
mod secretbox;
mod session;
mod sha2;
mod stream;
mod wipe;
mod x25519;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
