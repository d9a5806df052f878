import { open, readFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * A .tox file on disk. It is written beside itself and renamed, so a crash leaves the old or the new one, never a torn
 * one; writes follow one another and the last state wins. Whoever writes has the profile's lock.
 */
export class ProfileFile {
  readonly path: string
  #wanted: () => Uint8Array = () => new Uint8Array(0)
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.path = path
  }

  /** Where the file really is, so that a symbolic link stays one. */
  static async at(path: string): Promise<ProfileFile> {
    return new ProfileFile(await realpath(path).catch(() => path))
  }

  /** The bytes of the file, or undefined if there is none yet. */
  async read(): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** Writes what `savedata` gives when its turn comes; resolves when that state, or a newer one, is on disk. */
  save(savedata: () => Uint8Array): Promise<void> {
    this.#wanted = savedata
    this.#next ??= this.#writeAfter(this.#writing)
    return this.#next
  }

  async #writeAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => {})
    this.#writing = this.#next!
    this.#next = undefined
    // One name for all: what a crash left behind is written over.
    await writeAtomically(this.path, this.#wanted(), `${this.path}.tmp`)
  }
}

/** Readable by the owner alone: a profile holds a secret key. */
const FILE_MODE = 0o600
let copies = 0

/** `temporary`: a name that nobody else writes to, on the same file system. */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array,
  temporary = `${path}.${process.pid}-${copies++}.tmp`,
): Promise<void> {
  try {
    const file = await open(temporary, 'w', FILE_MODE)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** So that the rename survives a power cut, too. Some file systems refuse; then the rename has to do. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  } catch {}
}
