import { NEVER, SECOND } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OnionConnection } from '../src/connection.ts'
import { FirstRequests } from '../src/first-requests.ts'
import { HASTE, Retry } from '../src/retry.ts'
import { endpoint, identity, Network, START } from './harness.ts'

test('online when confirmed and answered, offline after a grace of 4 s', () => {
  const connection = new OnionConnection()
  const confirmed = () => true
  const refused = () => false
  assert.not(connection.update(START, confirmed), 'nobody answered')
  assert.is(connection.deadline(), NEVER)
  connection.answered(START)
  assert.not(connection.update(START, refused))
  assert.ok(connection.update(START, confirmed))
  assert.ok(connection.connected)
  assert.is(connection.deadline(), START + 75 * SECOND)

  assert.not(connection.update(START + SECOND, refused))
  assert.is(connection.deadline(), START + 5 * SECOND)
  assert.not(connection.update(START + 4 * SECOND, confirmed), 'just a weak moment')
  assert.not(connection.update(START + 5 * SECOND, refused))
  assert.not(connection.update(START + 9 * SECOND - 1, refused))
  assert.ok(connection.update(START + 9 * SECOND, refused))
  assert.not(connection.connected)
})

test('offline 75 s after the last answer, and the grace', () => {
  const connection = new OnionConnection()
  connection.answered(START)
  connection.update(START, () => true)
  assert.not(connection.update(START + 75 * SECOND, () => true))
  assert.ok(connection.update(START + 79 * SECOND, () => true))
})

test('coming online asks strictly, staying so leniently', () => {
  const connection = new OnionConnection()
  const asked: boolean[] = []
  const confirmed = (lenient: boolean) => {
    asked.push(lenient)
    return true
  }
  connection.answered(START)
  connection.update(START, confirmed)
  connection.update(START, confirmed)
  assert.equal(asked, [false, true])
})

test('retries: at once, in haste, then at the interval; hurried again, settled', () => {
  const retry = new Retry()
  const times: number[] = []
  let now = 0
  assert.ok(retry.due(30 * SECOND) < now)
  for (let i = 0; i < 8; i++) {
    retry.done(now)
    times.push(now)
    now = retry.due(30 * SECOND)
  }
  assert.equal(times, [0, 100, 350, 850, 1850, 3850, 33_850, 63_850])
  retry.hurry()
  assert.is(retry.due(30 * SECOND), 63_850 + HASTE[0]!)
  retry.settle()
  assert.is(retry.due(30 * SECOND), 63_850 + 30 * SECOND)
  retry.restart()
  retry.settle()
  assert.ok(retry.due(30 * SECOND) < 0, 'what was never done is still due')
})

test('first requests: hasty once, then not again within 10 s, and never hastily', () => {
  const network = new Network(1)
  const first = new FirstRequests()
  const { publicKey } = identity(network.crypto, network.random)
  const node = { protocol: 'udp', endpoint: endpoint(1), publicKey } as const
  const request = first.begin(START, node)!
  assert.is(first.waiting(), 1)
  let now = START
  for (const delay of HASTE) {
    now += delay
    assert.is(first.deadline(), now)
    assert.equal(first.due(now), [request])
    first.repeated(now, request)
  }
  assert.is(first.deadline(), NEVER)
  assert.is(first.waiting(), 0)
  assert.is(first.begin(START + 10 * SECOND - 1, node), undefined)
  assert.is(first.begin(START + 10 * SECOND, node), request)
  assert.is(first.deadline(), NEVER)
  now = START + 10 * SECOND
  for (let i = 0; i < 200; i++) {
    const begun = first.begin(now, { ...node, publicKey: network.crypto.sha256(Uint8Array.of(i)) })
    assert.is(begun !== undefined, i < 63, 'no more than 64 within 10 s')
    assert.is(first.waiting(), Math.min(i + 1, 12), 'few are asked in haste')
    assert.ok(first.size <= 64)
  }
  now += 10 * SECOND
  const other = { ...node, publicKey: network.crypto.sha256(Uint8Array.of(200)) }
  assert.ok(first.begin(now, other), 'the oldest makes room')
  assert.is(first.size, 64)
})

test.run()
