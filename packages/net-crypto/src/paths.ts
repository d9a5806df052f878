import { addressScope, type Endpoint, type Instant } from '@ts-toxcore/core'
import { UDP_DIRECT_TIMEOUT } from './constants.ts'

interface Path {
  readonly endpoint: Endpoint
  /** When a packet arrived from there last. */
  heardAt: Instant
}

/** The peer's addresses, one of each family, and which of them to send to (c-toxcore's `return_ip_port_connection`). */
export class Paths {
  readonly #paths = new Map<4 | 6, Path>()

  endpoints(): Endpoint[] {
    return [...this.#paths.values()].map(path => path.endpoint)
  }

  /** Whether `endpoint` may become the path of its family: not while a local route, the best there is, works. */
  mayReplace(now: Instant, endpoint: Endpoint): boolean {
    const path = this.#paths.get(endpoint.family)
    return path === undefined || !(isLocal(path) && isAlive(now, path)) || path.endpoint.equals(endpoint)
  }

  /** Sets the path of its family, and returns the endpoint that it replaces, if another one. */
  set(now: Instant, endpoint: Endpoint, isDirect: boolean): Endpoint | undefined {
    const path = this.#paths.get(endpoint.family)
    if (path?.endpoint.equals(endpoint)) return undefined
    this.#paths.set(endpoint.family, { endpoint, heardAt: isDirect ? now : Number.NEGATIVE_INFINITY })
    return path?.endpoint
  }

  /** Another session has it now. */
  forget(endpoint: Endpoint): void {
    if (this.#paths.get(endpoint.family)?.endpoint.equals(endpoint)) this.#paths.delete(endpoint.family)
  }

  /** An authentic packet came from there. */
  heard(now: Instant, endpoint: Endpoint): void {
    const path = this.#paths.get(endpoint.family)
    if (path?.endpoint.equals(endpoint)) path.heardAt = now
  }

  isAliveAt(now: Instant, endpoint: Endpoint): boolean {
    const path = this.#paths.get(endpoint.family)
    return path?.endpoint.equals(endpoint) === true && isAlive(now, path)
  }

  /** When the last live path will be given up, unless something arrives. In the past if there is none. */
  aliveUntil(): Instant {
    let heardAt = Number.NEGATIVE_INFINITY
    for (const path of this.#paths.values()) heardAt = Math.max(heardAt, path.heardAt)
    return heardAt + UDP_DIRECT_TIMEOUT
  }

  /** Live ones before dead ones; among equals local IPv4, then IPv6, then IPv4. */
  best(now: Instant): Endpoint | undefined {
    const v4 = this.#paths.get(4)
    const v6 = this.#paths.get(6)
    if (v4 === undefined || v6 === undefined) return (v4 ?? v6)?.endpoint
    const preferred = isLocal(v4) ? v4 : v6
    const other = preferred === v4 ? v6 : v4
    return (!isAlive(now, preferred) && isAlive(now, other) ? other : preferred).endpoint
  }
}

function isAlive(now: Instant, path: Path): boolean {
  return path.heardAt + UDP_DIRECT_TIMEOUT > now
}

function isLocal({ endpoint }: Path): boolean {
  const scope = addressScope(endpoint.ip)
  return endpoint.family === 4 && (scope === 'lan' || scope === 'loopback')
}
