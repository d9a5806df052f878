// Bootstrap info as raw bytes: our node and tox-bootstrapd say the same to the same questions.
import { createSocket } from 'node:dgram'
import type { NodeAddress } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { forEachBuild, scene } from './scene.ts'

const BOOTSTRAP_INFO = 0xf0
/** Spec, "Bootstrap Info": a request is padded to 78 bytes, anything else is none. */
const REQUEST_SIZE = 78
const ANSWER_MS = 10_000

forEachBuild(build => {
  for (const motd of ['', 'a node', 'm'.repeat(255)]) {
    test(
      `${motd.length} bytes of message of the day: ours and tox-bootstrapd ${build.version}`,
      scene(async scene => {
        const answers = await Promise.all([
          ask(await scene.ourNode({ motd })),
          ask(await scene.bootstrapd(build, { motd })),
        ])
        for (const answer of answers) assert.is(answer[0], BOOTSTRAP_INFO)
        // The version, 4 bytes, is each program's own.
        const [ours, theirs] = answers.map(answer => ({
          length: answer.length,
          motd: Buffer.from(answer.subarray(5)).toString('latin1'),
        }))
        assert.equal(ours, theirs)
      }),
    )
  }
})

test.run()

/** The answer to a request, and to nothing of another length that is asked before it. */
async function ask(node: NodeAddress): Promise<Uint8Array> {
  const socket = createSocket('udp4')
  const answers: Uint8Array[] = []
  socket.on('message', data => answers.push(data))
  const send = (length: number) => {
    const request = new Uint8Array(length)
    request[0] = BOOTSTRAP_INFO
    socket.send(request, node.port, node.host)
  }
  try {
    for (const length of [1, REQUEST_SIZE - 1, REQUEST_SIZE + 1, 1024]) send(length)
    send(REQUEST_SIZE)
    const until = performance.now() + ANSWER_MS
    while (answers.length === 0 && performance.now() < until)
      await new Promise(resolve => setTimeout(resolve, 20))
    assert.is(answers.length, 1, `${answers.length} answers`)
    return answers[0]!
  } finally {
    socket.close()
  }
}
