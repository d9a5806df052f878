import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * A .tox file on disk. It is written beside itself and renamed, so a crash leaves the old or the new one, never a torn
 * one; writes follow one another and the last state wins.
 */
export class ProfileFile {
  readonly path: string
  #wanted: (() => Uint8Array) | undefined
  #writing: Promise<void> | undefined

  constructor(path: string) {
    this.path = path
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
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    for (let wanted = this.#wanted; wanted !== undefined; wanted = this.#wanted) {
      this.#wanted = undefined
      await writeAtomically(this.path, wanted())
    }
  }
}

/** Readable by the owner alone: a profile holds a secret key. */
const FILE_MODE = 0o600

export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
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
    await rm(temporary, { force: true })
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
