import {
  type Crypto,
  type Datagram,
  DropCounter,
  type Endpoint,
  type Engine,
  type Instant,
  KeyBudget,
  type KeyPair,
  type NodeInfo,
  type Random,
  type SecretHandle,
} from '@ts-toxcore/core'
import type { DhtOutput } from '@ts-toxcore/dht'
import { encodeSave, Messenger, type MessengerOutput, type SaveData } from '@ts-toxcore/messenger'
import { NetCrypto } from '@ts-toxcore/net-crypto'
import { OnionClient, type OnionClientOutput } from '@ts-toxcore/onion'
import { DhtNode } from './dht-node.ts'

export interface StackOptions {
  readonly crypto: Crypto
  readonly random: Random
  /** The long-term key pair: who we are to friends. The secret key is copied. */
  readonly longTerm: KeyPair
  /** 4 bytes. */
  readonly nospam: Uint8Array
  readonly ipv6?: boolean
  readonly holePunching?: boolean
}

/** What a peer reports: the messenger's events and its own connection to the network. */
export type StackEvent =
  | Exclude<MessengerOutput, Datagram>
  | { readonly type: 'self_connection_status'; readonly connectionStatus: ConnectionStatus }
  | { readonly type: 'dht_nodes_response'; readonly node: NodeInfo }

export type StackOutput = Datagram | StackEvent

export type ConnectionStatus = 'none' | 'tcp' | 'udp'

/** How many derived keys each of our secrets may keep (c-toxcore's shared key caches hold 1024). */
const CACHED_KEYS = 1024
/** A restart asks so many of the nodes it knew; the network does the rest. */
const RESTORED_DHT_NODES = 16
const SAVED_DHT_NODES = 128
/** c-toxcore's NUM_SAVED_PATH_NODES. */
const SAVED_PATH_NODES = 8

/**
 * A whole peer: the engines wired together. Packet kind → engine by asking them in order, busiest first; outputs of a
 * lower engine become inputs of a higher one inside `poll`, so one drain shows everything that follows from an input.
 */
export class Stack implements Engine<StackOutput> {
  readonly node: DhtNode
  readonly onion: OnionClient
  readonly sessions: NetCrypto
  readonly messenger: Messenger
  /** Our temporary DHT public key, made anew at every start. */
  readonly dhtPublicKey: Uint8Array
  readonly drops = new DropCounter<'unknown_kind' | 'empty'>()

  readonly #crypto: Crypto
  readonly #secrets: SecretHandle[]
  #now: Instant = 0
  #saved: SaveData | undefined

