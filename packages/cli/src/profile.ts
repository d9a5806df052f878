import { mkdir, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type NodeToxOptions, Tox, ToxError } from 'ts-toxcore/node'
import { ProfileFile } from './profile-file.ts'
import { lockProfile } from './profile-lock.ts'

/** Where clients keep profiles, unless `option` names a file. */
export function profilePath(option: string | undefined): string {
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), '.config')
  return option ?? join(config, 'tox', 'tox.tox')
}

/** A peer and the file that it is kept in, if any. */
export class Profile {
  readonly tox: Tox
  /** True if there was no file yet. */
  readonly isNew: boolean
  readonly #file: ProfileFile | undefined
  readonly #unlock: () => Promise<void>
  /** The peer's last state: once it is gone, that is what there is to save. */
  #last: Uint8Array | undefined

  private constructor(tox: Tox, isNew: boolean, file: ProfileFile | undefined, unlock: () => Promise<void>) {
    this.tox = tox
    this.isNew = isNew
    this.#file = file
    this.#unlock = unlock
  }

  /** A peer that is forgotten when it ends. */
  static async unsaved(options: NodeToxOptions): Promise<Profile> {
    return new Profile(await Tox.create(options), true, undefined, async () => {})
  }

  /**
   * Starts the peer of a profile; a new one is on disk when this resolves. A file that cannot be read is left
   * untouched and named in the error.
   */
  static async open(path: string, options: NodeToxOptions): Promise<Profile> {
    await mkdir(dirname(path), { recursive: true })
    const file = await ProfileFile.at(path)
    const unlock = await lockProfile(file.path)
    try {
      const savedata = await file.read()
      await rm(`${file.path}.tmp`, { force: true })
      const tox = await Tox.create({ ...options, ...(savedata && { savedata }) })
      const profile = new Profile(tox, savedata === undefined, file, unlock)
      if (savedata === undefined) await profile.save().catch(error => profile.#abandon(error))
      return profile
    } catch (error) {
      await unlock()
      throw aboutFile(path, error)
    }
  }

  get path(): string | undefined {
    return this.#file?.path
  }

  /** True if `path` names the profile's own file. */
  isAt(path: string): boolean {
    return this.path !== undefined && resolve(path) === resolve(this.path)
  }

  /** Resolves when the peer's present state, or a newer one, is on disk. */
  async save(): Promise<void> {
    await this.#file?.save(() => this.#last ?? this.tox.savedata())
  }

  /** Saves and leaves, at the same time: friends need not wait for the disk. Rejects if it could not be saved. */
  async close(): Promise<void> {
    this.#last = this.tox.savedata()
    const [saved] = await Promise.allSettled([this.save(), this.tox.kill()])
    await this.#unlock()
    if (saved.status === 'rejected') throw saved.reason
  }

  async #abandon(error: unknown): Promise<never> {
    await this.tox.kill()
    throw error
  }
}

/** Names the file in errors that are about it. */
export function aboutFile(path: string, error: unknown): unknown {
  if (error instanceof ToxError && error.code.startsWith('NEW_LOAD_')) {
    return new ToxError(error.code, `${path}: ${error.message}`)
  }
  return error
}
