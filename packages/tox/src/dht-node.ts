import { type Endpoint, type Engine, type Instant, KeyBudget } from '@ts-toxcore/core'
import { Dht, type DhtOptions, type DhtOutput } from '@ts-toxcore/dht'
import { AnnounceStore, OnionRelay } from '@ts-toxcore/onion'

export type DhtNodeOptions = DhtOptions

/**
 * What every node does for the others: it answers DHT requests, relays onion packets and stores announcements.
 * A bootstrap node is just this; a peer has it too (Stack).
 */
export class DhtNode implements Engine<DhtOutput> {
  readonly dht: Dht
  readonly #relay: OnionRelay
  readonly #store: AnnounceStore

  constructor(options: DhtNodeOptions) {
    const { crypto, random, publicKey, secret, keyBudget = new KeyBudget(crypto) } = options
    this.dht = new Dht({ ...options, keyBudget })
    this.#relay = new OnionRelay({ crypto, random, secret, keyBudget })
    this.#store = new AnnounceStore({ crypto, random, publicKey, secret, keyBudget, nodes: this.dht })
  }

  /** True if the packet's kind belongs to one of the engines in here. */
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): boolean {
    return (
      this.dht.handleDatagram(now, from, data) ||
      this.#relay.handleDatagram(now, from, data) ||
      this.#store.handleDatagram(now, from, data)
    )
  }

  tick(now: Instant): void {
    this.dht.tick(now)
    this.#relay.tick()
    this.#store.tick()
  }

  deadline(): Instant {
    return Math.min(this.dht.deadline(), this.#relay.deadline(), this.#store.deadline())
  }

  poll(): DhtOutput | undefined {
    return this.dht.poll() ?? this.#relay.poll() ?? this.#store.poll()
  }

  /** Wipes the keys of its own; the secret is its owner's. The node must not be used afterwards. */
  dispose(): void {
    this.#relay.dispose()
  }

  /** Dropped packets by engine and reason. */
  get dropped(): Record<string, Record<string, number>> {
    return {
      dht: this.dht.drops.snapshot(),
      onion_relay: this.#relay.drops.snapshot(),
      announce_store: this.#store.drops.snapshot(),
    }
  }
}
