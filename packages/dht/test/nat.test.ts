import { type Endpoint, SECOND } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Alarms } from '../src/alarms.ts'
import { commonIp, guessPorts, HolePuncher, lowPorts } from '../src/nat.ts'
import { NAT_PING_REQUEST, NAT_PING_RESPONSE } from '../src/packets.ts'
import { endpoint } from './peers.ts'

const NOW = 1_700_000_000_000

test('ports are guessed as c-toxcore does: above and below each named port, farther and farther', () => {
  const ports = guessPorts([1345, 1347], 0)
  assert.is(ports.length, 48)
  assert.equal(ports.slice(0, 12), [1345, 1345, 1347, 1347, 1346, 1344, 1348, 1346, 1347, 1343, 1349, 1345])
  assert.is(guessPorts([1345, 1347], 48)[0], 1345 + 12, 'goes on where it stopped')
  assert.equal(guessPorts([65535, 0], 4).slice(0, 4), [0, 65534, 1, 65535], 'wraps around')
  assert.equal(lowPorts(0).slice(0, 3), [1024, 1025, 1026])
})

test('an address counts when four nodes agree on it', () => {
  const named = ['192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.2'].map(host => endpoint(host))
  assert.is(commonIp(named), undefined)
  assert.equal(commonIp([...named, endpoint('192.0.2.2', 5)]), endpoint('192.0.2.2').ip)
})

function setUp(ports: number[], enabled = true) {
  const alarms = new Alarms()
  const natPings: { at: number; type: number; id: Uint8Array }[] = []
  const pings: { at: number; port: number }[] = []
  const scene = { named: ports.map(port => endpoint('192.0.2.1', port)) as Endpoint[] }
  const puncher = new HolePuncher({
    alarms,
    random: new SeededRandom(1),
    enabled,
    named: () => scene.named,
    sendNatPing: (now, type, id) => natPings.push({ at: now - NOW, type, id: id.slice() }),
    ping: (now, { port }) => pings.push({ at: now - NOW, port }),
  })
  /** The friend answers our last NAT ping and sends one of its own. */
  const friendPings = (now: number) => {
    puncher.handlePing(
      now,
      NAT_PING_RESPONSE,
      natPings.filter(({ type }) => type === NAT_PING_REQUEST).at(-1)!.id,
    )
    puncher.handlePing(now, NAT_PING_REQUEST, new Uint8Array(8))
  }
  return { alarms, natPings, pings, scene, puncher, friendPings }
}

test('three nodes that name the friend are not enough, four are', () => {
  const { alarms, natPings, scene, puncher } = setUp([1, 1, 1])
  puncher.review(NOW)
  assert.is(natPings.length, 0)
  scene.named.push(scene.named[0]!)
  puncher.review(NOW)
  assert.is(natPings.length, 1)
  puncher.review(NOW + SECOND)
  assert.is(natPings.length, 1, 'one every four seconds')
  for (let i = 1; i <= 12; i++) alarms.tick(NOW + i * SECOND)
  assert.equal(
    natPings.map(ping => ping.at),
    [0, 4000, 8000, 12000],
  )
  scene.named = []
  alarms.tick(NOW + 16 * SECOND)
  assert.is(alarms.deadline(), Number.POSITIVE_INFINITY, 'connected, or nobody knows the friend any more')
})

test('punches at once when both sides have heard of each other, and only then', () => {
  const { natPings, pings, puncher, friendPings } = setUp([7, 7, 7, 7])
  puncher.review(NOW)
  puncher.handlePing(NOW + 10, NAT_PING_RESPONSE, natPings[0]!.id)
  assert.is(pings.length, 0, 'the friend has not asked for us yet')
  puncher.handlePing(NOW + 20, NAT_PING_REQUEST, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
  assert.equal(natPings.at(-1), {
    at: 20,
    type: NAT_PING_RESPONSE,
    id: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  })
  assert.equal(pings, [{ at: 20, port: 7 }], 'all nodes name one port: only that')
  friendPings(NOW + 30)
  assert.is(pings.length, 1, 'the id was used up')
})

test('a response with another id is ignored, and so is one after the friend fell silent', () => {
  const { alarms, natPings, pings, puncher } = setUp([7, 7, 7, 7])
  puncher.review(NOW)
  puncher.handlePing(NOW, NAT_PING_REQUEST, new Uint8Array(8))
  puncher.handlePing(NOW, NAT_PING_RESPONSE, new Uint8Array(8))
  assert.is(pings.length, 0)
  for (let i = 1; i <= 7; i++) alarms.tick(NOW + i * SECOND)
  puncher.handlePing(NOW + 7 * SECOND, NAT_PING_RESPONSE, natPings[0]!.id)
  assert.is(pings.length, 0)
})

test('different ports: 48 guesses a punch, after six punches 48 low ones more, anew after a pause', () => {
  const { alarms, pings, puncher, friendPings } = setUp([2000, 2010, 2020, 2030])
  puncher.review(NOW)
  for (let i = 0; i < 7; i++) {
    const now = NOW + 4 * SECOND * i
    alarms.tick(now)
    friendPings(now)
  }
  const at = (i: number) => pings.filter(ping => ping.at === 4 * SECOND * i).map(ping => ping.port)
  assert.equal(at(0), guessPorts([2000, 2010, 2020, 2030], 0))
  assert.equal(at(5), guessPorts([2000, 2010, 2020, 2030], 5 * 48))
  assert.equal(at(6), [...guessPorts([2000, 2010, 2020, 2030], 6 * 48), ...lowPorts(0)])
  const later = NOW + 24 * SECOND + 41 * SECOND
  alarms.tick(later)
  friendPings(later)
  assert.equal(
    pings.filter(ping => ping.at === later - NOW).map(ping => ping.port),
    at(0),
  )
})

test('without hole punching NAT pings are answered, but nothing is begun', () => {
  const { natPings, pings, puncher } = setUp([7, 7, 7, 7], false)
  puncher.review(NOW)
  puncher.handlePing(NOW, NAT_PING_REQUEST, new Uint8Array(8))
  assert.equal(
    natPings.map(ping => ping.type),
    [NAT_PING_RESPONSE],
  )
  assert.is(pings.length, 0)
})

test.run()
