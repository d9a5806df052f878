import { ToxError } from '@ts-toxcore/core'
import { MAX_CUSTOM_PACKET_SIZE } from './constants.ts'
import type { Friend } from './friend.ts'

/** The refusals that several methods of the messenger share. Codes are c-toxcore's. */

export function expectOnline(friend: Friend, code: string): void {
  if (!friend.online) throw new ToxError(code, `friend ${friend.number} is not online`)
}

export function expectNotEmpty(data: Uint8Array): void {
  if (data.length === 0) throw new ToxError('FRIEND_CUSTOM_PACKET_EMPTY', 'the packet is empty')
}

export function expectCustomSize(data: Uint8Array): void {
  if (data.length > MAX_CUSTOM_PACKET_SIZE) {
    throw new ToxError(
      'FRIEND_CUSTOM_PACKET_TOO_LONG',
      `packet: ${data.length} bytes, at most ${MAX_CUSTOM_PACKET_SIZE}`,
    )
  }
}

export function badCustomKind(kind: number, allowed: string): ToxError {
  return new ToxError('FRIEND_CUSTOM_PACKET_INVALID', `first byte: expected ${allowed}, got ${kind}`)
}

export function queueFull(code: string): ToxError {
  return new ToxError(code, 'the send queue is full')
}

export function ownKey(): ToxError {
  return new ToxError('FRIEND_ADD_OWN_KEY', 'this is your own Tox ID')
}

export function alreadySent(): ToxError {
  return new ToxError('FRIEND_ADD_ALREADY_SENT', 'this is a friend, or was asked to be one')
}
