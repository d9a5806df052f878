import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { type NodeToxOptions, Tox, ToxError } from 'ts-toxcore/node'
import { ProfileFile } from './profile-file.ts'

export const PROFILE_OPTION_HELP = `  --profile FILE  the .tox file (default: ${join('~', '.config', 'tox', 'tox.tox')})`

/** Where clients keep profiles, unless `option` names a file. */
export function profilePath(option: string | undefined): string {
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), '.config')
  return option ?? join(config, 'tox', 'tox.tox')
}

/** Starts the peer of a profile; a file that cannot be read is left untouched and named in the error. */
export async function openProfile(
  path: string,
  options: NodeToxOptions,
): Promise<{ tox: Tox; file: ProfileFile }> {
  const file = new ProfileFile(path)
  const savedata = await file.read()
  if (savedata === undefined) await mkdir(dirname(path), { recursive: true })
  try {
    const tox = await Tox.create({ ...options, ...(savedata === undefined ? {} : { savedata }) })
    return { tox, file }
  } catch (error) {
    if (error instanceof ToxError) throw new ToxError(error.code, `${path}: ${error.message}`)
    throw error
  }
}
