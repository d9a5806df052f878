/**
 * Hole punching (spec, "Hole punching"): two friends behind NATs learn from their common nodes that both are
 * looking for each other (NAT pings), and then ping the address, or the likely addresses, of the other at about the
 * same time, so that each NAT takes the other's ping for an answer.
 *
 * ```
 *  named by ≥ 4 nodes ──► NAT ping every 4 s ──answered──► answered ──friend pinged us ≤ 6 s ago──► punch
 *        ▲                        ▲                                                                  │
 *        └── friend answered us: direct, nothing to do         └────────────────────────────────────┘
 * ```
 */
import {
  Endpoint,
  equalBytes,
  equalConstantTime,
  type Instant,
  type Random,
  randomBytes,
} from '@ts-toxcore/core'
import type { Alarm, Alarms } from './alarms.ts'
import {
  MAX_NORMAL_PUNCHING_TRIES,
  MAX_PUNCHING_PORTS,
  PUNCH_INTERVAL,
  PUNCH_PERIOD,
  PUNCH_RESET_TIME,
  PUNCH_THRESHOLD,
} from './constants.ts'
import { NAT_PING_REQUEST, NAT_PING_RESPONSE } from './packets.ts'

export interface HolePuncherOptions {
  readonly alarms: Alarms
  readonly random: Random
  /** False: NAT pings are answered, but we start nothing. */
  readonly enabled: boolean
  /** Where nodes say that the friend is; none while it answers us directly. */
  named(now: Instant): readonly Endpoint[]
  /** Requests go through all nodes that name the friend, responses through one of them. */
  sendNatPing(now: Instant, type: typeof NAT_PING_REQUEST | typeof NAT_PING_RESPONSE, id: Uint8Array): void
  ping(now: Instant, endpoint: Endpoint): void
}

const NAT_PING_ID_SIZE = 8
const LONG_AGO: Instant = Number.NEGATIVE_INFINITY

export class HolePuncher {
  readonly #options: HolePuncherOptions
  readonly #alarm: Alarm
  #pingId: Uint8Array
  #pingSentAt = LONG_AGO
  /** When the friend's last NAT ping request came: it is looking for us, too. */
  #pingHeardAt = LONG_AGO
  /** Our last NAT ping was answered and no punch has followed yet. */
  #answered = false
  #punchedAt = LONG_AGO
  #tries = 0
  /** How many guesses around the named ports, and from 1024 upwards, were made so far. */
  #guesses = 0
  #lowGuesses = 0

  constructor(options: HolePuncherOptions) {
    this.#options = options
    this.#alarm = options.alarms.create(now => this.review(now))
    this.#pingId = randomBytes(options.random, NAT_PING_ID_SIZE)
  }

  handlePing(now: Instant, type: typeof NAT_PING_REQUEST | typeof NAT_PING_RESPONSE, id: Uint8Array): void {
    if (type === NAT_PING_REQUEST) {
      this.#options.sendNatPing(now, NAT_PING_RESPONSE, id)
      this.#pingHeardAt = now
    } else {
      if (!equalConstantTime(id, this.#pingId)) return
      this.#pingId = randomBytes(this.#options.random, NAT_PING_ID_SIZE)
      this.#answered = true
    }
    this.review(now)
  }

  /** Does what is due. To be called when it has changed where the friend is said to be. */
  review(now: Instant): void {
    const named = this.#options.enabled ? this.#options.named(now) : []
    if (named.length < PUNCH_THRESHOLD) {
      this.#alarm.clear()
      return
    }
    if (this.#pingSentAt + PUNCH_PERIOD <= now) {
      this.#pingSentAt = now
      this.#options.sendNatPing(now, NAT_PING_REQUEST, this.#pingId)
    }
    const wanted = this.#answered && now <= this.#pingHeardAt + 2 * PUNCH_INTERVAL
    if (wanted && this.#punchedAt + PUNCH_PERIOD <= now) this.#punch(now, named)

    this.#alarm.set(this.#pingSentAt + PUNCH_PERIOD)
    if (this.#answered && this.#punchedAt + PUNCH_PERIOD > now) {
      this.#alarm.setEarlier(this.#punchedAt + PUNCH_PERIOD)
    }
  }

  stop(): void {
    this.#alarm.clear()
  }

  #punch(now: Instant, named: readonly Endpoint[]): void {
    const ip = commonIp(named)
    if (ip === undefined) return
    if (this.#punchedAt + PUNCH_RESET_TIME < now) this.#tries = this.#guesses = this.#lowGuesses = 0
    this.#punchedAt = now
    this.#answered = false

    const named1 = named.filter(endpoint => equalBytes(endpoint.ip, ip)).map(endpoint => endpoint.port)
    const ping = (port: number) => this.#options.ping(now, new Endpoint(ip, port))
    if (named1.every(port => port === named1[0])) {
      ping(named1[0]!)
    } else {
      for (const port of guessPorts(named1, this.#guesses)) ping(port)
      this.#guesses += MAX_PUNCHING_PORTS
    }
    if (this.#tries > MAX_NORMAL_PUNCHING_TRIES) {
      for (const port of lowPorts(this.#lowGuesses)) ping(port)
      // Half of them are tried again next time: the NAT's counter may have moved on meanwhile.
      this.#lowGuesses += MAX_PUNCHING_PORTS / 2
    }
    this.#tries++
  }
}

/** The IP address that enough nodes agree on (c-toxcore's `nat_commonip`). */
export function commonIp(named: readonly Endpoint[]): Uint8Array | undefined {
  return named.find(({ ip }) => named.filter(other => equalBytes(other.ip, ip)).length >= PUNCH_THRESHOLD)?.ip
}

/**
 * The next 48 guesses, after `made` of them, around the ports of a NAT that uses another one for each peer: first
 * the named ports themselves, then farther and farther above and below each of them.
 */
export function guessPorts(named: readonly number[], made: number): number[] {
  return Array.from({ length: MAX_PUNCHING_PORTS }, (_, i) => {
    const guess = made + i
    const distance = Math.floor(guess / (2 * named.length))
    const port = named[Math.floor(guess / 2) % named.length]!
    return (port + (guess % 2 === 0 ? distance : -distance)) & 0xffff
  })
}

/** The next 48 ports from 1024 upwards: many NATs count from there. */
export function lowPorts(made: number): number[] {
  return Array.from({ length: MAX_PUNCHING_PORTS }, (_, i) => (1024 + made + i) & 0xffff)
}
