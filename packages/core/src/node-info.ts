import { equalBytes } from './bytes.ts'
import { bytes, type Codec } from './codec.ts'
import { PUBLIC_KEY_SIZE } from './crypto/crypto.ts'

/** An IP address and a port. Immutable, and cheap to compare: `text` is unique per endpoint. */
export class Endpoint {
  /** 4 or 16 bytes; an IPv4-mapped IPv6 address (::ffff:a.b.c.d) is kept as the IPv4 address it is. */
  readonly ip: Uint8Array
  readonly port: number
  #text: string | undefined
  #host: string | undefined

  constructor(ip: Uint8Array, port: number) {
    this.ip = isMapped(ip) ? ip.slice(12) : ip.slice()
    this.port = port
  }

  get family(): 4 | 6 {
    return this.ip.length === 4 ? 4 : 6
  }

  /** `192.0.2.1` or `2001:db8:0:0:0:0:0:1` (not compressed: this is a name, and any driver accepts it). */
  get host(): string {
    this.#host ??=
      this.family === 4
        ? this.ip.join('.')
        : groups(this.ip)
            .map(g => g.toString(16))
            .join(':')
    return this.#host
  }

  /** `192.0.2.1:33445` or `[2001:db8:0:0:0:0:0:1]:33445`: a Map key, and for people. */
  get text(): string {
    this.#text ??= this.family === 4 ? `${this.host}:${this.port}` : `[${this.host}]:${this.port}`
    return this.#text
  }

  equals(other: Endpoint): boolean {
    return this.port === other.port && equalBytes(this.ip, other.ip)
  }

  /** An endpoint from a literal IP address; undefined if `host` is none (a host name, say) or the port is bad. */
  static parse(host: string, port: number): Endpoint | undefined {
    if (!Number.isInteger(port) || port < 0 || port > 0xffff) return undefined
    const ip = parseIpv4(host) ?? parseIpv6(host)
    return ip && new Endpoint(ip, port)
  }
}

function isMapped(ip: Uint8Array): boolean {
  if (ip.length !== 16 || ip[10] !== 0xff || ip[11] !== 0xff) return false
  for (let i = 0; i < 10; i++) if (ip[i] !== 0) return false
  return true
}

function groups(ip: Uint8Array): number[] {
  return Array.from({ length: 8 }, (_, i) => ip[2 * i]! * 256 + ip[2 * i + 1]!)
}

function parseIpv4(host: string): Uint8Array | undefined {
  const parts = host.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return Uint8Array.from(parts, Number)
}

function parseIpv6(host: string): Uint8Array | undefined {
  const plain = host.replace(/%.*$/, '')
  const halves = plain.split('::')
  if (halves.length > 2 || !plain.includes(':')) return undefined
  // Only at the very end an IPv4 address may stand in place of two groups.
  const [head, tail] = halves.map((half, i) => ipv6Groups(half, i === halves.length - 1))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const all = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])]
  return Uint8Array.from(all.flatMap(group => [group >> 8, group & 0xff]))
}

function ipv6Groups(part: string, mayEndInIpv4: boolean): number[] | undefined {
  if (part === '') return []
  const out: number[] = []
  const words = part.split(':')
  for (const [i, word] of words.entries()) {
    const v4 = mayEndInIpv4 && i === words.length - 1 ? parseIpv4(word) : undefined
    if (v4) out.push(v4[0]! * 256 + v4[1]!, v4[2]! * 256 + v4[3]!)
    else if (/^[0-9a-fA-F]{1,4}$/.test(word)) out.push(Number.parseInt(word, 16))
    else return undefined
  }
  return out
}

