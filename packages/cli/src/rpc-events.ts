import { toHex } from '@ts-toxcore/core'
import { TOX_EVENT_NAMES, type Tox, type ToxEventName, type ToxEvents } from 'ts-toxcore/node'

/** Every event that is reported; `dht_nodes_response` is not, as c-toxcore leaves it off unless asked for. */
const REPORTED = TOX_EVENT_NAMES.filter(name => name !== 'dht_nodes_response')

/** Events after which a profile is worth saving: they change what it keeps of a friend. */
export const PROFILE_CHANGES: ReadonlySet<ToxEventName> = new Set([
  // The nodes by which we are connected are kept, too.
  'self_connection_status',
  'friend_name',
  'friend_status_message',
  'friend_status',
  'friend_connection_status',
])

/** Reports events as JSON-RPC notifications: fields are the names of c-toxcore's getters, bytes are hex. */
export function forwardEvents(tox: Tox, write: (message: object) => void, changed: () => void): void {
  for (const name of REPORTED) {
    tox.on(name, event => {
      write({ jsonrpc: '2.0', method: 'event', params: toParams(event) })
      if (PROFILE_CHANGES.has(name)) changed()
    })
  }
}

/** An event as the contract writes it. */
export function toParams(event: ToxEvents[ToxEventName]): object {
  return Object.fromEntries(
    Object.entries(event).map(([field, value]) => [
      field.replace(/[A-Z]/g, capital => `_${capital.toLowerCase()}`),
      value instanceof Uint8Array ? toHex(value) : value,
    ]),
  )
}
