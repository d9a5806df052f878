//! Secret keys, and the keys derived from them: crypto_box by (secret, public key), with a cache (cache.rs).
use core::ptr::{addr_of, copy_nonoverlapping, null, null_mut};

use crate::cache::{Cache, KEY, Secret, cache, touch};
use crate::wipe::wipe;
use crate::{hsalsa20, secretbox, x25519};

/// crypto_box_beforenm. False if `public` is of small order.
#[inline(never)]
unsafe fn derive(secret: *const Secret, public: *const u8, out: *mut u8) -> bool {
    unsafe {
        let mut point = [0; KEY];
        let good = x25519::scalar_mult(point.as_mut_ptr(), addr_of!((*secret).key).cast(), public);
        if good {
            hsalsa20::derive(out, point.as_ptr());
        }
        wipe(point.as_mut_ptr(), KEY);
        good
    }
}

/// `derive` of two at once: bit i says whether the public key i is a good one.
#[inline(never)]
unsafe fn derive_pair(secrets: [*const Secret; 2], publics: [*const u8; 2], outs: [*mut u8; 2]) -> u32 {
    unsafe {
        let mut points = [0; 2 * KEY];
        let [low, high] = secrets.map(|secret| addr_of!((*secret).key).cast());
        let good = x25519::scalar_mult_pair(points.as_mut_ptr(), low, publics[0], high, publics[1]);
        for i in 0..2 {
            if good >> i & 1 != 0 {
                hsalsa20::derive(outs[i], points.as_ptr().add(KEY * i));
            }
        }
        wipe(points.as_mut_ptr(), 2 * KEY);
        good
    }
}

/// The derived key, from the cache if it is there; null if `public` is of small order.
#[inline]
unsafe fn derived(cache: &mut Cache, secret: *mut Secret, public: *const u8) -> *const u8 {
    unsafe {
        let bucket = cache.bucket(secret, public);
        let mut entry = cache.find(bucket, secret, public);
        if entry.is_null() {
            let mut key = [0; KEY];
            if !derive(secret, public, key.as_mut_ptr()) {
                return null();
            }
            entry = cache.insert(bucket, secret, public, key.as_mut_ptr());
        } else {
            touch(entry);
        }
        addr_of!((*entry).key).cast()
    }
}

/// `buffer`: room for the tag, then `len` bytes. 0 if `public` is of small order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn box_seal(
    secret: *mut Secret,
    public: *const u8,
    nonce: *const u8,
    buffer: *mut u8,
    len: usize,
) -> u32 {
    unsafe {
        let key = derived(cache(), secret, public);
        if key.is_null() {
            return 0;
        }
        secretbox::seal(key, nonce, buffer, len);
        1
    }
}

/// `buffer`: the tag, then `len` bytes. 0 if it is not authentic or `public` of small order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn box_open(
    secret: *mut Secret,
    public: *const u8,
    nonce: *const u8,
    buffer: *mut u8,
    len: usize,
) -> u32 {
    unsafe {
        let key = derived(cache(), secret, public);
        (!key.is_null() && secretbox::open(key, nonce, buffer, len)) as u32
    }
}

/// Caches the keys for `count` public keys, which is not more than the quota. Those of small order are left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keys_cache(secret: *mut Secret, publics: *const u8, count: usize) {
    unsafe {
        let cache = cache();
        // Those that are there are marked as used first, so that the new ones do not displace them.
        cache.touch_all(secret, publics, count);
        let mut waiting: *const u8 = null();
        for i in 0..count {
            let public = publics.add(KEY * i);
            if !cache.find(cache.bucket(secret, public), secret, public).is_null() {
                continue;
            }
            if waiting.is_null() {
                waiting = public;
                continue;
            }
            let mut keys = [0; 2 * KEY];
            let outs = [keys.as_mut_ptr(), keys.as_mut_ptr().add(KEY)];
            let good = derive_pair([secret, secret], [waiting, public], outs);
            for (j, public) in [waiting, public].into_iter().enumerate() {
                let bucket = cache.bucket(secret, public);
                // The same key may have been named twice.
                if good >> j & 1 != 0 && cache.find(bucket, secret, public).is_null() {
                    cache.insert(bucket, secret, public, outs[j]);
                }
            }
            wipe(keys.as_mut_ptr(), 2 * KEY);
            waiting = null();
        }
        if !waiting.is_null() {
            derived(cache, secret, waiting);
        }
        // And in the end all of them, so that they were used in their order.
        cache.touch_all(secret, publics, count);
    }
}

/// The derived key, without a trace in the cache. 0 if `public` is of small order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keys_derive(secret: *mut Secret, public: *const u8, out: *mut u8) -> u32 {
    unsafe {
        let cache = cache();
        let entry = cache.find(cache.bucket(secret, public), secret, public);
        if entry.is_null() {
            return derive(secret, public, out) as u32;
        }
        copy_nonoverlapping(addr_of!((*entry).key).cast(), out, KEY);
        1
    }
}

/// What `keys_derive_many` is asked for.
#[repr(C)]
pub struct Request {
    secret: *mut Secret,
    /// Becomes null if the public key is of small order.
    out: *mut u8,
    public: [u8; KEY],
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn keys_derive_many(requests: *mut Request, count: usize) {
    unsafe {
        let mut i = 0;
        while i < count {
            let low = requests.add(i);
            let public = addr_of!((*low).public).cast();
            if i + 1 == count {
                if keys_derive((*low).secret, public, (*low).out) == 0 {
                    (*low).out = null_mut();
                }
                return;
            }
            let high = low.add(1);
            let publics = [public, addr_of!((*high).public).cast()];
            let good = derive_pair([(*low).secret, (*high).secret], publics, [(*low).out, (*high).out]);
            if good & 1 == 0 {
                (*low).out = null_mut();
            }
            if good & 2 == 0 {
                (*high).out = null_mut();
            }
            i += 2;
        }
    }
}
