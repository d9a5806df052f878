import type { Crypto } from '@ts-toxcore/core'
import { boxCompliance } from './compliance/box.ts'
import { ed25519Compliance } from './compliance/ed25519.ts'
import { handleCompliance } from './compliance/handles.ts'
import { hashCompliance } from './compliance/hashes.ts'
import { keyCacheCompliance } from './compliance/key-cache.ts'
import { createKit, type Kit } from './compliance/kit.ts'
import { onionCompliance } from './compliance/onion.ts'
import { poly1305Compliance } from './compliance/poly1305.ts'
import { secretboxCompliance } from './compliance/secretbox.ts'
import { sessionCompliance } from './compliance/sessions.ts'
import { streamCompliance } from './compliance/streams.ts'
import { x25519Compliance } from './compliance/x25519.ts'

const SUITES: readonly ((kit: Kit) => void)[] = [
  hashCompliance,
  secretboxCompliance,
  poly1305Compliance,
  x25519Compliance,
  boxCompliance,
  ed25519Compliance,
  handleCompliance,
  keyCacheCompliance,
  sessionCompliance,
  streamCompliance,
  onionCompliance,
]

/** What every implementation of `Crypto` must do. */
export function cryptoCompliance(name: string, create: () => Crypto): void {
  for (const suite of SUITES) suite(createKit(name, create()))
}
