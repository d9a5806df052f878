// The engine law, with a clock that stands still until it is told otherwise.
import { type Datagram, Endpoint, type Instant, NEVER } from '@ts-toxcore/core'
import { type Clock, Runner } from 'ts-toxcore'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const HERE = Endpoint.parse('127.0.0.1', 33445)!

interface Timer {
  at: Instant
  action: () => void
}

/** One runner around a scripted engine: what is called is logged, what is put into `outputs` comes out of poll(). */
function createRig() {
  const log: string[] = []
  const timers = new Set<Timer>()
  let now = 1000
  const clock: Clock = {
    now: () => now,
    after(delay, action) {
      const timer = { at: now + delay, action }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const rig = {
    log,
    timers,
    outputs: [] as ({ type: 'event'; name: string } | Datagram)[],
    deadline: NEVER as Instant,
    /** Called by tick, as an engine that has something to do then. */
    onTick: () => {},
    onEvent: (_name: string) => {},
    /** Moves the clock and fires what is due by then. */
    advanceTo(instant: Instant) {
      now = instant
      for (const timer of [...timers]) {
        if (timer.at > instant || !timers.delete(timer)) continue
        timer.action()
      }
    },
    runner: undefined as unknown as Runner<{ type: 'event'; name: string }>,
  }
  rig.runner = new Runner(
    {
      handleDatagram: (at, _from, data) => log.push(`datagram ${data.length} at ${at}`),
      tick(at) {
        log.push(`tick at ${at}`)
        rig.onTick()
      },
      deadline: () => rig.deadline,
      poll: () => rig.outputs.shift(),
    },
    clock,
    (to, data) => log.push(`send ${data.length} to ${to.text}`),
    ({ name }) => {
      log.push(`event ${name}`)
      rig.onEvent(name)
    },
  )
  return rig
}

const event = (name: string) => ({ type: 'event', name }) as const
const datagram = (size: number): Datagram => ({ type: 'datagram', to: HERE, data: new Uint8Array(size) })

test('after an input it drains until nothing is left; datagrams go at once, events are reported after', () => {
  const rig = createRig()
  rig.outputs.push(event('a'), datagram(1), event('b'), datagram(2))
  rig.runner.handleDatagram(HERE, new Uint8Array(7))
  assert.equal(rig.log, [
    'datagram 7 at 1000',
    'send 1 to 127.0.0.1:33445',
    'send 2 to 127.0.0.1:33445',
    'event a',
    'event b',
  ])
})

test('run() hands over one reading of the clock and gives back what the input returns', () => {
  const rig = createRig()
  assert.is(
    rig.runner.run(now => now + 1),
    1001,
  )
})

test('an input that throws still drains and arms', () => {
  const rig = createRig()
  rig.outputs.push(event('a'))
  rig.deadline = 1500
  assert.throws(() => {
    rig.runner.run(() => {
      throw new Error('refused')
    })
  }, /refused/)
  assert.equal(rig.log, ['event a'])
  assert.is(rig.timers.size, 1)
})

test('there is one timer, for the deadline; an idle engine has none', () => {
  const rig = createRig()
  rig.runner.run(() => {})
  assert.is(rig.timers.size, 0)

  rig.deadline = 5000
  rig.runner.run(() => {})
  assert.equal(
    [...rig.timers].map(timer => timer.at),
    [5000],
  )
  // A nearer deadline replaces it.
  rig.deadline = 3000
  rig.runner.run(() => {})
  assert.equal(
    [...rig.timers].map(timer => timer.at),
    [3000],
  )
})

test('a deadline in the past fires as soon as can be', () => {
  const rig = createRig()
  rig.deadline = 1
  rig.runner.run(() => {})
  assert.equal(
    [...rig.timers].map(timer => timer.at),
    [1000],
  )
})

test('a timer that has become too early ticks harmlessly and is armed anew', () => {
  const rig = createRig()
  rig.deadline = 2000
  rig.runner.run(() => {})
  rig.deadline = 9000
  rig.runner.run(() => {})
  assert.is(rig.timers.size, 1)

  rig.advanceTo(2000)
  assert.equal(rig.log, ['tick at 2000'])
  assert.equal(
    [...rig.timers].map(timer => timer.at),
    [9000],
  )
})

test('what a tick brings about goes out with it, and the next timer follows', () => {
  const rig = createRig()
  rig.deadline = 2000
  rig.runner.run(() => {})
  rig.onTick = () => {
    rig.outputs.push(datagram(3))
    rig.deadline = 2500
  }
  rig.advanceTo(2100)
  assert.equal(rig.log, ['tick at 2100', 'send 3 to 127.0.0.1:33445'])
  assert.equal(
    [...rig.timers].map(timer => timer.at),
    [2500],
  )
})

test('a listener that calls in is not interrupted by the events that follow', () => {
  const rig = createRig()
  rig.onEvent = name => {
    if (name !== 'a') return
    rig.runner.run(() => rig.outputs.push(event('of the listener'), datagram(4)))
    rig.log.push('the listener returns')
  }
  rig.outputs.push(event('a'), event('b'))
  rig.runner.run(() => {})
  assert.equal(rig.log, [
    'event a',
    'send 4 to 127.0.0.1:33445',
    'the listener returns',
    'event b',
    'event of the listener',
  ])
})

test('stop: no timer, no datagram, no event', () => {
  const rig = createRig()
  rig.deadline = 2000
  rig.runner.run(() => {})
  rig.runner.stop()
  assert.is(rig.timers.size, 0)
  rig.runner.handleDatagram(HERE, new Uint8Array(1))
  assert.equal(rig.log, [])

  // A last input still gets its datagrams out: that is how a peer says goodbye.
  rig.outputs.push(datagram(5), event('unheard'))
  rig.runner.run(() => {})
  assert.equal(rig.log, ['send 5 to 127.0.0.1:33445'])
  assert.is(rig.timers.size, 0)
})

test('a listener that stops it is the last to hear something', () => {
  const rig = createRig()
  rig.onEvent = () => rig.runner.stop()
  rig.outputs.push(event('a'), event('b'))
  rig.runner.run(() => {})
  assert.equal(rig.log, ['event a'])
})

test.run()
