import type { Endpoint, Instant } from '@ts-toxcore/core'
import {
  Messenger,
  type MessengerOutput,
  type SavedMessenger,
  type SessionEvent,
} from '@ts-toxcore/messenger'
import { SeededRandom } from '@ts-toxcore/sim'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { addressOf, endpoint, key, NOSPAM, T0 } from './rig.ts'

const crypto = testCrypto()

/** The packets that one direction of a session holds at once. */
const QUEUE = 64

interface Half {
  readonly owner: Peer
  /** Whom it is with. */
  readonly peer: string
  readonly id: number
  other: Half | undefined
  next: number
  /** Packets below this were taken by the other side. */
  received: number
  refused: boolean
}

/**
 * Two messengers and, between them, the simplest world in which they can meet: whoever looks for the other finds it
 * if the other looks back; sessions lose nothing; queues are short, so that they fill up.
 */
export class Peer {
  readonly publicKey: Uint8Array
  readonly address: Uint8Array
  readonly messenger: Messenger
  readonly events: MessengerOutput[] = []
  readonly world: World
  dhtPublicKey: Uint8Array
  readonly searched = new Set<string>()
  readonly halves = new Map<number, Half>()
  readonly inbox: SessionEvent[] = []
  #nextId = 1

  constructor(world: World, n: number, dht: number) {
    this.world = world
    this.publicKey = key(n)
    this.dhtPublicKey = key(dht)
    this.address = addressOf(this.publicKey)
    this.messenger = new Messenger({
      crypto,
      random: new SeededRandom(n),
      address: { publicKey: this.publicKey, nospam: NOSPAM },
      sessions: this,
      finder: this.#finder(),
      locator: { addFriend() {}, removeFriend() {}, friendEndpoint: () => endpoint(n) },
    })
  }

  // ——— Sessions ———

  connect(_now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array, _to?: Endpoint): number {
    const half = this.#half(String(publicKey))
    const other = this.world.find(publicKey)
    if (other && String(other.dhtPublicKey) === String(dhtPublicKey)) {
      const token = this.world.offer(half)
      const { publicKey, dhtPublicKey } = this
      other.inbox.push({ type: 'incoming', token, publicKey, dhtPublicKey, endpoint: endpoint(1) })
    }
    return half.id
  }
  accept(_now: Instant, token: number): number | undefined {
    const offered = this.world.take(token)
    if (offered === undefined || !offered.owner.halves.has(offered.id)) return undefined
    // Both have called: the one call goes on as the other.
    const peer = String(offered.owner.publicKey)
    const half = [...this.halves.values()].find(own => !own.other && own.peer === peer) ?? this.#half(peer)
    if (offered.other) return undefined
    half.other = offered
    offered.other = half
    for (const { owner, id } of [half, offered]) owner.inbox.push({ type: 'established', id })
    return half.id
  }
  reject(token: number): void {
    this.world.take(token)
  }
  setEndpoint(): void {}
  send(_now: Instant, id: number, data: Uint8Array): number | undefined {
    const half = this.halves.get(id)
    if (half?.other === undefined) return undefined
    if (half.next - half.received >= QUEUE) {
      half.refused = true
      return undefined
    }
    half.other.owner.inbox.push({ type: 'data', id: half.other.id, data: data.slice() })
    return half.next++
  }
  sendLossy(_now: Instant, id: number, data: Uint8Array): boolean {
    const other = this.halves.get(id)?.other
    other?.owner.inbox.push({ type: 'lossy', id: other.id, data: data.slice() })
    return other !== undefined
  }
  acknowledged(id: number, packetNumber: number): boolean {
    return packetNumber < (this.halves.get(id)?.received ?? 0)
  }
  kill(_now: Instant, id: number): void {
    const half = this.halves.get(id)
    this.halves.delete(id)
    if (half?.other) half.other.owner.inbox.push({ type: 'closed', id: half.other.id })
    half?.other?.owner.halves.delete(half.other.id)
  }

  /** Hands over one event from below; false if there is none. */
  step(now: Instant): boolean {
    const event = this.inbox.shift()
    if (event !== undefined) {
      this.messenger.handleSession(now, event)
      if (event.type === 'data') this.#acknowledge(event.id)
    }
    for (let output = this.messenger.poll(); output; output = this.messenger.poll()) this.events.push(output)
    return event !== undefined
  }

  /** Forgets and returns the events so far. */
  take(): MessengerOutput[] {
    return this.events.splice(0)
  }

  #acknowledge(id: number): void {
    const other = this.halves.get(id)?.other
    if (other === undefined) return
    other.received++
    other.owner.inbox.push({ type: 'acknowledged', id: other.id })
    if (other.refused) {
      other.refused = false
      other.owner.inbox.push({ type: 'writable', id: other.id })
    }
  }

  #half(peer: string): Half {
    const half = {
      owner: this,
      peer,
      id: this.#nextId++,
      other: undefined,
      next: 0,
      received: 0,
      refused: false,
    }
    this.halves.set(half.id, half)
    return half
  }

  #finder() {
    return {
      addFriend: (_now: Instant, publicKey: Uint8Array) => void this.searched.add(String(publicKey)),
      removeFriend: (_now: Instant, publicKey: Uint8Array) => void this.searched.delete(String(publicKey)),
      setFriendOnline() {},
      setFriendDhtKey() {},
      sendData: (now: Instant, publicKey: Uint8Array, data: Uint8Array) => {
        const other = this.world.find(publicKey)
        other?.messenger.handleOnionData(now, this.publicKey, data)
        return other ? 1 : 0
      },
    }
  }
}

export class World {
  readonly peers: Peer[] = []
  now = T0
  readonly #offers = new Map<number, Half>()

  join(n: number, dht: number, saved?: SavedMessenger): Peer {
    const peer = new Peer(this, n, dht)
    this.peers.push(peer)
    if (saved) peer.messenger.restore(this.now, saved)
    return peer
  }

  /** A clean departure, or a crash. */
  part(peer: Peer, cleanly: boolean): void {
    if (cleanly) peer.messenger.leave(this.now)
    this.peers.splice(this.peers.indexOf(peer), 1)
  }

  find(publicKey: Uint8Array): Peer | undefined {
    return this.peers.find(peer => String(peer.publicKey) === String(publicKey))
  }

  offer(half: Half): number {
    this.#offers.set(this.#offers.size, half)
    return this.#offers.size - 1
  }
  take(token: number): Half | undefined {
    return this.#offers.get(token)
  }

  /** Friends who look for one another learn where they are. */
  introduce(): void {
    for (const a of this.peers)
      for (const b of this.peers) {
        if (a === b || !a.searched.has(String(b.publicKey)) || !b.searched.has(String(a.publicKey))) continue
        a.messenger.handleFriendDhtKey(this.now, b.publicKey, b.dhtPublicKey)
      }
  }

  /** Until nobody has anything to say. */
  settle(): void {
    this.introduce()
    while (this.peers.map(peer => peer.step(this.now)).some(Boolean));
  }

  wait(duration: number): void {
    const end = this.now + duration
    for (;;) {
      this.settle()
      const due = Math.min(...this.peers.map(peer => peer.messenger.deadline()))
      if (due > end) break
      this.now = Math.max(this.now, due)
      for (const peer of this.peers) peer.messenger.tick(this.now)
    }
    this.now = end
  }
}
