// What a test starts, so that all of it ends with the test: peers, bootstrap nodes of both kinds, networks.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  allCtox,
  type BootstrapdOptions,
  type BootstrapNode,
  type CtoxBuild,
  createNatLab,
  type NatLab,
  type NatLabOptions,
  type RpcPeer,
  startBootstrapd,
} from '@ts-toxcore/interop'
import { test } from 'uvu'
import { type OurNode, type OurNodeOptions, startOurNode } from './our-node.ts'
import { type Kind, type StartOptions, start } from './peers.ts'

export class Scene {
  readonly #peers: RpcPeer[] = []
  readonly #nodes: { stop(): Promise<void> }[] = []
  readonly #labs: NatLab[] = []
  readonly #dirs: string[] = []

  async peer(kind: Kind, options: StartOptions): Promise<RpcPeer> {
    const peer = await start(kind, options)
    this.#peers.push(peer)
    return peer
  }

  async bootstrapd(build: CtoxBuild, options?: BootstrapdOptions): Promise<BootstrapNode> {
    return this.keep(await startBootstrapd(build, options))
  }

  async ourNode(options?: OurNodeOptions): Promise<OurNode> {
    return this.keep(await startOurNode(options))
  }

  /** A node that was started otherwise. */
  keep<Node extends { stop(): Promise<void> }>(node: Node): Node {
    this.#nodes.push(node)
    return node
  }

  lab(options: NatLabOptions): NatLab {
    const lab = createNatLab(options)
    this.#labs.push(lab)
    return lab
  }

  /** A directory for files of the test. */
  dir(): string {
    const dir = mkdtempSync(join(tmpdir(), 'tox-scene-'))
    this.#dirs.push(dir)
    return dir
  }

  /** What the peers have lived through: the first question after a failure. */
  history(): string {
    const lines: string[] = []
    for (const peer of this.#peers) {
      lines.push(`${peer.publicKey.slice(0, 8)} (pid ${peer.pid})`)
      for (const { type, at, ...fields } of peer.events.slice(-20)) {
        lines.push(
          `  ${((at - peer.startedAt) / 1000).toFixed(3)} ${type} ${JSON.stringify(fields).slice(0, 100)}`,
        )
      }
    }
    return lines.join('\n')
  }

  async end(): Promise<void> {
    await Promise.all(this.#peers.map(peer => peer.quit()))
    await Promise.all(this.#nodes.map(node => node.stop()))
    for (const lab of this.#labs) lab.remove()
    for (const dir of this.#dirs) rmSync(dir, { recursive: true, force: true })
  }
}

/** A test's body with a scene of its own. */
export function scene(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return async () => {
    const own = new Scene()
    try {
      await body(own)
    } catch (error) {
      console.log(own.history())
      throw error
    } finally {
      await own.end()
    }
  }
}

/** For each c-toxcore that is here; for each that is not, a test that says it is skipped and why. */
export function forEachBuild(define: (build: CtoxBuild) => void): void {
  for (const lookup of allCtox()) {
    if (lookup.available) define(lookup.build)
    else skip(lookup.title)
  }
}

export function skip(title: string): void {
  console.log(`SKIP ${title}`)
  test.skip(title)
}

/** Tests that mostly wait: the first to be run starts them all, each has its own outcome. */
export class AtOnce {
  readonly #bodies: (() => Promise<void>)[] = []
  #running: Promise<void>[] | undefined

  test(title: string, body: (scene: Scene) => Promise<void>): void {
    const index = this.#bodies.push(scene(body)) - 1
    test(title, () => {
      if (this.#running === undefined) {
        this.#running = this.#bodies.map(body => body())
        // Its own test will report a failure; until that is run, nobody listens.
        for (const running of this.#running) running.catch(() => {})
      }
      return this.#running[index]
    })
  }
}
