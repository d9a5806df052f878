// The public API: creating and ending peers, and what is refused.
import { createSocket } from 'node:dgram'
import { Endpoint, fromHex, toHex } from '@ts-toxcore/core'
import { addressOfSave, Tox, ToxError } from 'ts-toxcore/node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openUdp, resolveHost } from '../src/node-driver.ts'
import { crypto, startNode, withTox } from './local-peers.ts'

const KEY = `${'11'.repeat(31)}01`

/** What the call throws or rejects with. */
async function failureOf(call: () => unknown): Promise<Error> {
  try {
    await call()
  } catch (error) {
    return error as Error
  }
  throw new Error('it was not refused')
}

async function codeOf(call: () => unknown): Promise<string> {
  const error = await failureOf(call)
  assert.instance(error, ToxError)
  return (error as ToxError).code
}

// ——— Creating and ending ———

const creating = suite('creating and ending')

creating('a save makes the same peer again', async () => {
  let saved = new Uint8Array(0)
  let address = ''
  let secret = ''
  await withTox(tox => {
    tox.selfSetName('Ünïcode')
    tox.selfSetStatusMessage('still here')
    tox.selfSetStatus('busy')
    tox.selfSetNospam(0x01020304)
    tox.friendAddNorequest(KEY)
    saved = new Uint8Array(tox.savedata())
    address = toHex(tox.selfAddress)
    secret = toHex(tox.selfSecretKey)
  })
  assert.is(address.slice(64, 72), '01020304')
  assert.is(toHex(addressOfSave(saved)!), address)
  await withTox(
    tox => {
      assert.is(toHex(tox.selfAddress), address)
      assert.is(toHex(tox.selfSecretKey), secret)
      assert.is(toHex(crypto.publicKey(tox.selfSecretKey)), toHex(tox.selfPublicKey))
      assert.is(tox.selfName, 'Ünïcode')
      assert.is(tox.selfStatusMessage, 'still here')
      assert.is(tox.selfStatus, 'busy')
      assert.equal(tox.selfFriendList, [0])
      assert.is(toHex(tox.friendPublicKey(0)), KEY)
      assert.equal(tox.savedata().length, saved.length)
    },
    { savedata: saved },
  )
})

creating('a save that was given stays as it is, whatever becomes of the peer', async () => {
  let saved: Uint8Array = new Uint8Array(0)
  await withTox(tox => {
    saved = tox.savedata()
  })
  const before = toHex(saved)
  await withTox(() => {}, { savedata: saved })
  addressOfSave(saved)
  assert.is(toHex(saved), before)
})

creating('a Buffer that was handed over may change afterwards', () =>
  withTox(tox => {
    // slice() of a Buffer shares its memory.
    const key = Buffer.from(KEY, 'hex')
    tox.friendAddNorequest(key)
    key.fill(0)
    assert.is(toHex(tox.friendPublicKey(0)), KEY)
    assert.is(tox.friendByPublicKey(KEY), 0)
  }),
)

creating('datagrams are plain bytes', async () => {
  let resolve: (data: Uint8Array) => void = () => {}
  const heard = new Promise<Uint8Array>(done => {
    resolve = done
  })
  const transport = await openUdp({ ports: [0, 0], ipv6: false, onDatagram: (_from, data) => resolve(data) })
  transport.send(Endpoint.parse('127.0.0.1', transport.port)!, Uint8Array.of(1, 2, 3))
  const data = await heard
  await transport.close()
  assert.is(data.constructor, Uint8Array)
  assert.equal(data, Uint8Array.of(1, 2, 3))
})

creating('memory may be used again as soon as a datagram is sent', async () => {
  const heard: number[] = []
  let wake = () => {}
  const transport = await openUdp({
    ports: [0, 0],
    ipv6: false,
    onDatagram: (_from, data) => {
      if (data.every(byte => byte === data[0])) heard.push(data[0]!)
      wake()
    },
  })
  const to = Endpoint.parse('127.0.0.1', transport.port)!
  const data = new Uint8Array(1400)
  for (let i = 0; i < 100; i++) transport.send(to, data.fill(i))
  while (heard.length < 100) {
    await new Promise<void>(resolve => {
      wake = resolve
    })
  }
  await transport.close()
  assert.equal(
    heard.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  )
})

