/*
 * libsodium behind a pipe, as an opinion of its own on what the implementations of the crypto seam compute.
 * Reads requests from stdin until it ends, answers each on stdout. Lengths are 16 bits, little endian.
 *
 * | Request | Answer |
 * |---------|--------|
 * | 's' key (32) nonce (24) length, message | box (16 + length) |
 * | 'o' key (32) nonce (24) length, box (length >= 16) | authentic (1), message (length - 16; zeros if refused) |
 * | 'x' scalar (32) point (32) | not degenerate (1), product (32) |
 * | 'b' scalar (32) | X25519 public key (32) |
 * | 'n' secret key (32) public key (32) | not degenerate (1), key of crypto_box_beforenm (32) |
 * | 'k' seed (32) | Ed25519 public key (32), secret key (64) |
 * | 'g' Ed25519 secret key (64) length, message | signature (64) |
 * | 'v' Ed25519 public key (32) signature (64) length, message | valid (1) |
 * | '2' length, data | SHA-256 (32) |
 * | '5' length, data | SHA-512 (64) |
 * | 'h' key (32) length, data | HMAC-SHA-256 (32) |
 * | 'i' | libsodium's version, padded with zeros (16) |
 *
 * Exit code 2: an unknown or incomplete request.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char input[65536];
static unsigned char output[65536 + crypto_secretbox_MACBYTES];

static void fail(const char *reason)
{
    fprintf(stderr, "sodium: %s\n", reason);
    exit(2);
}

static void take(unsigned char *into, size_t length)
{
    if (fread(into, 1, length, stdin) != length) {
        fail("incomplete request");
    }
}

/* A length and as many bytes, into `input`. */
static size_t take_counted(void)
{
    unsigned char length[2];
    take(length, sizeof length);
    const size_t bytes = length[0] | (size_t) length[1] << 8;
    take(input, bytes);
    return bytes;
}

static void give(const unsigned char *bytes, size_t length)
{
    if (fwrite(bytes, 1, length, stdout) != length) {
        fail("nobody reads the answers");
    }
}

static void give_flag(int flag)
{
    const unsigned char byte = flag != 0;
    give(&byte, 1);
}

static void answer_box(int request)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    unsigned char nonce[crypto_secretbox_NONCEBYTES];
    take(key, sizeof key);
    take(nonce, sizeof nonce);
    const size_t length = take_counted();
    if (request == 's') {
        crypto_secretbox_easy(output, input, length, nonce, key);
        give(output, length + crypto_secretbox_MACBYTES);
        return;
    }
    if (length < crypto_secretbox_MACBYTES) {
        fail("a box without a MAC");
    }
    memset(output, 0, length);
    give_flag(crypto_secretbox_open_easy(output, input, length, nonce, key) == 0);
    give(output, length - crypto_secretbox_MACBYTES);
}

static void answer_x25519(int request)
{
    unsigned char scalar[crypto_scalarmult_SCALARBYTES];
    unsigned char point[crypto_scalarmult_BYTES];
    unsigned char result[crypto_scalarmult_BYTES] = {0};
    take(scalar, sizeof scalar);
    if (request == 'b') {
        crypto_scalarmult_base(result, scalar);
    } else {
        take(point, sizeof point);
        give_flag((request == 'x' ? crypto_scalarmult(result, scalar, point)
                                  : crypto_box_beforenm(result, point, scalar)) == 0);
    }
    give(result, sizeof result);
}

static void answer_ed25519(int request)
{
    unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
    unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
    unsigned char seed[crypto_sign_SEEDBYTES];
    unsigned char signature[crypto_sign_BYTES];
    switch (request) {
        case 'k':
            take(seed, sizeof seed);
            crypto_sign_seed_keypair(public_key, secret_key, seed);
            give(public_key, sizeof public_key);
            give(secret_key, sizeof secret_key);
            break;
        case 'g': {
            take(secret_key, sizeof secret_key);
            const size_t length = take_counted();
            crypto_sign_detached(signature, NULL, input, length, secret_key);
            give(signature, sizeof signature);
            break;
        }
        default: {
            take(public_key, sizeof public_key);
            take(signature, sizeof signature);
            const size_t length = take_counted();
            give_flag(crypto_sign_verify_detached(signature, input, length, public_key) == 0);
        }
    }
}

static void answer_hash(int request)
{
    unsigned char key[crypto_auth_hmacsha256_KEYBYTES];
    if (request == 'h') {
        take(key, sizeof key);
    }
    const size_t length = take_counted();
    if (request == '2') {
        crypto_hash_sha256(output, input, length);
    } else if (request == '5') {
        crypto_hash_sha512(output, input, length);
    } else {
        crypto_auth_hmacsha256(output, input, length, key);
    }
    give(output, request == '5' ? crypto_hash_sha512_BYTES : crypto_hash_sha256_BYTES);
}

int main(void)
{
    if (sodium_init() < 0) {
        fail("sodium_init");
    }
    for (int request = getchar(); request != EOF; request = getchar()) {
        switch (request) {
            case 's':
            case 'o':
                answer_box(request);
                break;
            case 'x':
            case 'b':
            case 'n':
                answer_x25519(request);
                break;
            case 'k':
            case 'g':
            case 'v':
                answer_ed25519(request);
                break;
            case '2':
            case '5':
            case 'h':
                answer_hash(request);
                break;
            case 'i': {
                char version[16] = {0};
                strncpy(version, sodium_version_string(), sizeof version - 1);
                give((const unsigned char *) version, sizeof version);
                break;
            }
            default:
                fail("unknown request");
        }
    }
    return 0;
}
