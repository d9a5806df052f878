import { fromUtf8, type NodeInfo } from '@ts-toxcore/core'
import type { ConnectionStatus, StackEvent } from './stack.ts'

export type MessageType = 'normal' | 'action'
export type UserStatus = 'none' | 'away' | 'busy'

/** The names of ToxEvents, for what is asked for at run time. */
export const TOX_EVENT_NAMES = [
  'self_connection_status',
  'friend_request',
  'friend_name',
  'friend_status_message',
  'friend_status',
  'friend_typing',
  'friend_connection_status',
  'friend_message',
  'friend_read_receipt',
  'friend_lossless_packet',
  'friend_lossy_packet',
  'dht_nodes_response',
] as const satisfies readonly (keyof ToxEvents)[]

/** c-toxcore's `TOX_EVENT_*` in lower case → payload. Text that is not valid UTF-8 has U+FFFD in its place. */
export interface ToxEvents {
  self_connection_status: { connectionStatus: ConnectionStatus }
  friend_request: { publicKey: Uint8Array; message: string }
  friend_name: { friendNumber: number; name: string }
  friend_status_message: { friendNumber: number; message: string }
  friend_status: { friendNumber: number; status: UserStatus }
  friend_typing: { friendNumber: number; typing: boolean }
  friend_connection_status: { friendNumber: number; connectionStatus: ConnectionStatus }
  friend_message: { friendNumber: number; messageType: MessageType; message: string }
  friend_read_receipt: { friendNumber: number; messageId: number }
  friend_lossless_packet: { friendNumber: number; data: Uint8Array }
  friend_lossy_packet: { friendNumber: number; data: Uint8Array }
  dht_nodes_response: { publicKey: Uint8Array; ip: string; port: number }
}

export type ToxEventName = keyof ToxEvents
export type ToxEvent = { [N in ToxEventName]: { readonly type: N } & ToxEvents[N] }[ToxEventName]

/** The engines keep text as bytes; this is where it becomes text. */
export function toToxEvent(event: StackEvent): ToxEvent {
  switch (event.type) {
    case 'friend_request':
      return { type: event.type, publicKey: event.publicKey.slice(), message: fromUtf8(event.message) }
    case 'friend_message':
      return {
        type: event.type,
        friendNumber: event.friendNumber,
        messageType: event.messageType,
        message: fromUtf8(event.message),
      }
    case 'friend_name':
      return { type: event.type, friendNumber: event.friendNumber, name: fromUtf8(event.name) }
    case 'friend_status_message':
      return { type: event.type, friendNumber: event.friendNumber, message: fromUtf8(event.message) }
    case 'friend_lossless_packet':
    case 'friend_lossy_packet':
      return { type: event.type, friendNumber: event.friendNumber, data: event.data.slice() }
    case 'dht_nodes_response':
      return { type: event.type, ...nodeFields(event.node) }
    default:
      return event
  }
}

function nodeFields(node: NodeInfo): ToxEvents['dht_nodes_response'] {
  return { publicKey: node.publicKey.slice(), ip: node.endpoint.host, port: node.endpoint.port }
}

type Listener<N extends ToxEventName> = (event: ToxEvents[N] & { readonly type: N }) => void

/**
 * Listeners by event name. One that throws disturbs neither the peer nor the other listeners: what it has thrown is
 * reported as an uncaught error.
 */
export class Listeners {
  readonly #byName = new Map<ToxEventName, Set<(event: never) => void>>()

  add<N extends ToxEventName>(name: N, listener: Listener<N>): () => void {
    let listeners = this.#byName.get(name)
    if (listeners === undefined) {
      listeners = new Set()
      this.#byName.set(name, listeners)
    }
    // A wrapper of its own, so that adding the same function twice is two subscriptions.
    const own = (event: never) => listener(event)
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  has(name: ToxEventName): boolean {
    return (this.#byName.get(name)?.size ?? 0) > 0
  }

  /** Calls those who listen now; one that a listener before it has unsubscribed is not called any more. */
  emit(event: ToxEvent): void {
    const listeners = this.#byName.get(event.type)
    for (const listener of [...(listeners ?? [])]) {
      if (!listeners?.has(listener)) continue
      try {
        listener(event as never)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
