import { toHex } from '@ts-toxcore/core'
import { addressOfSave, createNodeCrypto } from 'ts-toxcore/node'
import { renderUnicodeCompact } from 'uqr'
import type { Command } from './command.ts'
import { aboutFile, Profile, profilePath } from './profile.ts'
import { ProfileFile } from './profile-file.ts'
import { parseOptions } from './usage.ts'

export const idCommand: Command = {
  summary: 'show the Tox ID of a profile',
  help: `Usage: tox id [--profile FILE] [--qr] [--json]

Prints the Tox ID to give to others. A profile that does not exist yet is created; one that is open elsewhere may stay so.

  --profile FILE   the .tox file (default: ~/.config/tox/tox.tox)
  --qr             also as a QR code
  --json           as JSON: {"address", "profile"}`,

  async run(args) {
    const options = parseOptions(args, {
      profile: { type: 'string' },
      qr: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    })
    const path = profilePath(options.profile)
    const address = toHex((await savedAddress(path)) ?? (await newAddress(path)))
    if (options.json) console.log(JSON.stringify({ address, profile: path }))
    else console.log(address)
    if (options.qr && !options.json) console.log(renderUnicodeCompact(`tox:${address}`))
    return 0
  },
}

/** Undefined if there is no profile, or one without an identity. */
async function savedAddress(path: string): Promise<Uint8Array | undefined> {
  const savedata = await new ProfileFile(path).read()
  try {
    return savedata && addressOfSave(savedata, createNodeCrypto())
  } catch (error) {
    throw aboutFile(path, error)
  }
}

async function newAddress(path: string): Promise<Uint8Array> {
  const profile = await Profile.open(path, { port: 0 })
  const address = profile.tox.selfAddress
  await profile.close()
  return address
}