creating('what is handed out is a copy', () =>
  withTox(tox => {
    const address = toHex(tox.selfAddress)
    for (const bytes of [tox.selfAddress, tox.selfPublicKey, tox.selfSecretKey, tox.selfDhtId]) bytes.fill(0)
    assert.is(toHex(tox.selfAddress), address)
    assert.is(toHex(crypto.publicKey(tox.selfSecretKey)), address.slice(0, 64))
    assert.is.not(toHex(tox.selfDhtId), '00'.repeat(32))
  }),
)

creating('saves that are none, encrypted or torn are refused', async () => {
  let saved = new Uint8Array(0)
  await withTox(tox => {
    saved = new Uint8Array(tox.savedata())
  })
  const create = (savedata: Uint8Array) => codeOf(() => Tox.create({ port: 0, crypto, savedata }))
  assert.is(await create(new Uint8Array(0)), 'NEW_LOAD_BAD_FORMAT')
  assert.is(await create(new Uint8Array(500)), 'NEW_LOAD_BAD_FORMAT')
  assert.is(await create(new TextEncoder().encode('toxEsave and more')), 'NEW_LOAD_ENCRYPTED')
  // The public key and the secret key of somebody else.
  const strange = saved.slice()
  strange[8 + 8 + 4]! ^= 1
  assert.is(await create(strange), 'NEW_LOAD_BAD_FORMAT')
  assert.instance(await failureOf(() => Tox.create({ port: 0, savedata: 'text' as never })), TypeError)
})

creating('the first free port of a range is taken; none is NEW_PORT_ALLOC', async () => {
  const taken = createSocket('udp4')
  await new Promise<void>(resolve => taken.bind(0, resolve))
  const { port } = taken.address()
  try {
    assert.is(await codeOf(() => Tox.create({ port })), 'NEW_PORT_ALLOC')
    assert.is(await codeOf(() => Tox.create({ port, ipv6: false })), 'NEW_PORT_ALLOC')
    await withTox(tox => assert.ok(tox.selfUdpPort > port && tox.selfUdpPort <= port + 50), {
      port: [port, Math.min(port + 50, 65535)],
    })
  } finally {
    await new Promise<void>(resolve => taken.close(resolve))
  }
})

creating('bad options say what was expected', async () => {
  const failure = (options: object) => failureOf(() => Tox.create({ port: 0, crypto, ...options }))
  assert.match((await failure({ port: 70000 })).message, /^port: expected 0–65535, got 70000/)
  assert.match((await failure({ port: [9, 3] })).message, /^port: expected 9–65535, got 3/)
  assert.match((await failure({ port: 'x' })).message, /^port: expected an integer/)
  const node = { host: '127.0.0.1', port: 1, publicKey: KEY }
  const joining = (change: object) => failure({ bootstrap: [{ ...node, ...change }] })
  assert.match((await joining({ publicKey: 'zz' })).message, /^publicKey: expected 64 hexadecimal digits/)
  assert.match((await joining({ host: 5 })).message, /^host: expected text, got number/)
  assert.is(((await joining({ port: 0 })) as ToxError).code, 'BOOTSTRAP_BAD_PORT')
})

creating('hosts that cannot be resolved are refused when there are no others', async () => {
  const dead = { host: 'no-such-host.invalid', port: 33445, publicKey: KEY }
  assert.is(await codeOf(() => Tox.create({ port: 0, bootstrap: [dead] })), 'BOOTSTRAP_BAD_HOST')
  await withTox(
    async tox => {
      assert.is(await codeOf(() => tox.bootstrap(dead.host, 33445, KEY)), 'BOOTSTRAP_BAD_HOST')
      assert.is(await codeOf(() => tox.bootstrap('127.0.0.1', 65536, KEY)), 'BOOTSTRAP_BAD_PORT')
    },
    { bootstrap: [dead, { ...dead, host: '127.0.0.1', port: 9 }] },
  )
})

creating('an IPv6 address is no use to a peer without IPv6', async () => {
  await withTox(
    async tox => assert.is(await codeOf(() => tox.bootstrap('::1', 33445, KEY)), 'BOOTSTRAP_BAD_HOST'),
    { ipv6: false },
  )
  assert.is((await resolveHost('::1', 1, true)).length, 1)
})

creating('kill twice ends it once, and the port is free again', async () => {
  const tox = await Tox.create({ port: 0, crypto })
  const port = tox.selfUdpPort
  const first = tox.kill()
  assert.is(tox.kill(), first)
  await first
  await tox.kill()
  await withTox(again => assert.is(again.selfUdpPort, port), { port })
})

