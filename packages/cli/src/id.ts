import { toHex } from '@ts-toxcore/core'
import { renderUnicodeCompact } from 'uqr'
import type { Command } from './main.ts'
import { openProfile, PROFILE_OPTION_HELP, profilePath } from './profile.ts'
import { parseOptions } from './usage.ts'

export const idCommand: Command = {
  summary: 'show the Tox ID of a profile',
  help: `Usage: tox id [--profile FILE] [--qr] [--json]

Prints the Tox ID to give to others. A profile that does not exist yet is created.

${PROFILE_OPTION_HELP}
  --qr            also as a QR code
  --json          as JSON`,

  async run(args) {
    const options = parseOptions(args, {
      profile: { type: 'string' },
      qr: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    })
    const { tox, file } = await openProfile(profilePath(options.profile), { port: 0 })
    const address = toHex(tox.selfAddress)
    await file.save(() => tox.savedata())
    await tox.kill()
    if (options.json) console.log(JSON.stringify({ address, profile: file.path }))
    else console.log(address)
    if (options.qr && !options.json) console.log(renderUnicodeCompact(`tox:${address}`))
    return 0
  },
}
