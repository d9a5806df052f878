import { type Instant, randomU32, SECOND } from '@ts-toxcore/core'
import { type Host, type SimEngine, Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Echo } from './echo.ts'
import { pair } from './pair.ts'

/** Hosts that write to random others at random times. */
class Chatter implements SimEngine {
  readonly #host: Host
  readonly #others: readonly Host[]
  #deadline: Instant
  #due = false

  constructor(host: Host, others: readonly Host[], start: Instant) {
    this.#host = host
    this.#others = others
    this.#deadline = start
  }
  handleDatagram(): void {}
  tick(now: Instant): void {
    if (now < this.#deadline) return
    this.#due = true
    this.#deadline = now + 1 + (randomU32(this.#host.random) % 200)
  }
  deadline(): Instant {
    return this.#deadline
  }
  poll() {
    if (!this.#due) return undefined
    this.#due = false
    const data = new Uint8Array(randomU32(this.#host.random) % 100)
    this.#host.random.fill(data)
    const to = this.#others[randomU32(this.#host.random) % this.#others.length]!.endpoint
    return { type: 'datagram' as const, to, data }
  }
}

function chat(seed: number) {
  const link = { latency: 20, jitter: 15, loss: 0.1, duplication: 0.1, reordering: 0.1 }
  const sim = new Simulation({ seed, link })
  const nat = sim.addNat({ portAllocation: 'random' })
  const hosts = Array.from({ length: 20 }, (_, i) =>
    sim.addHost({ name: `h${i}`, ...(i % 4 === 0 ? { nat } : {}) }),
  )
  for (const host of hosts) host.start(new Chatter(host, hosts, sim.now))
  sim.run(30 * SECOND)
  return sim
}

test('same seed, same log; another seed, another log', () => {
  const [first, again, other] = [chat(7), chat(7), chat(8)]
  assert.ok(first.log.recorded > 5000)
  assert.ok((first.stats.drops.loss ?? 0) > 100)
  assert.is(again.log.digest, first.log.digest)
  assert.equal(again.log.entries(), first.log.entries())
  assert.equal(again.stats, first.stats)
  assert.is.not(other.log.digest, first.log.digest)
})

test('the digest notices one different byte, and one different instant', () => {
  const digest = (byte: number, delay: number) => {
    const { sim, alice, bob, a } = pair()
    sim.run(delay)
    alice.do(() => a.send(bob.endpoint, Uint8Array.of(3, byte)))
    sim.run(SECOND)
    return sim.log.digest
  }
  assert.is(digest(1, 0), digest(1, 0))
  assert.is.not(digest(2, 0), digest(1, 0))
  assert.is.not(digest(1, 0.25), digest(1, 0))
})

test('the log keeps the last entries and reads as lines', () => {
  const sim = new Simulation({ seed: 1, logLimit: 3 })
  const alice = sim.addHost({ name: 'alice' })
  const a = alice.start(new Echo())
  for (let i = 0; i < 5; i++) alice.do(() => a.send(alice.endpoint, Uint8Array.of(0x20, i)))
  assert.is(sim.log.recorded, 5)
  assert.is(sim.log.entries().length, 3)
  assert.is(sim.log.text(sim.start).split('\n')[0], `0.000 alice sent ${alice.endpoint.text} 0x20 2 B`)
})

test.run()
