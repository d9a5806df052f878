import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lockProfile } from '../src/profile-lock.ts'

const test = suite<{ dir: string; profile: string; lock: string }>('profile lock')

test.before.each(context => {
  context.dir = mkdtempSync(join(tmpdir(), 'tox-lock-'))
  context.profile = join(context.dir, 'me.tox')
  context.lock = `${context.profile}.lock`
})

test.after.each(({ dir }) => rmSync(dir, { recursive: true }))

async function refusal(profile: string): Promise<string> {
  return lockProfile(profile).then(
    () => 'locked',
    error => error.message,
  )
}

test('one at a time, and nothing is left behind', async ({ dir, profile }) => {
  const unlock = await lockProfile(profile)
  assert.match(await refusal(profile), new RegExp(`me\\.tox is open in another process \\(${process.pid}\\)`))
  assert.equal(readdirSync(dir), ['me.tox.lock'])
  await unlock()
  await unlock()
  assert.equal(readdirSync(dir), [])
  await (await lockProfile(profile))()
})

test('of many at once exactly one gets it', async ({ profile }) => {
  writeFileSync(`${profile}.lock`, '999999999 1\n')
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockProfile(profile)))
  // In one process they share a temporary name, so that some may fail by that: never two win.
  assert.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('the lock of a process that is gone is taken over', async ({ profile, lock }) => {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise(resolve => child.once('close', resolve))
  for (const content of [`${child.pid} 12345\n`, `${child.pid} ?\n`, '', 'nonsense', '0 0\n', '-1 1\n']) {
    writeFileSync(lock, content)
    const unlock = await lockProfile(profile)
    assert.match(readFileSync(lock, 'utf8'), new RegExp(`^${process.pid} `))
    await unlock()
  }
})

test('the lock of a living process is respected; one of another process with the same id is not', async ({
  profile,
  lock,
}) => {
  // Our parent lives, and began at another time than this.
  writeFileSync(lock, `${process.ppid} ?\n`)
  assert.match(await refusal(profile), /is open in another process/)
  assert.is(readFileSync(lock, 'utf8'), `${process.ppid} ?\n`)
  if (process.platform !== 'linux') return
  writeFileSync(lock, `${process.ppid} 1\n`)
  await (await lockProfile(profile))()
})

test('a lock that is somebody else’s by now is not removed', async ({ profile, lock }) => {
  const unlock = await lockProfile(profile)
  writeFileSync(lock, '1 ?\n')
  await unlock()
  assert.is(readFileSync(lock, 'utf8'), '1 ?\n')
})

test.run()
