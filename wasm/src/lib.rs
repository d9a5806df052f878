//! The hot paths of ts-toxcore. Every export takes pointers into the module's memory and lengths in bytes; the memory's
//! layout is made by `packages/core/src/crypto/crypto-wasm.ts`. No export allocates.
#![no_std]

mod hsalsa20;
mod invert;
mod poly1305;
mod salsa20;
mod secretbox;
mod sha2;
mod wipe;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
