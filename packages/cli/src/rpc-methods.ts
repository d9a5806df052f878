import { fromHex, toHex } from '@ts-toxcore/core'
import { type Tox, ToxError } from 'ts-toxcore/node'
import type { Profile } from './profile.ts'
import { writeAtomically } from './profile-file.ts'

/** Parameters that do not fit the method: JSON-RPC error -32602. */
export class InvalidParams extends Error {}

/** A refusal that c-toxcore has no code for. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface RpcContext {
  readonly tox: Tox
  readonly profile: Profile
  /** Ends the peer; resolves when it is saved and gone. */
  quit(): Promise<void>
}

type Params = Readonly<Record<string, unknown>>
type Method = {
  /** True if the call may change what a profile keeps. */
  readonly changes?: boolean
  run(context: RpcContext, params: Params): object | Promise<object>
}

/** Methods by name: c-toxcore's functions without `tox_`, with its parameter names. Void ones answer `{}`. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries<Method>({
    self_get_address: { run: ({ tox }) => ({ address: toHex(tox.selfAddress) }) },
    self_get_public_key: { run: ({ tox }) => ({ public_key: toHex(tox.selfPublicKey) }) },
    self_get_secret_key: { run: ({ tox }) => ({ secret_key: toHex(tox.selfSecretKey) }) },
    self_get_dht_id: { run: ({ tox }) => ({ dht_id: toHex(tox.selfDhtId) }) },
    self_get_nospam: { run: ({ tox }) => ({ nospam: tox.selfNospam }) },
    self_set_nospam: setter((tox, params) => tox.selfSetNospam(integer(params, 'nospam', 0xffffffff))),
    self_get_connection_status: { run: ({ tox }) => ({ connection_status: tox.selfConnectionStatus }) },
    self_get_udp_port: { run: ({ tox }) => ({ udp_port: tox.selfUdpPort }) },
    self_get_tcp_port: {
      run() {
        throw new ToxError('GET_PORT_NOT_BOUND', 'this version has no relays yet')
      },
    },
    self_get_name: { run: ({ tox }) => ({ name: tox.selfName }) },
    self_set_name: setter((tox, params) => tox.selfSetName(text(params, 'name'))),
    self_get_status_message: { run: ({ tox }) => ({ status_message: tox.selfStatusMessage }) },
    self_set_status_message: setter((tox, params) =>
      tox.selfSetStatusMessage(text(params, 'status_message')),
    ),
    self_get_status: { run: ({ tox }) => ({ status: tox.selfStatus }) },
    self_set_status: setter((tox, params) =>
      tox.selfSetStatus(oneOf(params, 'status', ['none', 'away', 'busy'])),
    ),
    self_set_typing: {
      run({ tox }, params) {
        tox.selfSetTyping(friend(params), flag(params, 'typing'))
        return {}
      },
    },
    self_get_friend_list: { run: ({ tox }) => ({ friend_list: tox.selfFriendList }) },

    friend_add: {
      changes: true,
      run: ({ tox }, params) => ({
        friend_number: tox.friendAdd(hex(params, 'address', 38), text(params, 'message')),
      }),
    },
    friend_add_norequest: {
      changes: true,
      run: ({ tox }, params) => ({ friend_number: tox.friendAddNorequest(hex(params, 'public_key', 32)) }),
    },
    friend_delete: setter((tox, params) => tox.friendDelete(friend(params))),
    friend_by_public_key: {
      run: ({ tox }, params) => ({ friend_number: tox.friendByPublicKey(hex(params, 'public_key', 32)) }),
    },
    friend_exists: { run: ({ tox }, params) => ({ exists: tox.friendExists(friend(params)) }) },
    friend_get_public_key: {
      run: ({ tox }, params) => ({ public_key: toHex(tox.friendPublicKey(friend(params))) }),
    },
    friend_get_name: { run: ({ tox }, params) => ({ name: tox.friendName(friend(params)) }) },
    friend_get_status_message: {
      run: ({ tox }, params) => ({ status_message: tox.friendStatusMessage(friend(params)) }),
    },
    friend_get_status: { run: ({ tox }, params) => ({ status: tox.friendStatus(friend(params)) }) },
    friend_get_connection_status: {
      run: ({ tox }, params) => ({ connection_status: tox.friendConnectionStatus(friend(params)) }),
    },
    friend_get_typing: { run: ({ tox }, params) => ({ typing: tox.friendTyping(friend(params)) }) },
    friend_get_last_online: {
      run: ({ tox }, params) => ({ last_online: tox.friendLastOnline(friend(params)) }),
    },
    friend_send_message: {
      run: ({ tox }, params) => ({
        message_id: tox.friendSendMessage(
          friend(params),
          oneOf(params, 'type', ['normal', 'action']),
          text(params, 'message'),
        ),
      }),
    },
    friend_send_lossless_packet: {
      run({ tox }, params) {
        tox.friendSendLosslessPacket(friend(params), hex(params, 'data'))
        return {}
      },
    },
    friend_send_lossy_packet: {
      run({ tox }, params) {
        tox.friendSendLossyPacket(friend(params), hex(params, 'data'))
        return {}
      },
    },

    bootstrap: {
      async run({ tox }, params) {
        await tox.bootstrap(
          text(params, 'host'),
          integer(params, 'port', 0xffffffff),
          hex(params, 'public_key', 32),
        )
        return {}
      },
    },
    get_savedata: { run: ({ tox }) => ({ savedata: toHex(tox.savedata()) }) },
    /** Without a path: the peer's own profile. */
    save: {
      async run({ tox, profile }, params) {
        const path =
          params.path === undefined && profile.path !== undefined ? profile.path : text(params, 'path')
        try {
          // Its own file has one writer, or two would meet in the middle.
          await (profile.isAt(path) ? profile.save() : writeAtomically(path, tox.savedata()))
        } catch (error) {
          throw new Refusal('SAVE_FAILED', (error as Error).message)
        }
        return {}
      },
    },
    /** Bad packets that were dropped, by engine and reason. */
    stats: { run: ({ tox }) => tox.stats },
    quit: {
      async run({ quit }) {
        await quit()
        return {}
      },
    },
  }),
)

function setter(set: (tox: Tox, params: Params) => void): Method {
  return {
    changes: true,
    run({ tox }, params) {
      set(tox, params)
      return {}
    },
  }
}

function text(params: Params, name: string): string {
  const value = params[name]
  if (typeof value !== 'string') throw new InvalidParams(`${name}: expected text`)
  return value
}

function flag(params: Params, name: string): boolean {
  const value = params[name]
  if (typeof value !== 'boolean') throw new InvalidParams(`${name}: expected true or false`)
  return value
}

function integer(params: Params, name: string, max: number): number {
  const value = params[name]
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new InvalidParams(`${name}: expected an integer from 0 to ${max}`)
  }
  return value
}

function friend(params: Params): number {
  return integer(params, 'friend_number', 0xffffffff)
}

/** Hexadecimal bytes; exactly `size` of them if given. */
function hex(params: Params, name: string, size?: number): Uint8Array {
  const value = params[name]
  const bytes = typeof value === 'string' ? fromHex(value) : undefined
  if (bytes === undefined || (size !== undefined && bytes.length !== size)) {
    throw new InvalidParams(
      `${name}: expected ${size === undefined ? 'hex digits' : `${2 * size} hex digits`}`,
    )
  }
  return bytes
}

function oneOf<const T extends string>(params: Params, name: string, allowed: readonly T[]): T {
  const value = params[name]
  if (!allowed.includes(value as T)) throw new InvalidParams(`${name}: expected one of ${allowed.join(', ')}`)
  return value as T
}