/** What scope an address has; decides who may be told of it and what may be sent to it. */
export function addressScope(ip: Uint8Array): 'loopback' | 'lan' | 'global' | 'invalid' {
  const [a, b] = [ip[0]!, ip[1]!]
  if (ip.length === 4) {
    if (a === 127) return 'loopback'
    if (a === 0 || a >= 224) return 'invalid'
    if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254))
      return 'lan'
    if (a === 100 && b >= 64 && b < 128) return 'lan'
    return 'global'
  }
  if (ip.every((byte, i) => byte === (i === 15 ? 1 : 0))) return 'loopback'
  if (ip.every(byte => byte === 0) || a === 0xff) return 'invalid'
  if (a === 0xfe && (b & 0xc0) === 0x80) return 'lan'
  if ((a & 0xfe) === 0xfc) return 'lan'
  return 'global'
}

/** A node of the network: where it is and its DHT public key. */
export interface NodeInfo {
  readonly protocol: 'udp' | 'tcp'
  readonly endpoint: Endpoint
  readonly publicKey: Uint8Array
}

/** Address family bytes on the wire; TCP relays set the top bit (spec, "Node Info"). */
const FAMILY = { udp4: 2, udp6: 10, tcp4: 130, tcp6: 138 } as const

interface Address {
  readonly protocol: 'udp' | 'tcp'
  readonly endpoint: Endpoint
}

function familyByte(node: Address): number {
  return FAMILY[`${node.protocol}${node.endpoint.family}`]
}

function familyOf(byte: number | undefined): { protocol: 'udp' | 'tcp'; size: 4 | 16 } | undefined {
  switch (byte) {
    case FAMILY.udp4:
      return { protocol: 'udp', size: 4 }
    case FAMILY.udp6:
      return { protocol: 'udp', size: 16 }
    case FAMILY.tcp4:
      return { protocol: 'tcp', size: 4 }
    case FAMILY.tcp6:
      return { protocol: 'tcp', size: 16 }
    default:
      return undefined
  }
}

/**
 * Packed node (spec, "Packed Node Format").
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 2, 10: UDP over IPv4, IPv6; 130, 138: TCP |
 * | 4 or 16 | IP address |
 * | 2 | port |
 * | 32 | DHT public key |
 */
export const packedNode: Codec<NodeInfo> = {
  min: 1 + 4 + 2 + PUBLIC_KEY_SIZE,
  max: 1 + 16 + 2 + PUBLIC_KEY_SIZE,
  write(out, node) {
    out.u8(familyByte(node))
    out.put(node.endpoint.ip)
    out.u16(node.endpoint.port)
    out.put(node.publicKey)
  },
  read(from) {
    const family = familyOf(from.u8())
    const ip = family && from.take(family.size)
    const port = from.u16()
    const publicKey = from.take(PUBLIC_KEY_SIZE)
    if (!family || !ip || port === undefined || !publicKey) return undefined
    return { protocol: family.protocol, endpoint: new Endpoint(ip, port), publicKey: publicKey.slice() }
  },
}

/** Bytes of `paddedAddress`. */
export const PADDED_ADDRESS_SIZE = 1 + 16 + 2

/**
 * The fixed-size IP_Port of onion and DHT packets: family byte, 16 bytes of address (IPv4 padded with zeros),
 * port (spec, "IP_Port").
 */
export const paddedAddress: Codec<Address> = {
  min: PADDED_ADDRESS_SIZE,
  max: PADDED_ADDRESS_SIZE,
  write(out, address) {
    out.u8(familyByte(address))
    out.put(address.endpoint.ip)
    if (address.endpoint.family === 4) out.put(PADDING)
    out.u16(address.endpoint.port)
  },
  read(from) {
    const family = familyOf(from.u8())
    const ip = from.take(16)
    const port = from.u16()
    if (!family || !ip || port === undefined) return undefined
    return { protocol: family.protocol, endpoint: new Endpoint(ip.subarray(0, family.size), port) }
  },
}

const PADDING = new Uint8Array(12)

export const publicKey: Codec<Uint8Array> = bytes(PUBLIC_KEY_SIZE)

/** The output by which every engine sends: one UDP datagram. `data` is valid until the next `poll()`. */
export interface Datagram {
  readonly type: 'datagram'
  readonly to: Endpoint
  readonly data: Uint8Array
}
