import { addressScope, type Endpoint, type Instant } from '@ts-toxcore/core'
import { UDP_DIRECT_TIMEOUT } from './constants.ts'

interface Path {
  readonly endpoint: Endpoint
  /** When a packet arrived from there last. */
  heardAt: Instant
}

/** The peer's addresses, one of each family, and which of them to send to (c-toxcore's `return_ip_port_connection`). */
export class Paths {
  #v4: Path | undefined
  #v6: Path | undefined
  #aliveUntil: Instant = Number.NEGATIVE_INFINITY

  endpoints(): Endpoint[] {
    return [this.#v4, this.#v6].flatMap(path => path?.endpoint ?? [])
  }

  /** Whether `endpoint` may become the path of its family: not while a local route, the best there is, works. */
  mayReplace(now: Instant, endpoint: Endpoint): boolean {
    const path = this.#of(endpoint)
    return path === undefined || !(isLocal(path) && isAlive(now, path)) || path.endpoint.equals(endpoint)
  }

  /** Sets the path of its family, and returns the endpoint that it replaces, if another one. */
  set(now: Instant, endpoint: Endpoint, isDirect: boolean): Endpoint | undefined {
    const path = this.#of(endpoint)
    if (path?.endpoint.equals(endpoint)) return undefined
    this.#put(endpoint, { endpoint, heardAt: isDirect ? now : Number.NEGATIVE_INFINITY })
    return path?.endpoint
  }

  /** Another session has it now. */
  forget(endpoint: Endpoint): void {
    if (this.#of(endpoint)?.endpoint.equals(endpoint)) this.#put(endpoint, undefined)
  }

  /** An authentic packet came from there. */
  heard(now: Instant, endpoint: Endpoint): void {
    const path = this.#of(endpoint)
    if (path === undefined || (path.endpoint !== endpoint && !path.endpoint.equals(endpoint))) return
    path.heardAt = now
    this.#review()
  }

  isAliveAt(now: Instant, endpoint: Endpoint): boolean {
    const path = this.#of(endpoint)
    return path?.endpoint.equals(endpoint) === true && isAlive(now, path)
  }

  /** When the last live path will be given up, unless something arrives. In the past if there is none. */
  aliveUntil(): Instant {
    return this.#aliveUntil
  }

  /** Live ones before dead ones; among equals local IPv4, then IPv6, then IPv4. */
  best(now: Instant): Endpoint | undefined {
    const v4 = this.#v4
    const v6 = this.#v6
    if (v4 === undefined || v6 === undefined) return (v4 ?? v6)?.endpoint
    const preferred = isLocal(v4) ? v4 : v6
    const other = preferred === v4 ? v6 : v4
    return (!isAlive(now, preferred) && isAlive(now, other) ? other : preferred).endpoint
  }

  #of(endpoint: Endpoint): Path | undefined {
    return endpoint.family === 4 ? this.#v4 : this.#v6
  }

  #put(endpoint: Endpoint, path: Path | undefined): void {
    if (endpoint.family === 4) this.#v4 = path
    else this.#v6 = path
    this.#review()
  }

  #review(): void {
    const v4 = this.#v4 === undefined ? Number.NEGATIVE_INFINITY : this.#v4.heardAt
    const v6 = this.#v6 === undefined ? Number.NEGATIVE_INFINITY : this.#v6.heardAt
    this.#aliveUntil = Math.max(v4, v6) + UDP_DIRECT_TIMEOUT
  }
}

function isAlive(now: Instant, path: Path): boolean {
  return path.heardAt + UDP_DIRECT_TIMEOUT > now
}

function isLocal({ endpoint }: Path): boolean {
  const scope = addressScope(endpoint.ip)
  return endpoint.family === 4 && (scope === 'lan' || scope === 'loopback')
}
