import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'

/**
 * One process at a time has a profile: two would save over each other. `<profile>.lock` names the process that has it,
 * and when that process began, because ids are used again. A process that was killed leaves its lock behind; the next
 * one sees that its owner is gone and takes over.
 *
 * Resolves to a function that releases the lock; rejects if a living process has it.
 */
export async function lockProfile(profile: string): Promise<() => Promise<void>> {
  const path = `${profile}.lock`
  const mine = `${process.pid} ${await startOf(process.pid)}\n`
  // Written beside and linked into place: whoever reads a lock reads all of it.
  const beside = `${path}.${process.pid}`
  await writeFile(beside, mine, { mode: 0o600 })
  try {
    while (!(await linkIfFree(beside, path))) await removeStale(profile, path, beside)
  } finally {
    await rm(beside, { force: true })
  }
  return async () => {
    if ((await readIfThere(path)) === mine) await rm(path, { force: true })
  }
}

async function linkIfFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Removes the lock of a process that is gone; throws if it is alive. */
async function removeStale(profile: string, path: string, beside: string): Promise<void> {
  const content = await readIfThere(path)
  if (content === undefined) return
  const [pid = Number.NaN, start = ''] = content.trim().split(' ')
  if (await isAlive(Number(pid), String(start))) {
    throw new Error(`${profile} is open in another process (${pid}); if that is wrong, remove ${path}`)
  }
  const aside = `${beside}.stale`
  try {
    await rename(path, aside)
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  // Between reading and renaming, another process may have taken over: then that is its lock, and goes back.
  if ((await readFile(aside, 'utf8')) !== content) await linkIfFree(aside, path)
  await rm(aside, { force: true })
}

async function isAlive(pid: number, start: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  if (start !== UNKNOWN && now !== UNKNOWN) return start === now
  // A lock of our own id that is not ours is from an earlier life: the first process of a container always has id 1.
  return pid !== process.pid
}

const UNKNOWN = '?'

/** When the process began, in the system's own terms; UNKNOWN where the system has no /proc. */
async function startOf(pid: number): Promise<string> {
  const stat = await readIfThere(`/proc/${pid}/stat`)
  // Field 22; the second one is a name in parentheses that may contain anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? UNKNOWN
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ESRCH: a process that ended while it was looked at.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
