// What an idle peer sends and receives in a minute, ours and c-toxcore side by side: pairs of friends in network
// namespaces with tox-bootstrapd nodes, counted at the network interfaces.
//   npm run bench -- idle [--minutes N] [--settle SECONDS] [--nodes N] [--json]
import { parseArgs } from 'node:util'
import { allCtox, type BootstrapNode, createNatLab, startBootstrapd } from '@ts-toxcore/interop'
import { befriend, type Kind, ours, start, theirs } from '../packages/tox/test/peers.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    settle: { type: 'string', default: '60' },
    nodes: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
const found = allCtox().filter(lookup => lookup.available)
const build = found[found.length - 1]?.build
if (!build) throw new Error('c-toxcore is not available')

const kinds: Kind[] = [ours, theirs(build)]
const rows = await Promise.all(kinds.map(kind => measure(kind)))
if (values.json) console.log(JSON.stringify(rows))
else {
  console.log(
    `idle, a minute, mean of ${minutes} (two friends on ${values.nodes} nodes; Ethernet headers included)`,
  )
  for (const row of rows) {
    console.log(
      `${row.kind.padEnd(20)} sent ${row.sentPackets.toFixed(0)} packets ${row.sentBytes.toFixed(0)} B, ` +
        `received ${row.receivedPackets.toFixed(0)} packets ${row.receivedBytes.toFixed(0)} B`,
    )
  }
}
process.exit(0)

async function measure(kind: Kind) {
  const names = Array.from({ length: Number(values.nodes) }, (_, i) => `n${i}`)
  const lab = createNatLab({ publicPrefix: '198.51.100', publicHosts: [...names, 'alice', 'bob'] })
  const nodes: BootstrapNode[] = []
  for (const name of names) {
    const { netns, address } = lab.host(name)
    nodes.push(await startBootstrapd(build!, { host: address, netns, bootstrap: nodes.slice(0, 1) }))
  }
  const alice = await start(kind, { bootstrap: nodes, netns: lab.host('alice').netns })
  const bob = await start(kind, { bootstrap: nodes, netns: lab.host('bob').netns })
  try {
    await befriend(alice, bob)
    await sleep(Number(values.settle) * 1000)
    const before = lab.traffic('alice')
    await sleep(minutes * 60_000)
    const after = lab.traffic('alice')
    const rate = (field: keyof typeof before) => (after[field] - before[field]) / minutes
    return {
      kind: kind.title,
      sentPackets: rate('sentPackets'),
      sentBytes: rate('sentBytes'),
      receivedPackets: rate('receivedPackets'),
      receivedBytes: rate('receivedBytes'),
    }
  } finally {
    await Promise.all([alice.quit(), bob.quit()])
    await Promise.all(nodes.map(node => node.stop()))
    lab.remove()
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