creating('whatever is called after kill says so', async () => {
  const tox = await Tox.create({ port: 0, crypto })
  await tox.kill()
  const calls: (() => unknown)[] = [
    () => tox.selfAddress,
    () => tox.selfSecretKey,
    () => tox.selfName,
    () => tox.stats,
    () => tox.savedata(),
    () => tox.selfSetName('x'),
    () => tox.friendAddNorequest(KEY),
    () => tox.friendSendMessage(0, 'normal', 'x'),
    () => tox.bootstrap('127.0.0.1', 1, KEY),
  ]
  for (const call of calls) assert.match((await failureOf(call)).message, /killed/, String(call))
})

creating('a bootstrap node closes twice, and joins nobody afterwards', async () => {
  const node = await startNode()
  await Promise.all([node.close(), node.close()])
  await node.bootstrap('127.0.0.1', 9, KEY)
  assert.match(
    (await failureOf(() => node.bootstrap('127.0.0.1', 0, KEY))).message,
    /^port: expected 1–65535/,
  )
})

creating('a datagram to port 0 is lost, as on the network, and nothing is sent after closing', async () => {
  const transport = await openUdp({ ports: [0, 0], ipv6: false, onDatagram: () => {} })
  transport.send(Endpoint.parse('127.0.0.1', 0)!, new Uint8Array(1))
  await transport.close()
  transport.send(Endpoint.parse('127.0.0.1', 9)!, new Uint8Array(1))
  await transport.close()
})

creating.run()

// ——— Arguments ———

const args = suite('arguments')

args('mistakes throw TypeError or RangeError and say what was expected', () =>
  withTox(tox => {
    const wrong = (value: unknown) => value as never
    const cases: [() => unknown, RegExp][] = [
      [() => tox.selfSetName(wrong(5)), /^name: expected text, got number/],
      [() => tox.selfSetStatus(wrong('sleepy')), /^status: expected none, away or busy, got sleepy/],
      [() => tox.selfSetNospam(-1), /^nospam: expected 0–4294967295, got -1/],
      [() => tox.selfSetTyping(0, wrong('yes')), /^typing: expected true or false, got string/],
      [() => tox.friendAdd('zz', 'hi'), /^address: expected 76 hexadecimal digits or 38 bytes/],
      [() => tox.friendAdd(KEY, 'hi'), /^address: expected 38 bytes, got 32/],
      [() => tox.friendAddNorequest(new Uint8Array(3)), /^publicKey: expected 32 bytes, got 3/],
      [() => tox.friendAddNorequest(wrong(undefined)), /^publicKey: expected /],
      [() => tox.friendName(wrong('0')), /^friendNumber: expected an integer/],
      [() => tox.friendName(0.5), /^friendNumber: expected an integer, got 0.5/],
      [() => tox.friendSendMessage(0, wrong('shout'), 'x'), /^type: expected normal or action, got shout/],
      [() => tox.friendSendMessage(0, 'normal', wrong(null)), /^message: expected text, got object/],
      [() => tox.friendSendLosslessPacket(0, wrong('a0')), /^data: expected Uint8Array, got string/],
      [
        () => tox.on(wrong('friend_massage'), () => {}),
        /^name: expected .*friend_message.*got friend_massage/,
      ],
      [() => tox.on('friend_message', wrong(1)), /^listener: expected a function, got number/],
      [() => tox.events(wrong('nonsense')), /^name: expected /],
    ]
    for (const [call, expected] of cases) {
      try {
        call()
      } catch (error) {
        assert.ok(error instanceof TypeError || error instanceof RangeError, `${call}: ${error}`)
        assert.match((error as Error).message, expected)
        continue
      }
      assert.unreachable(`${call} was not refused`)
    }
  }),
)

args('refusals carry the codes of c-toxcore', () =>
  withTox(async tox => {
    assert.is(await codeOf(() => tox.selfSetName('n'.repeat(129))), 'SET_INFO_TOO_LONG')
    assert.is(await codeOf(() => tox.friendAdd(tox.selfAddress, 'me')), 'FRIEND_ADD_OWN_KEY')
    assert.is(await codeOf(() => tox.friendName(3)), 'FRIEND_QUERY_FRIEND_NOT_FOUND')
    assert.is(tox.friendAddNorequest(fromHex(KEY)!), 0)
    assert.is(await codeOf(() => tox.friendAddNorequest(KEY.toLowerCase())), 'FRIEND_ADD_ALREADY_SENT')
    assert.is(await codeOf(() => tox.friendSendMessage(0, 'normal', '')), 'FRIEND_SEND_MESSAGE_EMPTY')
  }),
)

args.run()
