//! A cache of derived keys, by (secret, public key).
//!
//! All owners (local secret keys) share one pool of entries of fixed size. An entry is found through a hash table of chains and
//! stands in its owner's list, oldest use first. An owner at its quota gives up its own oldest entry. When the pool is used up,
//! the owner with the most entries does, so that whoever floods us pays for it.
//!
//! Strangers choose the public keys that are looked up. Therefore each owner hashes them under a seed of its own, which comes
//! from its secret key: nobody can prepare keys that fall into one chain.
use core::arch::wasm32::{i8x16_all_true, i8x16_eq, v128, v128_and, v128_load};
use core::cell::UnsafeCell;
use core::mem::size_of;
use core::ptr::{addr_of, addr_of_mut, copy_nonoverlapping, null_mut};

use crate::hsalsa20;
use crate::wipe::wipe;

pub const KEY: usize = 32;

/// A local secret key. The caller writes `key`, `secret_init` the rest.
#[repr(C, align(16))]
pub struct Secret {
    pub key: [u8; KEY],
    seed: [u64; 2],
    /// Both ends of the list of entries by last use.
    oldest: *mut Entry,
    newest: *mut Entry,
    count: u32,
    quota: u32,
    /// Counts the calls of `keys_forget_idle`.
    epoch: u32,
}

#[repr(C, align(16))]
pub struct Entry {
    pub key: [u8; KEY],
    public: [u8; KEY],
    owner: *mut Secret,
    /// The next one in the chain of its hash, or in the list of free entries.
    next: *mut Entry,
    older: *mut Entry,
    newer: *mut Entry,
    bucket: *mut *mut Entry,
    /// The owner's epoch when it was used last.
    epoch: u32,
}

// The sizes that crypto-wasm's layout has.
const _: () = assert!(size_of::<Secret>() == 80 && size_of::<Entry>() == 96);

pub struct Cache {
    secrets: *mut Secret,
    /// Behind the last secret that was ever in use.
    secrets_end: *mut Secret,
    fresh: *mut Entry,
    entries_end: *mut Entry,
    free: *mut Entry,
    table: *mut *mut Entry,
    mask: u32,
}

struct Shared(UnsafeCell<Cache>);
// Safety: an instance of this module belongs to one thread.
unsafe impl Sync for Shared {}

static CACHE: Shared = Shared(UnsafeCell::new(Cache {
    secrets: null_mut(),
    secrets_end: null_mut(),
    fresh: null_mut(),
    entries_end: null_mut(),
    free: null_mut(),
    table: null_mut(),
    mask: 0,
}));

/// The one of this module; no two of these references live at a time.
#[inline(always)]
pub fn cache() -> &'static mut Cache {
    // Safety: an instance of this module belongs to one thread, and no export calls another one while it has the reference.
    unsafe { &mut *CACHE.0.get() }
}

/// SipHash-1-3 (J.-P. Aumasson, D. J. Bernstein), without the block for the length, which is always 32.
#[inline]
unsafe fn hash(seed: &[u64; 2], public: *const u8) -> u32 {
    let mut v = [
        seed[0] ^ 0x736f_6d65_7073_6575,
        seed[1] ^ 0x646f_7261_6e64_6f6d,
        seed[0] ^ 0x6c79_6765_6e65_7261,
        seed[1] ^ 0x7465_6462_7974_6573,
    ];
    #[inline(always)]
    fn round(v: &mut [u64; 4]) {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[1]);
        v[0] = v[0].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
    }
    for i in 0..4 {
        let word = unsafe { public.cast::<u64>().add(i).read_unaligned() };
        v[3] ^= word;
        round(&mut v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut v);
    }
    (v[0] ^ v[1] ^ v[2] ^ v[3]) as u32
}

/// Public keys are no secrets: that it stops at a difference tells nobody anything.
#[inline(always)]
unsafe fn same(a: *const u8, b: *const u8) -> bool {
    unsafe {
        let [a, b] = [a.cast::<v128>(), b.cast::<v128>()];
        let low = i8x16_eq(v128_load(a), v128_load(b));
        let high = i8x16_eq(v128_load(a.add(1)), v128_load(b.add(1)));
        i8x16_all_true(v128_and(low, high))
    }
}

impl Cache {
    #[inline]
    pub unsafe fn bucket(&self, secret: *mut Secret, public: *const u8) -> *mut *mut Entry {
        unsafe { self.table.add((hash(&(*secret).seed, public) & self.mask) as usize) }
    }

    #[inline]
    pub unsafe fn find(&self, bucket: *mut *mut Entry, secret: *mut Secret, public: *const u8) -> *mut Entry {
        unsafe {
            let mut entry = *bucket;
            while !entry.is_null() && !((*entry).owner == secret && same((*entry).public.as_ptr(), public)) {
                entry = (*entry).next;
            }
            entry
        }
    }

