import { equalBytes } from '@ts-toxcore/core'
import { fuzz, MAX_MUTANT, mutate, SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const quiet = { env: {}, print: () => {} }

test('mutants are shorter, longer, of the same length; never too long; the original stays whole', () => {
  const random = new SeededRandom(1)
  const original = Uint8Array.from({ length: 100 }, (_, i) => i)
  const copy = original.slice()
  const seen = { shorter: 0, longer: 0, flipped: 0, empty: 0, scrambled: 0 }
  for (let i = 0; i < 20_000; i++) {
    const mutant = mutate(random, original, Uint8Array.of(1, 2, 3))
    assert.ok(mutant.length <= MAX_MUTANT)
    if (mutant.length === 0) seen.empty++
    if (mutant.length < 100) seen.shorter++
    else if (mutant.length > 100) seen.longer++
    else {
      const differing = mutant.filter((byte, j) => byte !== original[j]).length
      if (differing > 90) seen.scrambled++
      else if (differing > 0) seen.flipped++
    }
  }
  assert.equal(original, copy)
  for (const [name, count] of Object.entries(seen)) assert.ok(count >= 5, `${name}: ${count}`)
})

test('empty and huge inputs can be mutated, too', () => {
  const random = new SeededRandom(2)
  for (let i = 0; i < 1000; i++) {
    assert.ok(mutate(random, new Uint8Array(0)).length <= MAX_MUTANT)
    assert.ok(mutate(random, new Uint8Array(5000)).length <= MAX_MUTANT)
  }
})

const run = (options: Partial<Parameters<typeof fuzz>[0]>) =>
  fuzz({
    ...quiet,
    title: 'title',
    corpus: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    count: 2000,
    handle: () => 0,
    ...options,
  })

test('a throw is reported with what replays it', () => {
  const handle = (input: Uint8Array) => {
    const bad = input[1] === 0xff
    // As if decrypted in place: the report shows what was sent.
    input.fill(0)
    if (bad) throw new Error('boom')
    return 0
  }
  let message = ''
  try {
    run({ handle, env: { FUZZ_SEED: '77' } })
  } catch (error) {
    message = (error as Error).message
  }
  assert.match(message, /^title: threw boom at input \d+ with FUZZ_SEED=77: ..FF/)
})

test('a reply larger than its cause is reported, unless it is allowed', () => {
  assert.throws(() => run({ handle: input => input.length + 1 }), /9 bytes were sent because of 8/)
  run({ handle: input => input.length })
  run({ handle: input => input.length + 1, maxReply: input => input.length + 1 })
})

test('the same seed gives the same inputs; the environment sets seed and count', () => {
  const inputs = (env: Record<string, string>) => {
    const seen: string[] = []
    run({
      env,
      handle: input => {
        seen.push(input.join())
        // What the handler does to its input does not reach the corpus.
        input.fill(0)
        return 0
      },
    })
    return seen
  }
  const [first, again, other] = ['5', '5', '6'].map(FUZZ_SEED => inputs({ FUZZ_SEED, FUZZ_COUNT: '300' }))
  assert.is(first!.length, 300)
  assert.equal(again, first)
  assert.not.equal(other, first)
  assert.ok(first!.includes('1,2,3,4,5,6,7,8'), 'valid inputs occur')
})

test('kept ranges are mostly kept', () => {
  let [kept, broken] = [0, 0]
  run({
    keep: [2, 6],
    handle: input => {
      if (input.length >= 6) equalBytes(input.subarray(2, 6), Uint8Array.of(3, 4, 5, 6)) ? kept++ : broken++
      return 0
    },
  })
  assert.ok(kept > 10 * broken && broken > 0, `${kept} kept, ${broken} broken`)
})

test('the seed is printed', () => {
  const lines: string[] = []
  run({ print: line => lines.push(line), env: { FUZZ_SEED: '9' } })
  assert.equal(lines, ['SEED 9 (title, 2000 inputs)'])
})

test.run()
