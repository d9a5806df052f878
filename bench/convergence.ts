// Does a DHT of a thousand nodes organise itself? Real crypto, virtual time.
//   npm run bench -- convergence [NODES [SEED [MINUTES]]]
import { converge } from '../packages/tox/test/convergence.ts'

const [nodes = 1000, seed = 1, minutes = 60] = process.argv.slice(2).map(Number)
const began = performance.now()
const seconds = () => ((performance.now() - began) / 1000).toFixed(0)
const result = converge({
  nodes,
  seed,
  duration: minutes * 60_000,
  onProgress: share => {
    if (process.stderr.isTTY) process.stderr.write(`\r${(share * 100).toFixed(0)} % after ${seconds()} s `)
  },
})
const memory = Math.round(process.resourceUsage().maxRSS / 1024)
console.log(`
${nodes} nodes, seed ${seed}, ${minutes} simulated minutes
  ${(result.share * 100).toFixed(2)} % of each node's 8 closest nodes are known, ${(result.shareWithRoom * 100).toFixed(2)} % of those whose bucket has room
  ${result.packetsPerNodeMinute.toFixed(0)} packets a node and minute at the end
  ${seconds()} s, ${memory} MiB
  log digest ${result.digest}`)
