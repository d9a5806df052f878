// IPv6. On ::1 alone nobody ever hears of an IPv4 address; and peers of one family and of both meet.
import { networkInterfaces } from 'node:os'
import type { CtoxBuild, NodeAddress } from '@ts-toxcore/interop'
import { test } from 'uvu'
import { befriend, type Kind, ours, tell, theirs } from './peers.ts'
import { AtOnce, forEachBuild, skip } from './scene.ts'

/** A node under another of its addresses. */
function under(host: string, { port, publicKey }: NodeAddress) {
  return { host, port, publicKey, spec: `${host.includes(':') ? `[${host}]` : host}:${port}:${publicKey}` }
}

const atOnce = new AtOnce()
const hasIpv6 = Object.values(networkInterfaces()).some(list =>
  list?.some(({ address }) => address === '::1'),
)
if (hasIpv6) forEachBuild(define)
else skip('IPv6: this machine has no ::1')

test.run()

function define(build: CtoxBuild): void {
  const kind = theirs(build)
  const pairs: [Kind, Kind][] = [
    [ours, kind],
    [kind, ours],
    [ours, ours],
  ]
  for (const [asking, accepting] of pairs) {
    atOnce.test(
      `${asking.title} and ${accepting.title} on ::1 alone, tox-bootstrapd ${build.version}`,
      async scene => {
        const node = await scene.bootstrapd(build, { host: '::1', ipv6: true })
        const a = await scene.peer(asking, { bootstrap: [node] })
        const b = await scene.peer(accepting, { bootstrap: [node] })
        await befriend(a, b)
        await tell(a, b, 'over IPv6')
      },
    )

    atOnce.test(
      `${asking.title} with IPv4 only and ${accepting.title} that joins by ::1, tox-bootstrapd ${build.version}`,
      async scene => {
        const node = await scene.bootstrapd(build, { ipv6: true })
        const a = await scene.peer(asking, { bootstrap: [node], options: ['--no-ipv6'] })
        const b = await scene.peer(accepting, { bootstrap: [under('::1', node)] })
        await befriend(a, b)
        await tell(a, b, 'from one family to both')
      },
    )
  }

  atOnce.test(`a pair of ${kind.title} on ::1 alone, on our node`, async scene => {
    const node = await scene.ourNode({ host: '::1' })
    const a = await scene.peer(kind, { bootstrap: [node] })
    const b = await scene.peer(kind, { bootstrap: [node] })
    await befriend(a, b)
  })
}
