// How well a DHT of many nodes organises itself: each node should know the nodes closest to it.
import { compareDistance, sharedBits, toHex } from '@ts-toxcore/core'
import { SimNetwork, type SimNode } from './sim-network.ts'

export interface Convergence {
  readonly nodes: number
  /** Of each node's 8 truly closest nodes, the share that it names itself: 0 … 1. */
  readonly share: number
  /** The same without nodes whose bucket has more than 8 candidates: there a good node is kept, however close a newcomer. */
  readonly shareWithRoom: number
  /** Sent by a node in the last minute, on average. */
  readonly packetsPerNodeMinute: number
  readonly digest: string
}

export interface ConvergeOptions {
  readonly nodes: number
  readonly seed: number
  /** Virtual ms from the first node's start. */
  readonly duration: number
  /** Told now and then which share of the time has passed. */
  readonly onProgress?: (share: number) => void
}

const CLOSEST = 8
const BUCKET_SIZE = 8
const MINUTE = 60_000

/** Nodes join one after another by a random earlier one; then they are left alone for the rest of `duration` ms. */
export function converge(options: ConvergeOptions): Convergence {
  const net = new SimNetwork({ seed: options.seed, logLimit: 0, link: { latency: 20, jitter: 10 } })
  const joining = Math.min(options.duration / 4, options.nodes * 200)
  for (let i = 0; i < options.nodes; i++) {
    const node = net.addNode({ name: `node${i}` })
    if (i > 0) net.join(node, net.nodes[net.sim.random.below(i)]!)
    net.sim.run(joining / options.nodes)
  }
  const steps = 10
  for (let i = 1; i <= steps; i++) {
    net.sim.run((options.duration - joining) / steps)
    options.onProgress?.(i / steps)
  }
  const before = net.sim.stats.packets
  net.sim.run(MINUTE)
  return {
    nodes: options.nodes,
    ...shareOfClosest(net.nodes),
    packetsPerNodeMinute: (net.sim.stats.packets - before) / options.nodes,
    digest: net.sim.log.digest,
  }
}

function shareOfClosest(nodes: readonly SimNode[]): Pick<Convergence, 'share' | 'shareWithRoom'> {
  const all = { correct: 0, possible: 0 }
  const withRoom = { correct: 0, possible: 0 }
  for (const { node, publicKey } of nodes) {
    const others = nodes.filter(other => other.publicKey !== publicKey).map(other => other.publicKey)
    const candidates = new Map<number, number>()
    for (const key of others) {
      const bucket = sharedBits(publicKey, key)
      candidates.set(bucket, (candidates.get(bucket) ?? 0) + 1)
    }
    const known = new Set(node.dht.closest(publicKey, CLOSEST).map(info => toHex(info.publicKey)))
    for (const key of others.sort((a, b) => compareDistance(publicKey, a, b)).slice(0, CLOSEST)) {
      const correct = known.has(toHex(key)) ? 1 : 0
      all.possible++
      all.correct += correct
      if (candidates.get(sharedBits(publicKey, key))! <= BUCKET_SIZE) {
        withRoom.possible++
        withRoom.correct += correct
      }
    }
  }
  return { share: all.correct / all.possible, shareWithRoom: withRoom.correct / withRoom.possible }
}
