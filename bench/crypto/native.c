// libsodium in a loop. Reads lines "KIND SIZE COUNT", answers each with the nanoseconds that COUNT runs took.
// The first line it writes is libsodium's version.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_SIZE = 4096, PEERS = 64 };

static unsigned char secret[32], peers[PEERS][32], key[32], nonce[24], out[32];
static unsigned char message[MAX_SIZE], box[MAX_SIZE + 16], opened[MAX_SIZE];
static unsigned char sign_public[32], sign_secret[64], signature[64];
static volatile unsigned failures;

static void run(const char *kind, size_t size, long count) {
  if (!strcmp(kind, "seal")) {
    for (long i = 0; i < count; i++) failures += crypto_box_easy_afternm(box, message, size, nonce, key) != 0;
  } else if (!strcmp(kind, "open")) {
    crypto_box_easy_afternm(box, message, size, nonce, key);
    for (long i = 0; i < count; i++) failures += crypto_box_open_easy_afternm(opened, box, size + 16, nonce, key) != 0;
  } else if (!strcmp(kind, "x25519")) {
    for (long i = 0; i < count; i++) failures += crypto_scalarmult(out, secret, peers[i % PEERS]) != 0;
  } else if (!strcmp(kind, "derive") || !strcmp(kind, "derive2")) {
    for (long i = 0; i < count; i++) failures += crypto_box_beforenm(out, peers[i % PEERS], secret) != 0;
  } else if (!strcmp(kind, "base")) {
    for (long i = 0; i < count; i++) failures += crypto_scalarmult_base(out, secret) != 0;
  } else if (!strcmp(kind, "sign")) {
    for (long i = 0; i < count; i++) failures += crypto_sign_detached(signature, NULL, message, size, sign_secret) != 0;
  } else if (!strcmp(kind, "verify")) {
    crypto_sign_detached(signature, NULL, message, size, sign_secret);
    for (long i = 0; i < count; i++) failures += crypto_sign_verify_detached(signature, message, size, sign_public) != 0;
  } else {
    failures++;
  }
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void) {
  char line[64], kind[16];
  unsigned long size;
  long count;
  if (sodium_init() < 0) return 1;
  randombytes_buf(secret, sizeof secret);
  randombytes_buf(key, sizeof key);
  randombytes_buf(nonce, sizeof nonce);
  randombytes_buf(message, sizeof message);
  for (int i = 0; i < PEERS; i++) {
    unsigned char peer[32];
    randombytes_buf(peer, sizeof peer);
    crypto_scalarmult_base(peers[i], peer);
  }
  crypto_sign_keypair(sign_public, sign_secret);
  printf("%s\n", sodium_version_string());
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "%15s %lu %ld", kind, &size, &count) != 3 || size > MAX_SIZE) return 2;
    long long start = now();
    run(kind, size, count);
    printf("%lld\n", now() - start);
    fflush(stdout);
    if (failures) return 3;
  }
  return 0;
}