  constructor(options: StackOptions) {
    const { crypto, random } = options
    const dhtKeys = crypto.keyPair(random)
    const dht = { publicKey: dhtKeys.publicKey, secret: crypto.addSecret(dhtKeys.secretKey, CACHED_KEYS) }
    dhtKeys.secretKey.fill(0)
    const longTerm = {
      publicKey: options.longTerm.publicKey,
      secret: crypto.addSecret(options.longTerm.secretKey, CACHED_KEYS),
    }
    this.#crypto = crypto
    this.#secrets = [dht.secret, longTerm.secret]
    this.dhtPublicKey = dht.publicKey
    const keyBudget = new KeyBudget(crypto)
    this.node = new DhtNode({ ...options, ...dht, keyBudget })
    this.onion = new OnionClient({ crypto, random, dht, longTerm, keyBudget, nodes: this.node.dht })
    this.sessions = new NetCrypto({ crypto, random, dht, longTerm })
    this.messenger = new Messenger({
      crypto,
      random,
      address: { publicKey: longTerm.publicKey, nospam: options.nospam },
      sessions: this.sessions,
      finder: this.onion,
      locator: this.node.dht,
    })
  }

  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): void {
    this.#now = now
    if (data.length === 0) {
      this.drops.count('empty')
      return
    }
    const known =
      this.sessions.handleDatagram(now, from, data) ||
      this.node.handleDatagram(now, from, data) ||
      this.onion.handleDatagram(now, from, data)
    if (!known) this.drops.count('unknown_kind')
  }

  bootstrap(now: Instant, endpoint: Endpoint, publicKey: Uint8Array): void {
    this.#now = now
    this.onion.addPathNode(now, { protocol: 'udp', endpoint, publicKey })
    this.node.dht.bootstrap(now, endpoint, publicKey)
  }

  /** Calls a method of the messenger. */
  do<T>(now: Instant, action: (messenger: Messenger, now: Instant) => T): T {
    this.#now = now
    return action(this.messenger, now)
  }

  get connectionStatus(): ConnectionStatus {
    return this.onion.connected ? 'udp' : 'none'
  }

  /** Tells friends that we leave; the datagrams are still to be drained. Afterwards `dispose`. */
  leave(now: Instant): void {
    this.#now = now
    this.messenger.leave(now)
  }

  /** Takes up a save: ourselves, our friends, and the network as it was known then. Before anything else is done. */
  restore(now: Instant, saved: SaveData): void {
    this.#now = now
    this.#saved = saved
    this.messenger.restore(now, saved)
    for (const node of saved.pathNodes) if (node.protocol === 'udp') this.onion.addPathNode(now, node)
    for (const node of saved.dhtNodes.slice(0, RESTORED_DHT_NODES)) {
      if (node.protocol === 'udp') this.node.dht.bootstrap(now, node.endpoint, node.publicKey)
    }
  }

  /** A c-toxcore save of everything. What only other clients understand goes back as it came. */
  save(longTerm: KeyPair): Uint8Array {
    const { messenger } = this
    return encodeSave({
      identity: { nospam: messenger.nospam, ...longTerm },
      ...messenger.snapshot(),
      dhtNodes: this.node.dht.nodes(SAVED_DHT_NODES),
      tcpRelays: this.#saved?.tcpRelays ?? [],
      pathNodes: this.onion.pathNodes(SAVED_PATH_NODES),
      others: this.#saved?.others ?? [],
    })
  }

  /** Wipes the secrets. The stack must not be used afterwards. */
  dispose(): void {
    this.sessions.dispose()
    this.onion.dispose()
    this.node.dispose()
    for (const secret of this.#secrets) this.#crypto.dropSecret(secret)
  }

  tick(now: Instant): void {
    this.#now = now
    this.node.tick(now)
    this.onion.tick(now)
    this.sessions.tick(now)
    this.messenger.tick(now)
  }

  deadline(): Instant {
    return Math.min(
      this.node.deadline(),
      this.onion.deadline(),
      this.sessions.deadline(),
      this.messenger.deadline(),
    )
  }

  /**
   * Drains the engines, lowest first, until none has anything to say. An output may be a higher engine's input, whose
   * outputs follow in the same drain; datagrams pass through without a copy.
   */
  poll(): StackOutput | undefined {
    for (;;) {
      const node = this.node.poll()
      if (node !== undefined) {
        const output = this.#fromNode(this.#now, node)
        if (output !== undefined) return output
        continue
      }
      const onion = this.onion.poll()
      if (onion !== undefined) {
        const output = this.#fromOnion(this.#now, onion)
        if (output !== undefined) return output
        continue
      }
      const session = this.sessions.poll()
      if (session !== undefined) {
        if (session.type === 'datagram') return session
        this.messenger.handleSession(this.#now, session)
        continue
      }
      return this.messenger.poll()
    }
  }

  /** Dropped packets by engine and reason. */
  get dropped(): Record<string, Record<string, number>> {
    return {
      stack: this.drops.snapshot(),
      ...this.node.dropped,
      onion_client: this.onion.drops.snapshot(),
      net_crypto: this.sessions.drops.snapshot(),
      messenger: this.messenger.drops.snapshot(),
    }
  }

  #fromNode(now: Instant, output: DhtOutput): StackOutput | undefined {
    switch (output.type) {
      case 'datagram':
        return output
      case 'dht_request':
        this.onion.handleDhtRequest(now, output.publicKey, output.kind, output.data)
        return undefined
      case 'friend_endpoint':
        this.messenger.handleFriendEndpoint(now, output.publicKey, output.endpoint)
        return undefined
      case 'node':
        this.onion.nodeSeen(now, output.node)
        return { type: 'dht_nodes_response', node: output.node }
      case 'connected':
        this.onion.dhtConnected(now, output.connected)
        return undefined
    }
  }

  #fromOnion(now: Instant, output: OnionClientOutput): StackOutput | undefined {
    switch (output.type) {
      case 'datagram':
        return output
      case 'dht_request':
        this.node.dht.sendRequestToFriend(now, output.publicKey, output.kind, output.data)
        return undefined
      case 'data':
        this.messenger.handleOnionData(now, output.publicKey, output.data)
        return undefined
      case 'friend_dht_key':
        this.messenger.handleFriendDhtKey(now, output.publicKey, output.dhtPublicKey)
        return undefined
      case 'friend_nodes':
        for (const node of output.nodes) {
          if (node.protocol === 'udp') this.node.dht.requestNodes(now, node, output.dhtPublicKey)
        }
        return undefined
      case 'friend_found':
        this.messenger.handleFriendFound(now, output.publicKey)
        return undefined
      case 'connected':
        return { type: 'self_connection_status', connectionStatus: this.connectionStatus }
    }
  }
}
