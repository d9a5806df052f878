// How long until a peer is connected and sees its friend online, and how long a message takes there and back (its
// receipt), for each kind of pair, on loopback with unmodified tox-bootstrapd as the only node. Kinds take turns, so
// that a busy machine hurts all alike.
//   npm run bench -- connect [--rounds N] [--json]
import { parseArgs } from 'node:util'
import { allCtox, type CtoxBuild, type RpcPeer, startBootstrapd } from '@ts-toxcore/interop'
import { type Kind, ours, start, theirs } from '../packages/tox/test/peers.ts'

const MESSAGES = 50
const TIMEOUT_MS = 120_000

interface Figures {
  /** From the start of the peers' processes, in ms. */
  readonly connected: number
  readonly online: number
  /** From the call that sends to the receipt, median of MESSAGES, in ms. */
  readonly roundTrip: number
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
})
const rounds = Number(values.rounds)
const builds = allCtox().flatMap(lookup => (lookup.available ? [lookup.build] : []))
const results: { pair: string; figures: Figures[] }[] = []
for (const build of builds) {
  const real = theirs(build)
  const pairs: [Kind, Kind][] = [
    [ours, ours],
    [ours, real],
    [real, ours],
    [real, real],
  ]
  const rows = pairs.map(([a, b]) => ({ pair: `${a.title} → ${b.title}`, figures: [] as Figures[] }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, [a, b]] of pairs.entries()) rows[i]!.figures.push(await measure(a, b, build))
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${rounds} with ${build.version} `)
  }
  results.push(...rows)
}

if (values.json) console.log(JSON.stringify(results))
else {
  console.log(
    `\nmedians of ${rounds} rounds, ms\n${'pair'.padEnd(42)}${'connected'.padStart(10)}${'online'.padStart(10)}${'message'.padStart(10)}`,
  )
  for (const { pair, figures } of results) {
    const column = (name: keyof Figures) =>
      median(figures.map(figure => figure[name]))
        .toFixed(1)
        .padStart(10)
    console.log(`${pair.padEnd(42)}${column('connected')}${column('online')}${column('roundTrip')}`)
  }
}
process.exit(0)

/** `asking` adds `accepting` at once, which accepts at once; connected is when the later of the two is. */
async function measure(asking: Kind, accepting: Kind, build: CtoxBuild): Promise<Figures> {
  const node = await startBootstrapd(build)
  const began = performance.now()
  const [a, b] = await Promise.all([
    start(asking, { bootstrap: [node] }),
    start(accepting, { bootstrap: [node] }),
  ])
  try {
    const online = [a, b].map(peer => arrival(peer, 'friend_connection_status'))
    const connected = [a, b].map(peer => arrival(peer, 'self_connection_status'))
    const request = b.waitFor('friend_request', () => true, TIMEOUT_MS)
    await a.call('friend_add', { address: b.address, message: 'hello' })
    await b.call('friend_add_norequest', { public_key: (await request).public_key })
    const figures = {
      connected: Math.max(...(await Promise.all(connected))) - began,
      online: Math.max(...(await Promise.all(online))) - began,
    }
    const times: number[] = []
    for (let i = 0; i < MESSAGES; i++) times.push(await roundTrip(a, `message ${i}`))
    return { ...figures, roundTrip: median(times) }
  } finally {
    await Promise.all([a.quit(), b.quit()])
    await node.stop()
  }
}

async function arrival(
  peer: RpcPeer,
  type: 'self_connection_status' | 'friend_connection_status',
): Promise<number> {
  return (await peer.waitFor(type, event => event.connection_status !== 'none', TIMEOUT_MS)).at
}

async function roundTrip(peer: RpcPeer, message: string): Promise<number> {
  const sent = performance.now()
  const receipt = peer.waitFor('friend_read_receipt', () => true, TIMEOUT_MS)
  await peer.call('friend_send_message', { friend_number: 0, type: 'normal', message })
  return (await receipt).at - sent
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