    /// Moves `key` into a new entry.
    #[inline(never)]
    pub unsafe fn insert(
        &mut self,
        bucket: *mut *mut Entry,
        secret: *mut Secret,
        public: *const u8,
        key: *mut u8,
    ) -> *mut Entry {
        unsafe {
            if (*secret).count >= (*secret).quota {
                self.evict((*secret).oldest);
            } else if self.free.is_null() && self.fresh == self.entries_end {
                self.evict((*self.richest(secret)).oldest);
            }
            let mut entry = self.free;
            if entry.is_null() {
                entry = self.fresh;
                self.fresh = entry.add(1);
            } else {
                self.free = (*entry).next;
            }
            copy_nonoverlapping(key, addr_of_mut!((*entry).key).cast(), KEY);
            copy_nonoverlapping(public, addr_of_mut!((*entry).public).cast(), KEY);
            wipe(key, KEY);
            (*entry).owner = secret;
            (*entry).bucket = bucket;
            (*entry).next = *bucket;
            *bucket = entry;
            (*secret).count += 1;
            append(entry);
            entry
        }
    }

    /// The owner with the most entries; `secret` itself if none has more. Runs before a multiplication has paid off only when
    /// the pool is used up, and costs less than one.
    unsafe fn richest(&self, secret: *mut Secret) -> *mut Secret {
        unsafe {
            let mut richest = secret;
            let mut other = self.secrets;
            while other < self.secrets_end {
                if (*other).count > (*richest).count {
                    richest = other;
                }
                other = other.add(1);
            }
            richest
        }
    }

    pub unsafe fn touch_all(&self, secret: *mut Secret, publics: *const u8, count: usize) {
        unsafe {
            for i in 0..count {
                let public = publics.add(KEY * i);
                let entry = self.find(self.bucket(secret, public), secret, public);
                if !entry.is_null() {
                    touch(entry);
                }
            }
        }
    }

    /// Wipes an entry.
    unsafe fn evict(&mut self, entry: *mut Entry) {
        unsafe {
            let mut link = (*entry).bucket;
            while *link != entry {
                link = addr_of_mut!((**link).next);
            }
            *link = (*entry).next;
            detach(entry);
            (*(*entry).owner).count -= 1;
            wipe(entry.cast(), size_of::<Entry>());
            (*entry).next = self.free;
            self.free = entry;
        }
    }
}

/// Marks as used now.
#[inline]
pub unsafe fn touch(entry: *mut Entry) {
    unsafe {
        let secret = (*entry).owner;
        if (*secret).newest == entry {
            (*entry).epoch = (*secret).epoch;
        } else {
            detach(entry);
            append(entry);
        }
    }
}

/// Makes it the newest of its owner's list.
unsafe fn append(entry: *mut Entry) {
    unsafe {
        let secret = (*entry).owner;
        (*entry).epoch = (*secret).epoch;
        (*entry).older = (*secret).newest;
        (*entry).newer = null_mut();
        if (*secret).newest.is_null() {
            (*secret).oldest = entry;
        } else {
            (*(*secret).newest).newer = entry;
        }
        (*secret).newest = entry;
    }
}

/// Takes it out of its owner's list.
unsafe fn detach(entry: *mut Entry) {
    unsafe {
        let Entry { owner, older, newer, .. } = *entry;
        if older.is_null() {
            (*owner).oldest = newer;
        } else {
            (*older).newer = newer;
        }
        if newer.is_null() {
            (*owner).newest = older;
        } else {
            (*newer).older = older;
        }
    }
}

/// Before anything else, once. `table`: a power of two of pointers, `mask` one less. All of the memory is zeros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keys_init(
    secrets: *mut Secret,
    entries: *mut u8,
    capacity: u32,
    table: *mut u8,
    mask: u32,
) {
    unsafe {
        let fresh: *mut Entry = entries.cast();
        *cache() = Cache {
            secrets,
            secrets_end: secrets,
            fresh,
            entries_end: fresh.add(capacity as usize),
            free: null_mut(),
            table: table.cast(),
            mask,
        };
    }
}

/// The caller has written the key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn secret_init(secret: *mut Secret, quota: u32) {
    unsafe {
        let mut seed = [0u64; 4];
        hsalsa20::derive(seed.as_mut_ptr().cast(), addr_of!((*secret).key).cast());
        (*secret).seed = [seed[0], seed[1]];
        wipe(seed.as_mut_ptr().cast(), KEY);
        (*secret).quota = quota;
        let cache = cache();
        if secret >= cache.secrets_end {
            cache.secrets_end = secret.add(1);
        }
    }
}

/// Wipes the secret and all keys that are cached for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn secret_drop(secret: *mut Secret) {
    unsafe {
        let cache = cache();
        while !(*secret).oldest.is_null() {
            cache.evict((*secret).oldest);
        }
        wipe(secret.cast(), size_of::<Secret>());
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn keys_is_cached(secret: *mut Secret, public: *const u8) -> u32 {
    unsafe {
        let cache = cache();
        !cache.find(cache.bucket(secret, public), secret, public).is_null() as u32
    }
}

/// Wipes what is cached for the secret and was not used since the last call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keys_forget_idle(secret: *mut Secret) {
    unsafe {
        let cache = cache();
        // The list is in the order of last use: idle ones are at its beginning.
        while !(*secret).oldest.is_null() && (*(*secret).oldest).epoch != (*secret).epoch {
            cache.evict((*secret).oldest);
        }
        (*secret).epoch = (*secret).epoch.wrapping_add(1);
    }
}
